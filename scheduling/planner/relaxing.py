"""A problem in which some kinds of rules give way, each use of it at its price, for one person's search."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate

from scheduling.planner.changes import BOOKED, HALF_HOUR, OFF_SHIFT, ONE, Limit
from scheduling.planner.left import Left
from scheduling.planner.options import Prices
from scheduling.planner.problem import (
    DAYS,
    TICK,
    TICKS,
    Clinician,
    DayRule,
    Mode,
    Office,
    Patient,
    Problem,
    Section,
    Weights,
)  # fmt: skip

FIRM, SOFT = 50.0, 0.05
COVERAGE = ("below", "short_minute", "missing_other", "no_core")
COMFORT = (
    "not_primary", "crowded", "hour_moved", "idle_minute", "dropped", "extra_day", "over_minute", "wish"
)  # fmt: skip
TICKS_IN_HALF_HOUR = 30 // TICK
Masks = tuple[int, ...]
Row = list[float]


@dataclass(frozen=True)
class Relaxed:
    """What one person's search needs where rules give way."""

    problem: Problem
    patient: Patient
    left: Left
    prices: Prices


def strict(weights: Weights) -> Weights:
    """Only the prescription and the prices of changes decide; comfort breaks ties."""
    firm = {name: FIRM * getattr(weights, name) for name in COVERAGE}
    soft = {name: SOFT * getattr(weights, name) for name in COMFORT}
    missing = {kind: FIRM * points for kind, points in weights.missing.items()}
    return replace(weights, missing=missing, **firm, **soft)


def carried(problem: Problem, left: Left, other: Problem) -> Left:
    """What others leave of `other`, who have of it what they have of `problem`."""
    fresh = Left(other)
    fresh.people = left.people
    for one in problem.sections:
        fresh.seats[one.id] -= one.seats - left.seats[one.id]
    for clinician in problem.clinicians:
        _carry(clinician.free, left.clinicians[clinician.id], fresh.clinicians[clinician.id])
    for office in problem.offices:
        _carry(office.free, left.offices[office.id], fresh.offices[office.id])
    return fresh


def _carry(before: Masks, left: list[int], now: list[int]) -> None:
    for day in range(DAYS):
        now[day] &= ~(before[day] & ~left[day])


def effective(problem: Problem, patient: Patient, limits: frozenset[Limit]) -> frozenset[Limit]:
    """Without the limits that do not bind this person at all."""
    modes = patient.modes if Limit.MODE not in limits else frozenset(Mode)
    tracks = {one.track for one in problem.sections} - patient.barred
    idle = {
        Limit.MODE: len(patient.modes) == len(Mode),
        Limit.LICENSE: Mode.VIDEO not in modes,
        Limit.OFFICE: Mode.IN_PERSON not in modes or not patient.due,
        Limit.TRACK: tracks <= patient.tracks,
        Limit.DAY_RULE: patient.rule == DayRule(),
        Limit.TOPIC: not any(one.once for one in problem.sections),
        Limit.MOST_DAYS: patient.most_days >= DAYS,
        Limit.LEAST_DAYS: patient.least_days <= 0,
        Limit.STAFF: not _unheld(problem, patient),
        Limit.CLINICIAN: not patient.due,
    }
    return frozenset(limit for limit in limits if not idle.get(limit, False))


def relaxed(
    problem: Problem, patient: Patient, left: Left, limits: frozenset[Limit], from_day: int = 0
) -> Relaxed:
    """`left` is what others leave of `problem`; nothing gives way on the days before `from_day`."""
    house = _house(problem, from_day)
    person = _person(problem, patient, limits, house)
    other = replace(
        problem,
        weights=strict(problem.weights),
        sections=tuple(_section(one, patient, left, limits) for one in problem.sections),
        clinicians=tuple(_clinicians(problem, patient, limits, from_day)),
        offices=(*problem.offices, *([Office(0, house)] if Limit.OFFICE in limits else ())),
        patients=(person,),
    )
    prices = Prices(
        {one.id: _points(one, patient, left) for one in problem.sections},
        _hours(problem, other, patient, limits, house),
        _desks(left, house) if Limit.OFFICE in limits else {},
    )
    return Relaxed(other, person, carried(problem, left, other), prices)


def _house(problem: Problem, from_day: int) -> Masks:
    """From the first to the last minute of each day on which anything can be."""
    masks = [0] * DAYS
    for one in problem.sections:
        masks[one.day] |= one.mask
    for free in [*(one.free for one in problem.clinicians), *(one.free for one in problem.offices)]:
        for day in range(DAYS):
            masks[day] |= free[day]
    return tuple(_span(mask) if day >= from_day else 0 for day, mask in enumerate(masks))


def _span(mask: int) -> int:
    return ((1 << mask.bit_length()) - 1) ^ ((mask & -mask) - 1) if mask else 0


def _person(problem: Problem, patient: Patient, limits: frozenset[Limit], house: Masks) -> Patient:
    if Limit.OWN_TIME in limits:
        free = tuple(mask | more for mask, more in zip(patient.free, house, strict=True))
        patient = replace(patient, free=free)
    if Limit.MODE in limits:
        patient = replace(patient, modes=frozenset(Mode))
    if Limit.TRACK in limits:
        more = {one.track for one in problem.sections} - patient.barred
        patient = replace(patient, tracks=patient.tracks | more)
    if Limit.DAY_RULE in limits:
        patient = replace(patient, rule=DayRule())
    if Limit.MOST_DAYS in limits:
        patient = replace(patient, most_days=DAYS)
    if Limit.LEAST_DAYS in limits:
        patient = replace(patient, least_days=max(0, patient.least_days - 1))
    return patient


def _section(one: Section, patient: Patient, left: Left, limits: frozenset[Limit]) -> Section:
    more = Limit.SEAT in limits and left.seats[one.id] == 0
    license_too = Limit.LICENSE in limits and one.mode == Mode.VIDEO
    twice = Limit.TOPIC in limits and one.once
    if not (more or license_too or twice):
        return one
    states = one.states | {patient.state} if license_too else one.states
    return replace(one, seats=one.seats + more, states=states, once=one.once and not twice)


def _clinicians(
    problem: Problem, patient: Patient, limits: frozenset[Limit], from_day: int
) -> Iterator[Clinician]:
    kinds = {due.kind for due in patient.due}
    for one in problem.clinicians:
        if Limit.STAFF in limits:
            one = replace(one, kinds=one.kinds | _unheld(problem, patient))
        if Limit.LICENSE in limits:
            one = replace(one, states=one.states | {patient.state})
        if Limit.CLINICIAN not in limits or not one.kinds & kinds:
            yield one
            continue
        spare = tuple(mask if day >= from_day else 0 for day, mask in enumerate(one.spare))
        both = tuple(mask | more for mask, more in zip(one.free, spare, strict=True))
        yield replace(one, free=both)
        hours = tuple(_span(mask) if day >= from_day else 0 for day, mask in enumerate(both))
        yield replace(one, id=-one.id, free=hours, spare=(0,) * DAYS)


def _unheld(problem: Problem, patient: Patient) -> frozenset[str]:
    """Kinds that are due and that nobody here may hold."""
    held = {kind for one in problem.clinicians for kind in one.kinds}
    return frozenset(due.kind for due in patient.due if due.kind not in held)


def _points(one: Section, patient: Patient, left: Left) -> float:
    """What coming to this section costs in changes; 0 where it needs none."""
    points = ONE[Limit.SEAT] * (left.seats[one.id] < 1)
    points += ONE[Limit.TRACK] * (one.track not in patient.tracks)
    points += ONE[Limit.MODE] * (one.mode not in patient.modes)
    points += ONE[Limit.LICENSE] * (one.mode == Mode.VIDEO and patient.state not in one.states)
    beyond = (one.mask & ~patient.free[one.day]).bit_count()
    return points + HALF_HOUR[Limit.OWN_TIME] * beyond / TICKS_IN_HALF_HOUR


def _hours(
    problem: Problem, other: Problem, patient: Patient, limits: frozenset[Limit], house: Masks
) -> dict[tuple[int, int], Row]:
    """Time of clinicians: off shift, booked, or when the person is not free."""
    rows: dict[tuple[int, int], Row] = {}
    if not limits & {Limit.CLINICIAN, Limit.OWN_TIME}:
        return rows
    kinds = {due.kind for due in patient.due}
    for one in other.clinicians:
        own = problem.by_clinician.get(one.id)
        for day in range(DAYS) if one.kinds & kinds else ():
            away = house[day] & ~patient.free[day] if Limit.OWN_TIME in limits else 0
            extra = one.free[day] & ~own.free[day] if own is not None else one.free[day]
            if away or extra:
                rows[one.id, day] = _sums(away, extra, OFF_SHIFT if own is not None else BOOKED)
    return rows


@cache
def _sums(away: int, extra: int, price: float) -> Row:
    own = HALF_HOUR[Limit.OWN_TIME]
    points = (own * (away >> tick & 1) + price * (extra >> tick & 1) for tick in range(TICKS))
    return [0.0, *accumulate(one / TICKS_IN_HALF_HOUR for one in points)]


def _desks(left: Left, house: Masks) -> dict[int, Row]:
    """An office costs where none is free."""
    rows: dict[int, Row] = {}
    for day in range(DAYS):
        free = 0
        for masks in left.offices.values():
            free |= masks[day]
        rows[day] = _sums(0, house[day] & ~free, HALF_HOUR[Limit.OFFICE])
    return rows
