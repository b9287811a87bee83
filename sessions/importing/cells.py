"""One cell at a time: text in, a value out, or a ValueError whose text says what to type instead."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

Parse = Callable[[str], Any]
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DATE_FORMS = ("%Y-%m-%d", "%m/%d/%Y")
TIME_FORMS = ("%H:%M", "%I:%M %p", "%I:%M%p")


def text(longest: int) -> Parse:
    def parse(cell: str) -> str:
        if len(cell) > longest:
            raise ValueError(f"has {len(cell)} characters; at most {longest} fit.")
        return cell

    return parse


@lru_cache(maxsize=20_000)
def day(cell: str) -> date:
    for form in DATE_FORMS:
        try:
            found = datetime.strptime(cell, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
        if EARLIEST <= found <= LATEST:
            return found
        raise ValueError(f"“{cell[:20]}” is not a year between 1900 and 2100.")
    raise ValueError(f"“{cell[:20]}” is not a date. Write it like 2026-02-03 or 2/3/2026.")


@lru_cache(maxsize=5_000)
def wall_time(cell: str) -> time:
    for form in TIME_FORMS:
        try:
            return datetime.strptime(cell.upper(), form).time()  # noqa: DTZ007 - the clock on the wall
        except ValueError:
            continue
    raise ValueError(f"“{cell[:20]}” is not a time. Write it like 9:05 AM or 17:30.")


def whole(least: int, most: int) -> Parse:
    def parse(cell: str) -> int:
        if not (cell.isascii() and cell.isdigit() and len(cell) < 10):
            raise ValueError(f"“{cell[:20]}” is not a whole number.")
        if not least <= int(cell) <= most:
            raise ValueError(f"{int(cell)} is not between {least} and {most}.")
        return int(cell)

    return parse


def hours(cell: str) -> int:
    """Hours as "9" or "7.5", answered in whole minutes."""
    if not re.fullmatch(r"\d{1,2}(\.\d{1,2})?", cell):
        raise ValueError(f"“{cell[:20]}” is not a number of hours. Write it like 9 or 7.5.")
    whole_hours, _, part = cell.partition(".")
    return int(whole_hours) * 60 + round(float(f"0.{part or 0}") * 60)


def choice(values: dict[str, Any]) -> Parse:
    """One of these words, upper or lower case."""

    def parse(cell: str) -> Any:
        found = values.get(cell.strip().lower())
        if found is None:
            raise ValueError(f"“{cell[:20]}” is not one of: {', '.join(values)}.")
        return found

    return parse


def yes_or_no(cell: str) -> bool:
    known = {
        "yes": True,
        "y": True,
        "true": True,
        "1": True,
        "no": False,
        "n": False,
        "false": False,
        "0": False,
    }
    if cell.lower() not in known:
        raise ValueError(f"“{cell[:20]}” is neither yes nor no.")
    return known[cell.lower()]


def email(cell: str) -> str:
    try:
        validate_email(cell)
    except ValidationError:
        raise ValueError(f"“{cell[:40]}” is not an e-mail address.") from None
    if len(cell) > 254:
        raise ValueError("is longer than an e-mail address can be.")
    return cell.lower()


def weekday(cell: str) -> int:
    word = cell.lower()
    found = [number for number, name in enumerate(WEEKDAYS) if len(word) >= 3 and name.startswith(word)]
    if len(found) != 1:
        raise ValueError(f"“{cell[:20]}” is not a day of the week.")
    return found[0]


def diagnosis(cell: str) -> str:
    code = cell.upper()
    if not re.fullmatch(r"[A-TV-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?", code):
        raise ValueError(f"“{cell[:20]}” is not an ICD-10-CM code like F33.1.")
    return code


def names(cell: str) -> tuple[str, ...]:
    """Several names, parted by semicolons."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())
