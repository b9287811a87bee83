"""Rows of a record as a named table: shaped once, said as a CSV file and on paper.

A cell is plain: words, a number, a day, an instant, yes or no, or nothing.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from iop_clinic.clock import as_utc, zone

Cell = str | int | Decimal | date | datetime | time | bool | None
Column = str | Callable[[Any], Cell]
# Excel takes a file for the oldest code page of the machine unless it begins with this; others skip it.
BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet run a cell, also as typed in full width; tab and line breaks in front hide it.
RUNS, HIDES = "=+-@＝＋－＠", ("\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is the file's, `title` is for people; `on_paper` are the heads printed, all if empty."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    on_paper: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def printed(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Heads and rows as they go on paper."""
        places = [self.heads.index(head) for head in self.on_paper or self.heads]
        heads = tuple(self.heads[place] for place in places)
        return heads, [tuple(row[place] for place in places) for row in self.rows]


def table_of(
    name: str,
    title: str,
    rows: Iterable[Any],
    columns: Mapping[str, Column],
    on_paper: tuple[str, ...] = (),
) -> Table:
    """One row for each of `rows`. A column is a function, or a path such as "level.name".

    A path says what a field's choice means, a list with commas, and nothing where the way breaks off.
    """
    made = tuple(tuple(_cell(row, column) for column in columns.values()) for row in rows)
    return Table(name, title, tuple(columns), made, on_paper)


def _cell(row: Any, column: Column) -> Cell:
    if not isinstance(column, str):
        return column(row)
    *way, last = column.split(".")
    for name in way:
        row = getattr(row, name, None)
    said = getattr(row, f"get_{last}_display", None)
    value = said() if said is not None else getattr(row, last, None)
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def csv_bytes(table: Table, tz_name: str) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark; days as 2026-10-21, instants as 2026-10-21 09:12 local.

    A cell of words that a spreadsheet would run has an apostrophe before it; numbers stay numbers.
    """
    out = io.StringIO(newline="")
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out)
    writer.writerow(table.heads)
    writer.writerows([_written(cell, tz_name) for cell in row] for row in table.rows)
    return out.getvalue().encode()


def _written(cell: Cell, tz_name: str) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{as_utc(cell).astimezone(zone(tz_name)):%Y-%m-%d %H:%M}"
    return f"{cell:%H:%M}" if isinstance(cell, time) else str(cell)


def harmless(words: str) -> str:
    """The same words, with an apostrophe before them where a spreadsheet would take them for a formula."""
    begins = words.lstrip()[:1]
    runs = begins != "" and begins in RUNS
    return f"'{words}" if runs or words.startswith(HIDES) else words
