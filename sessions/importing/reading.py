"""From the bytes of a CSV file to rows of checked cells, or faults that say where and why.

Refused as a whole: other encodings, NUL bytes, missing or unknown columns, cells that a spreadsheet
would run as a formula.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sessions.importing.columns import Column, File
from sessions.importing.faults import Report

MOST_ROWS = 500_000
# A cell that a spreadsheet would run. A phone number may begin with +.
FORMULA = re.compile(r"^[=@\t\r]|^[+-](?![\d\s(])")
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(slots=True)
class Row:
    """One line of a file. A cell left out or empty is None."""

    line: int
    cells: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.cells.get(name)


def read(file: File, content: bytes, report: Report) -> list[Row]:
    """The rows whose every cell could be read; everything else is in the report."""
    report.unread.add(file.name)
    text = _decoded(file, content, report)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[Row] = []
    try:
        columns = _header(file, next(reader, []), report)
        if columns is None:
            return []
        rows = list(_rows(file, columns, reader, report))
    except csv.Error as error:
        too_long = "field larger" in str(error)
        reason = "has a cell that is too long." if too_long else "has a quotation mark that is never closed."
        report.blame(file.name, reader.line_num, "", reason)
        return []
    report.unread.discard(file.name)
    return _without_twins(file, rows, report)


def _decoded(file: File, content: bytes, report: Report) -> str | None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        report.blame(file.name, 0, "", "is saved as Unicode text (UTF-16). Save it as “CSV UTF-8”.")
        return None
    if b"\x00" in content:
        report.blame(
            file.name, content[: content.index(b"\x00")].count(b"\n") + 1, "", "holds a NUL character."
        )
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        report.blame(file.name, line, "", "holds a character that is not UTF-8. Save it as “CSV UTF-8”.")
        return None


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return ";" if header.count(";") > header.count(",") else ","


def _header(file: File, header: list[str], report: Report) -> list[Column] | None:
    names = [name.strip().lower() for name in header]
    if not any(names):
        report.blame(file.name, 1, "", "is empty. The first line names the columns.")
        return None
    missing = [name for name in file.required if name not in names]
    unknown = [name for name in names if name not in file.by_name]
    twice = sorted({name for name in names if names.count(name) > 1})
    for found, words in ((missing, "missing"), (unknown, "not known"), (twice, "there twice")):
        if found:
            quoted = ", ".join(f"“{name[:40]}”" for name in found[:10])
            report.blame(file.name, 1, "", f"column {words}: {quoted}.")
    return None if missing or unknown or twice else [file.by_name[name] for name in names]


def _rows(file: File, columns: list[Column], reader: Any, report: Report) -> Iterator[Row]:
    at = columns.index(file.by_name[file.key[0]])
    for count, record in enumerate(reader):
        line = reader.line_num
        if count >= MOST_ROWS:
            report.blame(file.name, line, "", f"has more than {MOST_ROWS:,} rows. Load it in parts.")
            return
        if not any(cell.strip() for cell in record):
            continue
        if len(file.key) == 1 and len(record) > at:
            report.rows.setdefault((file.name, record[at].strip()), line)
        if len(record) != len(columns):
            report.blame(file.name, line, "", f"has {len(record)} cells; the first line has {len(columns)}.")
            continue
        found = _cells(file, columns, record, line, report)
        if found is not None:
            yield Row(line, found)


def _cells(
    file: File, columns: list[Column], record: list[str], line: int, report: Report
) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    is_whole = True
    for column, raw in zip(columns, record, strict=True):
        cell = raw.strip()
        if not cell:
            if column.required:
                report.blame(file.name, line, column.name, "is empty.")
                is_whole = False
            continue
        try:
            if FORMULA.match(raw) or FORMULA.match(cell) or HIDDEN.search(cell):
                raise ValueError("holds a formula or a hidden character. Type the value itself.")
            found[column.name] = column.parse(cell)
        except ValueError as error:
            report.blame(file.name, line, column.name, str(error))
            is_whole = False
    return found if is_whole else None


def _without_twins(file: File, rows: list[Row], report: Report) -> list[Row]:
    """Rows with the key of an earlier one are faults."""
    first: dict[tuple[Any, ...], int] = {}
    kept = []
    for row in rows:
        key = tuple(row[name] for name in file.key)
        if key in first:
            report.blame(file.name, row.line, file.key[0], f"is the same as line {first[key]}.")
            continue
        first[key] = row.line
        kept.append(row)
    return kept
