"""The record of this floor on paper: what has a sheet of its own, and any table as a sheet."""

from collections.abc import Iterable
from datetime import date, datetime, time

from iop_clinic.paper.sheet import Section, Sheet
from iop_clinic.paper.sheet import Table as PaperTable
from iop_clinic.tables import Cell, Table
from iop_clinic.wall import time_of_day
from patients.document_paper import document_sheet
from patients.level_paper import certification_sheet, determination_sheet
from patients.measure_paper import measures_sheet
from patients.medication_paper import medication_sheet
from patients.models import Certification, Patient
from patients.paper import day_in_words, instant_in_words, sheet_of
from patients.record.answers_sheet import answers_sheet
from patients.record.papers import signed_documents
from patients.record.plan import plan_sheets

# Letters of a line on paper, of a column that does not break, and of the widest there is.
LETTERS, SHORT, MOST = 104, 16, 44


def patient_sheets(patient: Patient, *, now: datetime) -> list[Sheet]:
    """Signed documents and findings first, then the plan, measures and the medication of today."""
    found = patient.determinations.signed().select_related("signed_by").order_by("decided_on", "pk")
    certified = Certification.objects.filter(episode__patient=patient).select_related("signed_by", "plan")
    certificates = list(certified.select_related("episode").order_by("from_on", "pk"))
    determinations = list(found)
    for row in determinations:
        row.patient = patient
    for certificate in certificates:
        certificate.episode.patient = patient
    return [
        *(document_sheet(row, now=now) for row in signed_documents(patient)),
        *(determination_sheet(row, now=now) for row in determinations),
        *(certification_sheet(row, now=now) for row in certificates),
        *plan_sheets(patient, now=now),
        measures_sheet(patient, now=now),
        answers_sheet(patient, now=now),
        medication_sheet(patient, now=now),
    ]


def tables_sheet(patient: Patient, title: str, tables: Iterable[Table], *, now: datetime) -> Sheet | None:
    """These tables under one title; None when all are empty."""
    tz_name = patient.site.time_zone
    sections = tuple(Section(table.title, (_printed(table, tz_name),)) for table in tables if len(table))
    return sheet_of(patient, title=title, sections=sections, now=now) if sections else None


def _printed(table: Table, tz_name: str) -> PaperTable:
    heads, rows = table.printed()
    lines = tuple(tuple(said(cell, tz_name) for cell in row) for row in rows)
    return PaperTable(heads, lines, widths=_widths(heads, lines))


def _widths(heads: tuple[str, ...], lines: tuple[tuple[str, ...], ...]) -> tuple[int, ...]:
    """Letters of each column: a day or a name stays on one line, long texts share what is left."""
    columns = list(zip(heads, *lines, strict=True))
    wanted = [2 + min(max(_longest_word(head), *map(len, cells)), MOST) for head, *cells in columns]
    long = sum(wish for wish in wanted if wish > SHORT)
    left = LETTERS - (sum(wanted) - long)
    if sum(wanted) <= LETTERS or not long:
        return tuple(wanted)
    return tuple(wish if wish <= SHORT else max(SHORT, wish * left // long) for wish in wanted)


def _longest_word(head: str) -> int:
    return max(len(word) for word in head.split())


def said(cell: Cell, tz_name: str) -> str:
    """A cell as people read it: "Oct 21, 2026, 9:12 am"."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, datetime):
        return instant_in_words(cell, tz_name)
    if isinstance(cell, date):
        return day_in_words(cell)
    return time_of_day(cell) if isinstance(cell, time) else str(cell)
