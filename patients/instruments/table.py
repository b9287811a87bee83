"""A TOML table read strictly: typed values, each fault named by its path, and nothing left untaken."""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from patients.instruments.definition import InstrumentError

_Row = TypeVar("_Row")
WORD = re.compile(r"[a-z][a-z0-9_]*")
_LOINC = re.compile(r"([0-9]{1,7})-([0-9])")
_ANSWER = re.compile(r"LA[0-9]{1,7}-[0-9]")


class StrictTable:
    """Hands each key out once; `close()` refuses a key nobody asked for. Faults are InstrumentError."""

    def __init__(self, content: dict[str, Any], path: str = "") -> None:
        self._rest = dict(content)
        self._path = path

    def fault(self, key: str, words: str) -> InstrumentError:
        return InstrumentError(f"{self._path}{key}: {words}")

    def has(self, key: str) -> bool:
        return key in self._rest

    def _take(self, key: str) -> Any:
        if key not in self._rest:
            raise self.fault(key, "is missing")
        return self._rest.pop(key)

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "must be text")
        return value

    def word(self, key: str, allowed: Collection[str] | None = None) -> str:
        """A lower-case identifier; where `allowed` is given, one of those."""
        value = self.text(key)
        if allowed is not None and value not in allowed:
            raise self.fault(key, f"must be one of: {', '.join(sorted(allowed))}")
        if not WORD.fullmatch(value):
            raise self.fault(key, "must be a lower-case word")
        return value

    def words(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        value = self._take(key)
        if not isinstance(value, list) or not value or any(word not in allowed for word in value):
            raise self.fault(key, f"must list some of: {', '.join(allowed)}")
        return tuple(value)

    def text_or_empty(self, key: str) -> str:
        return self.text(key) if key in self._rest else ""

    def said(self, key: str) -> str:
        """Text that may be empty."""
        value = self._take(key)
        if not isinstance(value, str):
            raise self.fault(key, "must be text")
        return value

    def yes(self, key: str) -> bool:
        """True or false; a key that is not there is false."""
        value = self._rest.pop(key, False)
        if type(value) is not bool:
            raise self.fault(key, "must be true or false")
        return value

    def listed(self, key: str) -> list[str]:
        """A list of texts, not empty."""
        value = self._take(key)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise self.fault(key, "must be a list of texts")
        return value

    def number(self, key: str, low: int, high: int) -> int:
        value = self._take(key)
        if type(value) is not int or not low <= value <= high:
            raise self.fault(key, f"must be a whole number from {low} to {high}")
        return value

    def number_or_none(self, key: str, low: int, high: int) -> int | None:
        return self.number(key, low, high) if key in self._rest else None

    def loinc_or_empty(self, key: str) -> str:
        return self.loinc(key) if key in self._rest else ""

    def loinc(self, key: str) -> str:
        """A LOINC code whose mod-10 check digit is right."""
        value = self.text(key)
        match = _LOINC.fullmatch(value)
        if match is None or check_digit(match[1]) != int(match[2]):
            raise self.fault(key, f"{value} is not a LOINC code")
        return value

    def loinc_answer(self, key: str) -> str:
        """A LOINC answer code, by its shape only."""
        value = self.text(key)
        if not _ANSWER.fullmatch(value):
            raise self.fault(key, f"{value} is not a LOINC answer code")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where the key is left out."""
        value = self._rest.pop(key, False)
        if type(value) is not bool:
            raise self.fault(key, "must be true or false")
        return value

    def table(self, key: str) -> "StrictTable":
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.fault(key, "must be a table")
        return StrictTable(value, f"{self._path}{key}.")

    def names(self) -> tuple[str, ...]:
        """The keys still to be read."""
        return tuple(self._rest)

    def is_list(self, key: str) -> bool:
        return isinstance(self._rest.get(key), list)

    def rows(self, key: str, read: Callable[["StrictTable", int], _Row]) -> tuple[_Row, ...]:
        """Each table of the list through `read(table, number)`, numbered from 1; an empty list is a fault."""
        value = self._take(key)
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            raise self.fault(key, "must be a list of tables")
        read_rows = []
        for number, content in enumerate(value, start=1):
            row = StrictTable(content, f"{self._path}{key}[{number}].")
            read_rows.append(read(row, number))
            row.close()
        return tuple(read_rows)

    def distinct(self, key: str, values: Iterable[object]) -> None:
        """A fault where one of the values comes twice."""
        seen = list(values)
        if len(set(seen)) != len(seen):
            raise self.fault(key, "holds the same one twice")

    def close(self) -> None:
        for key in self._rest:
            raise self.fault(key, "is not a key this file may have")


def check_digit(digits: str) -> int:
    """The mod-10 (Luhn) check digit LOINC puts after its hyphen."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return -sum(value // 10 + value % 10 for value in doubled) % 10
