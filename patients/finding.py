"""Finding a patient: by any part of a name, with or without accents, by birth date or by chart number.

Every path is backed by an index: trigrams on the plain name, birth date, chart number.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from patients.models import Episode, Patient, Referral
from patients.models.patient import Plain
from patients.models.referral import Stage

LONGEST, LONGEST_NEAR = 80, 30  # letters; a long text costs more in the index than reading every name
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATES = (
    re.compile(r"\b(?P<y>\d{4})[-/. ](?P<m>\d{1,2})[-/. ](?P<d>\d{1,2})\b"),
    re.compile(r"\b(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4}|\d{2})\b"),
    re.compile(rf"\b(?P<b>{_MONTHS})[a-z]*\.? +(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<y>\d{{4}})\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})\.? +(?P<b>{_MONTHS})[a-z]*\.?,? +(?P<y>\d{{4}})\b"),
    re.compile(r"\b(?P<m>\d{2})(?P<d>\d{2})(?P<y>(?:19|20)\d{2})\b"),
)
_CHART = re.compile(r"(?:^|\s)(?:chart\s*)?#?(?P<n>\d{4,9})(?=\s|$)")


@dataclass(frozen=True)
class Found:
    """One hit: only what tells two people apart, nothing of their care."""

    pk: int
    full_name: str
    legal_name: str
    record_number: int
    born_on: date
    status: str
    is_active: bool

    @property
    def number_words(self) -> str:
        return str(self.record_number)


@dataclass(frozen=True)
class Asked:
    """What was typed, taken apart."""

    words: tuple[str, ...]
    born_on: tuple[date, ...]
    record_number: int | None

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.born_on or self.record_number)


def search(user: User, text: str, limit: int = 20) -> list[Found]:
    """At most `limit` charts of the user's sites that fit everything typed; which were shown is recorded.

    Names match in any order; when none does, the nearest in spelling are offered.
    """
    asked = read(text)
    if asked.is_empty:
        return []
    charts = _charts(user)
    rows = list(_best_first(_fitting(charts, asked), asked)[:limit])
    if not rows and asked.words and max(map(len, asked.words)) >= 4:
        rows = list(_nearest(charts, asked)[:limit])
    record(user, "patients.search", patients=[row.pk for row in rows])
    return [_found(row) for row in rows]


def read(text: str) -> Asked:
    """Take a birth date and a chart number out of the text; what is left are words of the name.

    2/3/1992, 2-3-92, 1992-02-03, Feb 3 1992, 3 Feb 1992 and 02031992 are the same day (month first);
    a year of two digits is looked for in both centuries.
    """
    rest = " ".join(text.split())[:LONGEST].lower()
    born_on: tuple[date, ...] = ()
    for shape in _DATES:
        match = shape.search(rest)
        born_on = _days(match) if match else ()
        if match and born_on:
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
            break
    number = _CHART.search(f" {rest}")
    if number:
        rest = f" {rest}".replace(number[0], " ", 1)
    words = tuple(word for word in re.split(r"[\s,;]+", rest) if any(map(str.isalpha, word)))
    return Asked(words[:6], born_on, min(int(number["n"]), 2**31 - 1) if number else None)


def _days(match: re.Match[str]) -> tuple[date, ...]:
    part = match.groupdict()
    month = _MONTHS.split("|").index(part["b"]) + 1 if part.get("b") else int(part["m"])
    year = int(part["y"])
    days = []
    for full_year in (1900 + year, 2000 + year) if year < 100 else (year,):
        with suppress(ValueError):
            days.append(date(full_year, month, int(part["d"])))
    return tuple(days)


def _charts(user: User) -> QuerySet[Any]:
    running = Episode.objects.filter(patient=OuterRef("pk"), ended_on__isnull=True)
    waiting = Referral.objects.open().filter(patient=OuterRef("pk")).values("stage")[:1]
    return Patient.objects.at_sites_of(user).annotate(
        in_program=Exists(running),
        stage=Subquery(waiting),
        was_in_program=Exists(Episode.objects.filter(patient=OuterRef("pk"))),
    )


def _fitting(charts: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    if asked.born_on:
        charts = charts.filter(born_on__in=asked.born_on)
    if asked.record_number:
        charts = charts.filter(record_number=asked.record_number)
    for word in asked.words:
        charts = charts.filter(_holds(word))
    return charts


def _holds(word: str) -> Q:
    """Anywhere in the name; one or two letters only where a word starts, which the index can answer."""
    plain = Plain(Value(word))
    if len(word) >= 3:
        return Q(search_text__contains=plain)
    return Q(search_text__startswith=plain) | Q(search_text__contains=Concat(Value(" "), plain))


def _best_first(charts: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    if not asked.words:
        return charts.order_by("-in_program", "family_name", "given_name", "pk")
    starts = Plain(Value(" ".join(asked.words)))
    rank = Case(When(search_text__startswith=starts, then=0), default=1, output_field=IntegerField())
    return charts.order_by(rank, "-in_program", "family_name", "given_name", "pk")


def _nearest(charts: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    """Names spelled like the first letters typed, still on the birth date or number if one was given."""
    typed = Plain(Value(" ".join(asked.words)[:LONGEST_NEAR]))
    near = _fitting(charts, Asked((), asked.born_on, asked.record_number))
    near = near.filter(search_text__trigram_word_similar=typed)
    closeness = TrigramWordSimilarity(typed, "search_text")  # type: ignore[arg-type]
    return near.annotate(closeness=closeness).order_by("-closeness", "pk")


def _found(row: Any) -> Found:
    return Found(
        pk=row.pk,
        full_name=row.full_name,
        legal_name=f"{row.given_name} {row.family_name}" if row.preferred_name else "",
        record_number=row.record_number,
        born_on=row.born_on,
        status=_status(row),
        is_active=row.in_program,
    )


def _status(row: Any) -> str:
    if row.in_program:
        return "In program"
    if row.stage:
        return f"Referred, {Stage(row.stage).label.lower()}"
    return "Discharged" if row.was_in_program else "No episode"
