"""Every answer to every measure on paper: the questions once, then a line of numbers for each day."""

from collections.abc import Iterable
from datetime import datetime

from iop_clinic.paper.sheet import Block, Points, Section, Sheet, Table, Words
from patients.models import Patient, Response
from patients.offering import in_our_words
from patients.paper import day_in_words, sheet_of
from patients.record.health import finished
from patients.scoring import Instrument, Item
from patients.trends import scored_on

COLUMNS = 12


def answers_sheet(patient: Patient, *, now: datetime) -> Sheet:
    """One query, one more where the words come from a text pack."""
    rows = finished(patient)
    words = in_our_words({row.instrument_code for row in rows})
    by_code: dict[str, list[Response]] = {}
    for row in rows:
        by_code.setdefault(row.instrument_code, []).append(row)
    sections = tuple(
        Section(words[code].title, tuple(_blocks(words[code], given, patient)))
        for code, given in by_code.items()
        if code in words
    )
    none = (Section("Answers", (Words("None yet."),)),)
    return sheet_of(patient, title="Answers to measures", sections=sections or none, now=now)


def _blocks(instrument: Instrument, rows: list[Response], patient: Patient) -> Iterable[Block]:
    yield Points(tuple(f"{item.label}. {item.text}" for item in instrument.items if item.text), "Questions")
    for legend in dict.fromkeys(_legend(item) for item in instrument.items):
        if legend:
            yield Words(legend, "What the numbers mean")
    for start in range(0, len(instrument.items), COLUMNS):
        items = instrument.items[start : start + COLUMNS]
        yield Table(
            ("Day", *(item.label for item in items)),
            tuple(_line(row, items, patient) for row in rows),
            numbers=tuple(range(1, len(items) + 1)),
            widths=(4, *(1 for _ in items)),
        )


def _legend(item: Item) -> str:
    if item.is_number or not all(option.text for option in item.options):
        return ""
    return ", ".join(f"{option.value} {option.text.lower()}" for option in item.options)


def _line(row: Response, items: Iterable[Item], patient: Patient) -> tuple[str, ...]:
    given = (row.answers.get(item.id) for item in items)
    return (
        day_in_words(scored_on(row, patient)),
        *("" if value is None else str(value) for value in given),
    )
