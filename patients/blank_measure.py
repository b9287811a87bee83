"""A measure on paper, to be filled in with a pen: every question with its answers to tick."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from iop_clinic.paper.sheet import Block, Fields, Section, Sheet, Table, Ticks, Words
from patients.document_paper import CRISIS_LINES
from patients.instruments.definition import Instrument, Item
from patients.models import Patient
from patients.paper import sheet_of

SHORTEST_GRID = 2
WIDEST_GRID = 6


def blank_measure_sheet(patient: Patient, instrument: Instrument, *, now: datetime) -> Sheet:
    """The form under its own head; ValueError for an instrument whose words the clinic does not have."""
    if not instrument.has_text:
        raise ValueError(f"The words of the {instrument.name} are not here.")
    by_hand = Fields((("Date", ""), ("Filled in by", "")))
    return sheet_of(
        patient,
        title=f"{instrument.title} ({instrument.name})",
        sections=(
            Section("Today", (by_hand,)),
            Section(instrument.stem or "Questions", tuple(_blocks(instrument.items, instrument.stem))),
            *([CRISIS_LINES] if instrument.triggers else []),
            Section("Source", (Words(instrument.citation),)),
        ),
        now=now,
    )


def _blocks(items: Iterable[Item], stem: str) -> Iterator[Block]:
    """Neighbors with the same few answers share a grid; the others stand by themselves.

    What the heading says already is not said again.
    """
    for (lead, _), run in groupby(items, key=lambda item: (item.lead, item.answers)):
        held = list(run)
        if lead and lead != stem:
            yield Words(lead)
        if len(held) >= SHORTEST_GRID and len(held[0].options) <= WIDEST_GRID and not held[0].is_number:
            yield _grid(held)
        else:
            yield from (_alone(item) for item in held)


def _grid(items: list[Item]) -> Table:
    options = items[0].options
    return Table(
        heads=("", *(option.text for option in options)),
        rows=tuple((_asked(item), *("" for _ in options)) for item in items),
        boxes=tuple(range(1, len(options) + 1)),
        widths=(7, *(2 for _ in options)),
    )


def _alone(item: Item) -> Block:
    if item.is_number:
        return Fields(((_asked(item), ""),))
    return Ticks(_asked(item), tuple(option.text for option in item.options))


def _asked(item: Item) -> str:
    return f"{item.label}. {item.text}"
