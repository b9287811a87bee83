"""A planned week after something happened: at once a new week for those it touched, and nobody else.

The thorough way is a whole plan near last week's: `Planning(near(after(problem, events), week))`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from scheduling.planner.cost import cost_of
from scheduling.planner.left import Left
from scheduling.planner.problem import (
    ALL_DAY,
    DAYS,
    NOTHING,
    Patient,
    PatientWeek,
    Problem,
    Week,
    ticks,
)  # fmt: skip
from scheduling.planner.proposals import Unmet, unmet_of
from scheduling.planner.search import Search
from scheduling.planner.swapping import nearer
from scheduling.planner.week import besides

Span = tuple[int, int]  # minutes after midnight


@dataclass(frozen=True, slots=True)
class Absent:
    """A clinician is away on these days, or in these spans of them. Groups they lead are not asked here."""

    clinician: int
    days: tuple[int, ...]
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancelled:
    section: int


@dataclass(frozen=True, slots=True)
class Gone:
    """Someone is discharged."""

    patient: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The house is shut on a day, or in these spans of it."""

    day: int
    spans: tuple[Span, ...] = ()


Event = Absent | Cancelled | Gone | Closed


@dataclass(frozen=True)
class Repaired:
    """The whole week as it would be; who has another one; and what those lack now."""

    week: Mapping[int, PatientWeek]
    touched: tuple[int, ...]
    unmet: Mapping[int, Unmet]


def after(problem: Problem, events: Iterable[Event]) -> Problem:
    """The week to plan as it is now: a section that is off has no seats, nobody keeps what is gone."""
    away: dict[int, list[int]] = {one.id: [0] * DAYS for one in problem.clinicians}
    shut, off, gone = [0] * DAYS, set(), set()
    for one in events:
        if isinstance(one, Absent):
            for day in one.days:
                away[one.clinician][day] |= _mask(one.spans)
        elif isinstance(one, Cancelled):
            off.add(one.section)
        elif isinstance(one, Gone):
            gone.add(one.patient)
        else:
            shut[one.day] |= _mask(one.spans)
    off |= {one.id for one in problem.sections if one.mask & shut[one.day]}
    clinicians = {pk: [shut[day] | masks[day] for day in range(DAYS)] for pk, masks in away.items()}
    sections = tuple(replace(one, seats=0) if one.id in off else one for one in problem.sections)
    now = replace(
        problem,
        sections=sections,
        clinicians=tuple(
            replace(
                one,
                free=_without(one.free, clinicians[one.id]),
                spare=_without(one.spare, clinicians[one.id]),
            )
            for one in problem.clinicians
        ),
        offices=tuple(replace(one, free=_without(one.free, shut)) for one in problem.offices),
    )
    patients = (one for one in problem.patients if one.id not in gone)
    return replace(now, patients=tuple(replace(one, kept=standing(now, one.kept)) for one in patients))


def _mask(spans: tuple[Span, ...]) -> int:
    mask = 0 if spans else ALL_DAY
    for starts, ends in spans:
        mask |= ticks(starts, ends)
    return mask


def _without(free: tuple[int, ...], taken: list[int]) -> tuple[int, ...]:
    return tuple(mask & ~less for mask, less in zip(free, taken, strict=True))


def standing(problem: Problem, week: PatientWeek) -> PatientWeek:
    """What of a week can still be."""
    if week == NOTHING:
        return week
    offices = {one.id: one.free for one in problem.offices}
    appointments = tuple(
        one
        for one in week.appointments
        if not one.mask & ~problem.by_clinician[one.clinician].free[one.day]
        and (one.office is None or not one.mask & ~offices[one.office][one.day])
    )
    return PatientWeek(
        frozenset(pk for pk in week.sections if problem.by_section[pk].seats > 0), appointments
    )


def repair(problem: Problem, week: Week, events: Iterable[Event]) -> Repaired:
    """At once: who lost something gets the nearest week that covers the most; everyone else stays.

    `problem` and `week` are as they were before the events; check the result with `after(problem, events)`.
    """
    now = after(problem, events)
    before = {one.id: week.get(one.id, one.kept) for one in now.patients}
    touched = [pk for pk, mine in before.items() if standing(now, mine) != mine]
    left = Left(now, {pk: mine for pk, mine in before.items() if pk not in set(touched)})
    for pk in touched:
        left.take(pk, now.by_patient[pk].kept)
    found = _placed(now, before, touched, left)
    unmet = {pk: unmet_of(now, now.by_patient[pk], one) for pk, one in found.items()}
    return Repaired({**before, **found}, tuple(touched), {pk: one for pk, one in unmet.items() if one})


def _placed(
    problem: Problem, before: Mapping[int, PatientWeek], touched: list[int], left: Left
) -> dict[int, PatientWeek]:
    """One after another, who has least to choose from first; then once more, who came off worst first."""
    close = replace(problem, weights=nearer(problem.weights))
    people = {pk: replace(problem.by_patient[pk], last=before[pk]) for pk in touched}
    searches = {pk: Search(close, one) for pk, one in people.items()}
    order = sorted(touched, key=lambda pk: (_room(searches[pk]), pk))
    first = _in_turn(searches, order, left.copy())
    points = {pk: cost_of(close, people[pk], one).total for pk, one in first.items()}
    short = [pk for pk in order if unmet_of(problem, people[pk], first[pk])]
    if not short or len(order) == 1:
        return first
    again = _in_turn(searches, short + [pk for pk in order if pk not in short], left)
    total = sum(cost_of(close, people[pk], one).total for pk, one in again.items())
    return again if total < sum(points.values()) - 1e-6 else first


def _in_turn(searches: Mapping[int, Search], order: list[int], left: Left) -> dict[int, PatientWeek]:
    found: dict[int, PatientWeek] = {}
    for pk in order:
        found[pk] = searches[pk].best(left).week
        left.take(pk, besides(found[pk], searches[pk].patient))
    return found


def _room(search: Search) -> float:
    patient: Patient = search.patient
    minutes = sum(node.minutes for day in search.days for node in day.nodes)
    return minutes / max(30, patient.goal_minutes - patient.credit_minutes) / patient.weight
