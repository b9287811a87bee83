"""Answers in, Score out: one engine for every instrument the clinic ships; pure, no Django.

Rules: domain reference 6.2 (a missing answer never yields a score; triggers still fire), 6.3 to 6.8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from iop_clinic.clock import as_utc, day_span, local_day
from patients.instruments.definition import Instrument, InstrumentError, Item, Option
from patients.instruments.reader import load_instruments, read_instrument
from patients.instruments.rules import Outcome, Points, Trigger
from patients.instruments.scale import Band, Number, Scale

__all__ = [
    "AnswerError",
    "Band",
    "Instrument",
    "InstrumentError",
    "Item",
    "Number",
    "Option",
    "Outcome",
    "Scale",
    "Score",
    "Trigger",
    "due_by",
    "load_instruments",
    "read_instrument",
    "score",
    "without_unasked",
]

ALGORITHM = "1"  # kept with every result; raise it when the same answers come to another result
State = Literal["complete", "incomplete"]
WITHIN = {"critical": timedelta(minutes=15), "high": timedelta(hours=1)}
SATURDAY = 5


class AnswerError(ValueError):
    """An answer the instrument does not have; the text is a sentence for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one set of answers says. Incomplete: no total, no subscale, no outcome.

    `missing` holds the questions to be answered now: one that earlier answers may leave unasked waits for
    them, and `not_asked` is left so. `triggers` holds one a subject, its worst, on incomplete answers too.
    """

    instrument_id: str
    version: str
    state: State
    answers: dict[str, int | None]
    total: Number | None
    subscales: dict[str, Number]
    band: Band | None
    positive: bool | None
    outcome: Outcome | None
    missing: tuple[str, ...]
    not_asked: tuple[str, ...]
    triggers: tuple[Trigger, ...]


def score(instrument: Instrument, answers: Mapping[str, int | None], *, is_man: bool = False) -> Score:
    """The score of one set of answers by item id; a missing key and None both mean not answered.

    AnswerError for an unknown item, and for anything but a whole number the item offers.
    """
    given = _checked(instrument, answers)
    points, unanswered = _points(instrument, given)
    is_complete = instrument.needed.isdisjoint(unanswered)
    scores = _scores(instrument, points) if is_complete else {}
    scale, total = instrument.total, scores.pop("total", None)
    return Score(
        instrument_id=instrument.id,
        version=instrument.version,
        state="complete" if is_complete else "incomplete",
        answers=given,
        total=total,
        subscales=scores,
        band=None if scale is None or total is None else scale.band_of(total),
        positive=None if scale is None or total is None else scale.is_positive(total, is_man=is_man),
        outcome=_outcome(instrument, points) if is_complete else None,
        missing=_missing(instrument, unanswered),
        not_asked=tuple(i for i in points if given[i] is None and i not in unanswered),
        triggers=_fired(instrument, points),
    )


def _checked(instrument: Instrument, answers: Mapping[str, int | None]) -> dict[str, int | None]:
    known = {item.id for item in instrument.items}
    for item_id in answers:
        if item_id not in known:
            raise AnswerError(f"The {instrument.name} has no question “{str(item_id)[:20]}”.")
    return {item.id: _answer(instrument, item, answers.get(item.id)) for item in instrument.items}


def _answer(instrument: Instrument, item: Item, value: object) -> int | None:
    offered = [option.value for option in item.options]
    if value is None:
        return None
    if type(value) is not int or value not in offered:  # a bool is an int, yet no answer
        asked = f"Question {item.label} of the {instrument.name} takes"
        if offered == list(range(offered[0], offered[-1] + 1)):
            raise AnswerError(f"{asked} a whole number from {offered[0]} to {offered[-1]}.")
        raise AnswerError(f"{asked} one of: {', '.join(map(str, offered))}.")
    return value


def _points(
    instrument: Instrument, given: Mapping[str, int | None]
) -> tuple[dict[str, int | None], set[str]]:
    """The points of each item, and the items that are asked and have no answer.

    What was answered counts. A question that is not asked after the answers before it counts 0.
    """
    points: dict[str, int | None] = {}
    unanswered: set[str] = set()
    for item in instrument.items:
        value = given[item.id]
        if value is not None:
            points[item.id] = item.points_of(value)
        elif any(condition.holds(points) for condition in item.skip_if):
            points[item.id] = 0
        else:
            points[item.id] = None
            unanswered.add(item.id)
    return points, unanswered


def without_unasked(
    instrument: Instrument, answers: Mapping[str, int | None], just_given: Mapping[str, int | None]
) -> dict[str, int | None]:
    """`answers` less those to questions that the answers before them leave unasked, unless just given."""
    kept = dict(answers)
    points: dict[str, int | None] = {}
    for item in instrument.items:
        if item.id not in just_given and any(condition.holds(points) for condition in item.skip_if):
            kept.pop(item.id, None)
            points[item.id] = 0
            continue
        value = kept.get(item.id)
        offered = value in {option.value for option in item.options}
        points[item.id] = item.points_of(value) if value is not None and offered else None
    return kept


def _missing(instrument: Instrument, unanswered: set[str]) -> tuple[str, ...]:
    asked = (item for item in instrument.items if item.id in unanswered)
    return tuple(item.id for item in asked if item.gates.isdisjoint(unanswered))


def _scores(instrument: Instrument, points: Points) -> dict[str, Number]:
    means = [_mean(_counted(scale, points)) for scale in instrument.subscales if scale.kind == "mean"]
    scores: dict[str, Number] = {}
    for scale in instrument.scales:
        counted = _counted(scale, points)
        if scale.kind == "sum":
            scores[scale.id] = sum(counted)
        else:
            scores[scale.id] = _rounded(_mean(means if scale.kind == "mean_of_subscales" else counted))
    return scores


def _counted(scale: Scale, points: Points) -> list[int]:
    """The points of the items that count; one whose answer leaves it out is not among them."""
    return [value for item_id in scale.item_ids if (value := points[item_id]) is not None]


def _mean(values: Iterable[int | Decimal]) -> Decimal:
    held = [Decimal(value) for value in values]
    return sum(held, Decimal(0)) / len(held)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _outcome(instrument: Instrument, points: Points) -> Outcome | None:
    """The first outcome whose rules hold; the last has none and always holds."""
    return next((outcome for outcome in instrument.outcomes if outcome.holds(points)), None)


def _fired(instrument: Instrument, points: Points) -> tuple[Trigger, ...]:
    outcome = _outcome(instrument, points)
    worst: dict[str, Trigger] = {}
    for trigger in sorted(instrument.triggers, key=lambda trigger: trigger.rank):
        if trigger.when.holds(points) if trigger.when else outcome and outcome.key == trigger.outcome:
            worst[trigger.subject] = trigger
    return tuple(worst.values())


def due_by(level: str, opened_at: datetime, tz_name: str) -> datetime:
    """The latest instant (UTC) of a level's clock: critical now, high within the hour, elevated by the
    end of the local day, watch by the end of the next day from Monday to Friday (6.8)."""
    if level in WITHIN:
        return as_utc(opened_at) + WITHIN[level]
    day = local_day(opened_at, tz_name)
    if level == "watch":
        day += timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
    return day_span(day, tz_name)[1]
