"""Reads the definition files: an unknown, missing or impossible key stops the start, by file and key.

The shape is that of the shipped files; what must hold between keys is domain reference 6.2.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import cast, get_args

from patients.instruments.definition import (
    Algorithm,
    Band,
    Instrument,
    InstrumentError,
    Item,
    Level,
    Option,
    Trigger,
)
from patients.instruments.table import StrictTable

_FOLDER = Path(__file__).parent
_LICENCES = ("public_domain", "free_reproduce", "free_attribution")


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
    options = table.rows("options", _option)
    _distinct(table, "options", [option.value for option in options])
    items = table.rows("items", _item)
    difficulty = _difficulty(table.table("difficulty"), len(items) + 1) if table.has("difficulty") else None
    item_ids = [item.id for item in items]
    _distinct(table, "items", [*item_ids, difficulty.id] if difficulty else item_ids)
    max_total = max(option.value for option in options) * len(items)
    change = table.table("change")
    instrument = Instrument(
        id=instrument_id,
        version=table.text("version"),
        name=table.text("name"),
        title=table.text("title"),
        recall=table.text("recall"),
        stem=table.text("stem"),
        loinc_panel=table.loinc("loinc_panel"),
        loinc_total=table.loinc("loinc_total"),
        cut=table.number("cut", 1, max_total),
        options=options,
        items=items,
        difficulty=difficulty,
        bands=_bands(table, max_total),
        triggers=_triggers(table, item_ids) if table.has("triggers") else (),
        algorithm=_algorithm(table.table("algorithm"), item_ids) if table.has("algorithm") else None,
        reliable_change=change.number("reliable", 1, max_total),
        response_percent=change.number_or_none("response_percent", 1, 100),
        remission_below=change.number_or_none("remission_below", 1, max_total),
        licence=table.word("licence", _LICENCES),
        licence_note=table.text("licence_note"),
        citation=table.text("citation"),
        source_url=table.text("source_url"),
    )
    change.close()
    table.close()
    return instrument


def _option(row: StrictTable, number: int) -> Option:
    return Option(value=row.number("value", 0, 100), text=row.text("text"), loinc=row.loinc_answer("loinc"))


def _item(row: StrictTable, number: int) -> Item:
    return Item(id=row.word("id"), number=number, text=row.text("text"), loinc=row.loinc("loinc"))


def _difficulty(table: StrictTable, number: int) -> Item:
    options = table.rows("options", _option)
    _distinct(table, "options", [option.value for option in options])
    item = Item(
        id=table.word("id"),
        number=number,
        text=table.text("text"),
        loinc=table.loinc("loinc"),
        options=options,
    )
    table.close()
    return item


def _bands(table: StrictTable, max_total: int) -> tuple[Band, ...]:
    def band(row: StrictTable, number: int) -> Band:
        return Band(
            key=row.word("key"),
            name=row.text("name"),
            short=row.text("short"),
            low=row.number("low", 0, max_total),
            high=row.number("high", 0, max_total),
        )

    bands = table.rows("bands", band)
    _distinct(table, "bands", [band.key for band in bands])
    covered = [total for band in bands for total in range(band.low, band.high + 1)]
    if covered != list(range(max_total + 1)) or any(band.low > band.high for band in bands):
        raise table.fault("bands", f"must cover every total from 0 to {max_total} once, lowest first")
    return bands


def _triggers(table: StrictTable, item_ids: list[str]) -> tuple[Trigger, ...]:
    def trigger(row: StrictTable, number: int) -> Trigger:
        return Trigger(
            key=row.word("key"),
            item_id=row.word("item", item_ids),
            at_least=row.number("at_least", 1, 100),
            level=cast(Level, row.word("level", get_args(Level))),
            title=row.text("title"),
            clock=row.text("clock"),
            within_minutes=row.number_or_none("within_minutes", 1, 1440),
        )

    triggers = table.rows("triggers", trigger)
    _distinct(table, "triggers", [trigger.key for trigger in triggers])
    _distinct(table, "triggers", [(trigger.item_id, trigger.at_least) for trigger in triggers])
    return triggers


def _algorithm(table: StrictTable, item_ids: list[str]) -> Algorithm:
    major_count = table.number("major_count", 1, len(item_ids))
    algorithm = Algorithm(
        item_at_least=table.number("item_at_least", 1, 100),
        any_answer_items=table.words("any_answer_items", item_ids),
        core_items=table.words("core_items", item_ids),
        major_count=major_count,
        other_count=table.number("other_count", 1, major_count),
    )
    table.close()
    return algorithm


def _distinct(table: StrictTable, key: str, values: Iterable[object]) -> None:
    seen = list(values)
    if len(set(seen)) != len(seen):
        raise table.fault(key, "holds the same one twice")
