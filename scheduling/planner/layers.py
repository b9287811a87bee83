"""Days put together: after each day, everything that can have come together so far, each in its cheapest way.

Two passes: a narrow one finds a good week fast, the wide one follows only what could still beat it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from scheduling.planner.days import INFINITE, Pattern
from scheduling.planner.problem import DAYS, Patient, Problem
from scheduling.planner.signature import (
    CORE,
    DAY_BIT,
    DAYS_OF,
    KIND_BIT,
    MINUTES,
    ONCE,
    TOPICS,
    WEEKDAY_BIT,
    days_in,
    minutes_in,
    undominated,
)  # fmt: skip

NARROW = 60
Layer = dict[int, tuple[float, int, int]]  # by signature: cost, signature before, place of the pattern or -1
DayPatterns = list[tuple[int, Pattern]]


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """The most the days to come can still give: minutes by number of days, days, kinds, fewest points."""

    minutes: list[int]
    days: int
    gives: int
    least: float


@dataclass(frozen=True)
class Limits:
    """Of one person's week, what was kept included."""

    problem: Problem
    patient: Patient
    most_minutes: int
    most_days: int

    def end_cost(self, key: int) -> float:
        """Points at the end of the week for what it came to."""
        weights, patient = self.problem.weights, self.patient
        comfort = weights.over_minute * max(0, minutes_in(key) - patient.goal_minutes)
        comfort += weights.extra_day * max(0, days_in(key) - patient.least_days)
        return comfort + self.lost(key)

    def lost(self, key: int) -> float:
        """Points for what the prescription lacks."""
        patient, weights = self.patient, self.problem.weights
        short = max(0, patient.goal_minutes - minutes_in(key))
        lost = weights.short_minute * short
        if short or days_in(key) < patient.least_days:
            lost += weights.below
        for n, due in enumerate(patient.due):
            if not key >> (KIND_BIT + n) & 1:
                lost += weights.of_missing(due.kind)
        if patient.core and not key & CORE:
            lost += weights.no_core
        return lost * patient.weight


def together(
    limits: Limits, days: Sequence[DayPatterns], must: Sequence[bool], *, within: float
) -> list[Layer]:
    """The layers after 0, 1, … 7 days, without what must end more than `within` points above the best."""
    ahead = [_ahead(days[n:]) for n in range(DAYS + 1)]
    limit = INFINITE
    if within < INFINITE:
        quick = _layers(limits, days, must, ahead, INFINITE, NARROW)
        limit = min(cost + limits.end_cost(key) for key, (cost, *_) in quick[-1].items()) + within + 1e-9
    return _layers(limits, days, must, ahead, limit, None)


def ends_of(limits: Limits, layers: Sequence[Layer], within: float) -> list[tuple[float, int]]:
    """The cheapest end, or the cheapest of each set of weekdays where these are told apart; best first."""
    best: dict[int, tuple[float, int]] = {}
    for key, (cost, *_) in layers[-1].items():
        total, weekdays = cost + limits.end_cost(key), key >> WEEKDAY_BIT
        if weekdays not in best or total < best[weekdays][0]:
            best[weekdays] = total, key
    ends = sorted(best.values())
    return [one for one in ends if one[0] <= ends[0][0] + within]


def _layers(
    limits: Limits,
    days: Sequence[DayPatterns],
    must: Sequence[bool],
    ahead: Sequence[Ahead],
    limit: float,
    narrow: int | None,
) -> list[Layer]:
    patient = limits.patient
    start = patient.credit_minutes | patient.credit_days << DAY_BIT
    layers: list[Layer] = [{start: (0.0, 0, -1)}]
    for n, day in enumerate(days):
        after = _after(limits, layers[-1], day, is_free=not must[n])
        layers.append(_promising(limits, after, ahead[n + 1], limit, narrow))
    return layers


def _after(limits: Limits, before: Layer, day: DayPatterns, *, is_free: bool) -> Layer:
    """Every way on from here. The hot loop of the planner."""
    most, most_days = limits.most_minutes, limits.most_days << DAY_BIT
    after: Layer = {key: (cost, key, -1) for key, (cost, *_) in before.items()} if is_free else {}
    for place, (delta, pattern) in enumerate(day):
        once, core, price = delta & ONCE, delta & CORE, pattern.cost
        for key, (cost, *_) in before.items():
            if key & once:
                continue
            new = key + delta - (key & core)
            if (new & MINUTES) > most or (new & DAYS_OF) > most_days:
                continue
            total = cost + price
            known = after.get(new)
            if known is None or total < known[0]:
                after[new] = total, key, place
    return after


def _promising(limits: Limits, layer: Layer, ahead: Ahead, limit: float, narrow: int | None) -> Layer:
    lost: dict[int, float] = {}

    def at_least(key: int) -> float:
        """What this must cost in the end, whatever the days to come bring."""
        short = key & ~TOPICS & ((1 << WEEKDAY_BIT) - 1)
        if short not in lost:
            lost[short] = limits.lost(_reached(limits, short, ahead)) + ahead.least
        return layer[key][0] + lost[short]

    if limit < INFINITE:
        layer = {key: one for key, one in layer.items() if at_least(key) <= limit}
    layer = undominated(layer, itemgetter(0))
    if narrow and len(layer) > narrow:
        layer = {key: layer[key] for key in sorted(layer, key=at_least)[:narrow]}
    return layer


def _reached(limits: Limits, key: int, ahead: Ahead) -> int:
    """The signature if the days to come gave all they can."""
    room = min(max(limits.most_days - days_in(key), 0), DAYS)
    minutes = minutes_in(key) + ahead.minutes[room]
    days = min(days_in(key) + min(room, ahead.days), 15)
    return (key | ahead.gives) & ~(MINUTES | DAYS_OF) | days << DAY_BIT | min(minutes, MINUTES)


def _ahead(days: Sequence[DayPatterns]) -> Ahead:
    most = sorted((max((minutes_in(key) for key, _ in day), default=0) for day in days), reverse=True)
    gives = 0
    for day in days:
        for key, _ in day:
            gives |= key
    return Ahead(
        minutes=[sum(most[:n]) for n in range(DAYS + 1)],
        days=sum(any(key & DAYS_OF for key, _ in day) for day in days),
        gives=gives & ~TOPICS,
        least=sum(min(0.0, min((pattern.cost for _, pattern in day), default=0.0)) for day in days),
    )
