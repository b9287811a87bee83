"""Reads the definition files: an unknown, missing or impossible key stops the start, by file and key.

The shape is that of the shipped files; what must hold between keys is domain reference 6.1 and 6.2.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import cast, get_args

from patients.instruments import clauses
from patients.instruments.definition import (
    PURPOSES,
    TEXT_LICENCES,
    Instrument,
    InstrumentError,
    Item,
    Licence,
    Mode,
)
from patients.instruments.item_reader import read_items
from patients.instruments.rules import LEVELS, Level, Outcome, Trigger
from patients.instruments.scale_reader import read_subscales, read_total
from patients.instruments.table import StrictTable

_FOLDER = Path(__file__).parent


@cache
def load_instruments() -> dict[str, Instrument]:
    """Every shipped instrument by its id (the file's name); read once a process."""
    return {path.stem: read_instrument(path) for path in sorted(_FOLDER.glob("*.toml"))}


def read_instrument(path: Path) -> Instrument:
    """One definition file; InstrumentError names the file and the key that is wrong."""
    try:
        return _instrument(path.stem, StrictTable(tomllib.loads(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, InstrumentError) as error:
        raise InstrumentError(f"{path.name}: {error}") from error


def _instrument(instrument_id: str, table: StrictTable) -> Instrument:
    stem = table.text_or_empty("stem")
    items, unscored = read_items(table, stem)
    by_id = {item.id: item for item in items}
    subscales = read_subscales(table, by_id)
    total = None
    if table.has("total"):
        scored = [item_id for item_id in by_id if item_id not in unscored]
        total = read_total(table.table("total"), by_id, scored)
    outcomes = _outcomes(table, by_id)
    instrument = Instrument(
        id=instrument_id,
        version=table.text("version"),
        name=(name := table.text("name")),
        title=table.text("title"),
        portal_name=table.text_or_empty("portal_name") or name,
        purpose=table.word("purpose", PURPOSES),
        recall=table.text("recall"),
        stem=stem,
        has_text=all(item.text for item in items),
        modes=cast(tuple[Mode, ...], table.words("modes", get_args(Mode))),
        age_from=table.number_or_none("age_from", 1, 100),
        items=items,
        total=total,
        subscales=subscales,
        outcomes=outcomes,
        outcome_about=table.text("outcome_about") if outcomes else "",
        outcome_loinc=table.loinc_or_empty("outcome_loinc") if outcomes else "",
        triggers=_triggers(table, by_id, [outcome.key for outcome in outcomes]),
        reading=table.text_or_empty("reading"),
        loinc_panel=table.loinc_or_empty("loinc_panel"),
        local_code=table.text_or_empty("local_code"),
        licence=cast(Licence, table.word("licence", get_args(Licence))),
        licence_note=table.text("licence_note"),
        citation=table.text("citation"),
        source_url=table.text("source_url"),
    )
    _agree(table, instrument)
    table.close()
    return instrument


def _agree(table: StrictTable, instrument: Instrument) -> None:
    """What must hold between keys: a result, one code, and no wording without the right to it."""
    if not instrument.scales and not instrument.outcomes:
        raise table.fault("total", "is missing, and there are no subscales or outcomes either")
    if bool(instrument.loinc_panel) == bool(instrument.local_code):
        raise table.fault("loinc_panel", "or a local_code, one of the two")
    worded = [item for item in instrument.items if item.text]
    if worded and not instrument.has_text:
        raise table.fault("items", "must all have a text, or none")
    if worded and instrument.licence not in TEXT_LICENCES:
        raise table.fault("licence", f"{instrument.licence} does not let the wording ship")


def _outcomes(table: StrictTable, by_id: dict[str, Item]) -> tuple[Outcome, ...]:
    if not table.has("outcomes"):
        return ()
    outcomes = table.rows(
        "outcomes",
        lambda row, _: Outcome(
            key=row.word("key"),
            name=row.text("name"),
            is_positive=row.yes("positive"),
            when=clauses.conditions(row, "when", list(by_id)),
        ),
    )
    if outcomes[-1].when or not all(outcome.when for outcome in outcomes[:-1]):
        raise table.fault(
            "outcomes", "must end with the one that is left, without a rule; the others have one"
        )
    return outcomes


def _triggers(table: StrictTable, by_id: dict[str, Item], outcomes: list[str]) -> tuple[Trigger, ...]:
    def trigger(row: StrictTable, number: int) -> Trigger:
        when = clauses.condition(row.table("when"), list(by_id)) if row.has("when") else None
        return Trigger(
            key=row.word("key"),
            subject=f"item{by_id[when.item_ids[0]].label}" if when else "outcome",
            when=when,
            outcome="" if when else row.word("outcome", outcomes),
            level=cast(Level, row.word("level", LEVELS)),
            title=row.text("title"),
            clock=row.text("clock"),
        )

    if not table.has("triggers"):
        return ()
    triggers = table.rows("triggers", trigger)
    table.distinct("triggers", [trigger.key for trigger in triggers])
    table.distinct("triggers", [(trigger.when, trigger.outcome) for trigger in triggers])
    return triggers
