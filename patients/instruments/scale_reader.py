"""Reads the total and the subscales of a definition file, with bands, cuts and change rules."""

from collections.abc import Mapping, Sequence
from typing import cast, get_args

from patients.instruments import clauses
from patients.instruments.definition import Item
from patients.instruments.scale import Band, ChangeRule, Scale, ScaleKind
from patients.instruments.table import StrictTable

Items = Mapping[str, Item]


def read_subscales(table: StrictTable, items: Items) -> tuple[Scale, ...]:
    """The subscales in the file's order; each names itself and its items."""
    if not table.has("subscales"):
        return ()
    scales = table.rows("subscales", lambda row, _: _subscale(row, items))
    table.distinct("subscales", [scale.id for scale in scales])
    return scales


def _subscale(row: StrictTable, items: Items) -> Scale:
    scale_id, name = row.word("id"), row.text("name")
    return _scale(row, scale_id, name, clauses.item_list(row, "items", list(items)), items)


def read_total(table: StrictTable, items: Items, scored: Sequence[str]) -> Scale:
    """The total. It counts the items it names, else all that are scored."""
    named = clauses.item_list(table, "items", list(items)) if table.has("items") else tuple(scored)
    scale = _scale(table, "total", "Total", named, items)
    table.close()
    return scale


def _scale(table: StrictTable, scale_id: str, name: str, item_ids: tuple[str, ...], items: Items) -> Scale:
    kind = cast(ScaleKind, table.word("kind", get_args(ScaleKind)) if table.has("kind") else "sum")
    lows, highs = [min(items[i].points) for i in item_ids], [max(items[i].points) for i in item_ids]
    low, high = (sum(lows), sum(highs)) if kind == "sum" else (min(lows), max(highs))
    return Scale(
        id=scale_id,
        name=name,
        kind=kind,
        item_ids=item_ids,
        low=low,
        high=high,
        cut=table.number_or_none("cut", low, high),
        cut_men=table.number_or_none("cut_men", low, high),
        higher_is_better=table.yes("higher_is_better"),
        bands=_bands(table, low, high) if table.has("bands") else (),
        change=_change(table.table("change"), high) if table.has("change") else ChangeRule(),
        loinc=table.loinc_or_empty("loinc"),
    )


def _bands(table: StrictTable, low: int, high: int) -> tuple[Band, ...]:
    def band(row: StrictTable, _: int) -> Band:
        return Band(
            key=row.word("key"),
            name=row.text("name"),
            short=row.text("short"),
            low=row.number("low", low, high),
            high=row.number("high", low, high),
        )

    bands = table.rows("bands", band)
    table.distinct("bands", [band.key for band in bands])
    covered = [total for band in bands for total in range(band.low, band.high + 1)]
    if covered != list(range(low, high + 1)) or any(band.low > band.high for band in bands):
        raise table.fault("bands", f"must cover every total from {low} to {high} once, lowest first")
    return bands


def _change(table: StrictTable, high: int) -> ChangeRule:
    change = ChangeRule(
        reliable=table.number_or_none("reliable", 1, high),
        meaningful=table.number_or_none("meaningful", 1, high),
        response_percent=table.number_or_none("response_percent", 1, 100),
        remission_below=table.number_or_none("remission_below", 1, high),
    )
    table.close()
    return change
