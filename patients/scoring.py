"""Answers in, Score out: totals, bands, risk triggers and change rules of the shipped instruments.

Rules: domain reference 6.2 (a missing answer never yields a score; triggers still fire), 6.3, 6.4, 6.8.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from iop_clinic.clock import as_utc, day_span, local_day
from patients.instruments.definition import (
    Algorithm,
    Band,
    Instrument,
    InstrumentError,
    Item,
    Option,
    Trigger,
)
from patients.instruments.reader import load_instruments, read_instrument

__all__ = [
    "AnswerError",
    "Band",
    "Instrument",
    "InstrumentError",
    "Item",
    "Option",
    "Score",
    "Trigger",
    "due_at",
    "load_instruments",
    "read_instrument",
    "reliable_change",
    "remission",
    "response",
    "score",
]

State = Literal["complete", "incomplete"]
Pattern = Literal["major", "other", "none"]


class AnswerError(ValueError):
    """An answer the instrument does not have; the text is a sentence for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one set of answers says. `state` is complete exactly when there is a total.

    `missing` holds the items still to be answered, the unscored one only when the total is above 0.
    `triggers` holds at most one trigger an item, its worst; they fire on incomplete answers too.
    """

    instrument_id: str
    version: str
    answers: dict[str, int | None]
    total: int | None
    band: Band | None
    positive: bool | None
    algorithm: Pattern | None
    missing: tuple[str, ...]
    triggers: tuple[Trigger, ...]

    @property
    def state(self) -> State:
        return "incomplete" if self.total is None else "complete"


def score(instrument: Instrument, answers: Mapping[str, int | None]) -> Score:
    """The score of one set of answers by item id; a missing key and None both mean not answered.

    AnswerError for an unknown item, and for anything but a whole number the item offers.
    """
    given = _checked(instrument, answers)
    scored = {item.id: given[item.id] for item in instrument.items}
    values = [value for value in scored.values() if value is not None]
    total = sum(values) if len(values) == len(scored) else None
    return Score(
        instrument_id=instrument.id,
        version=instrument.version,
        answers=given,
        total=total,
        band=None if total is None else instrument.band_of(total),
        positive=None if total is None else total >= instrument.cut,
        algorithm=None if total is None else _pattern(instrument.algorithm, scored),
        missing=_missing(instrument, given, total),
        triggers=_fired(instrument, given),
    )


def _checked(instrument: Instrument, answers: Mapping[str, int | None]) -> dict[str, int | None]:
    known = {item.id for item in instrument.all_items}
    for item_id in answers:
        if item_id not in known:
            raise AnswerError(f"The {instrument.name} has no question “{str(item_id)[:20]}”.")
    return {item.id: _answer(instrument, item, answers.get(item.id)) for item in instrument.all_items}


def _answer(instrument: Instrument, item: Item, value: object) -> int | None:
    offered = [option.value for option in instrument.options_of(item)]
    if value is None:
        return None
    if type(value) is not int or value not in offered:  # a bool is an int, yet no answer
        raise AnswerError(
            f"Question {item.number} of the {instrument.name} takes a whole number"
            f" from {min(offered)} to {max(offered)}."
        )
    return value


def _missing(instrument: Instrument, given: Mapping[str, int | None], total: int | None) -> tuple[str, ...]:
    missing = [item.id for item in instrument.items if given[item.id] is None]
    if instrument.difficulty and total and given[instrument.difficulty.id] is None:
        missing.append(instrument.difficulty.id)
    return tuple(missing)


def _fired(instrument: Instrument, given: Mapping[str, int | None]) -> tuple[Trigger, ...]:
    worst: dict[str, Trigger] = {}
    for trigger in sorted(instrument.triggers, key=lambda trigger: trigger.at_least):
        if (given[trigger.item_id] or 0) >= trigger.at_least:
            worst[trigger.item_id] = trigger
    return tuple(worst.values())


def _pattern(rule: Algorithm | None, scored: Mapping[str, int | None]) -> Pattern | None:
    if rule is None:
        return None
    met = {
        item_id
        for item_id, value in scored.items()
        if (value or 0) >= (1 if item_id in rule.any_answer_items else rule.item_at_least)
    }
    if met.isdisjoint(rule.core_items) or len(met) < rule.other_count:
        return "none"
    return "major" if len(met) >= rule.major_count else "other"


def reliable_change(instrument: Instrument, first: int, last: int) -> Literal["improved", "worsened"] | None:
    """Whether two totals differ by at least the instrument's reliable change; None when they do not."""
    _totals(instrument, first, last)
    if abs(first - last) < instrument.reliable_change:
        return None
    return "improved" if last < first else "worsened"


def response(instrument: Instrument, first: int, last: int) -> bool | None:
    """Whether the total fell by the response percentage of its baseline; None without such a rule."""
    _totals(instrument, first, last)
    if instrument.response_percent is None:
        return None
    return first > 0 and (first - last) * 100 >= first * instrument.response_percent


def remission(instrument: Instrument, last: int) -> bool | None:
    """Whether the total lies under the remission line; None without such a rule."""
    _totals(instrument, last)
    return None if instrument.remission_below is None else last < instrument.remission_below


def _totals(instrument: Instrument, *totals: int) -> None:
    for total in totals:
        if type(total) is not int or not 0 <= total <= instrument.max_total:
            raise AnswerError(f"A total of the {instrument.name} lies between 0 and {instrument.max_total}.")


def due_at(trigger: Trigger, answered_at: datetime, tz_name: str) -> datetime:
    """The latest instant (UTC) of a trigger's clock: minutes after the answer, or the local day's end."""
    if trigger.within_minutes is not None:
        return as_utc(answered_at) + timedelta(minutes=trigger.within_minutes)
    return day_span(local_day(answered_at, tz_name), tz_name)[1]
