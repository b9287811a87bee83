"""What could give way so that someone's week is whole: changes as data, their price, what they lead to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

from scheduling.planner.problem import (
    Clinician,
    DayRule,
    Mode,
    Office,
    Patient,
    PatientWeek,
    Problem,
    Week,
    ticks,
)  # fmt: skip


class Limit(StrEnum):
    """The kinds of rules that can be in the way."""

    STAFF = "staff"  # nobody who may hold the session
    LICENSE = "license"
    TRACK = "track"
    MODE = "mode"
    DAY_RULE = "day_rule"
    TOPIC = "topic"
    MOST_DAYS = "most_days"
    LEAST_DAYS = "least_days"
    OFFICE = "office"
    SEAT = "seat"
    CLINICIAN = "clinician"  # nobody is on shift and free
    OWN_TIME = "own_time"
    MINUTES = "minutes"  # what is prescribed; never in a conflict


# Those that people can change least come first.
RIGID_FIRST = tuple(limit for limit in Limit if limit != Limit.MINUTES)

# Points for half an hour, or for one of what cannot be counted in hours.
HALF_HOUR = {Limit.OWN_TIME: 60.0, Limit.OFFICE: 60.0, Limit.MINUTES: 120.0}
OFF_SHIFT, BOOKED = 40.0, 80.0
ONE = {
    Limit.SEAT: 100.0,
    Limit.MODE: 150.0,
    Limit.TOPIC: 150.0,
    Limit.MOST_DAYS: 150.0,
    Limit.LEAST_DAYS: 200.0,
    Limit.DAY_RULE: 250.0,
    Limit.TRACK: 300.0,
    Limit.LICENSE: 400.0,
    Limit.STAFF: 500.0,
}
LEAST = {**HALF_HOUR, **ONE, Limit.CLINICIAN: OFF_SHIFT}  # no change of a limit costs less


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that gives way; only what belongs to its limit is filled in.

    OWN_TIME: the patient is free on `day` from `starts` to `ends`. SEAT: one more in `section`. CLINICIAN:
    `clinician` works then too; `is_booked`: they, or a colleague who may do the same, besides what fills the
    hour now. OFFICE: one more then. MODE: also by `mode`. TRACK: also groups of `track`. LICENSE: of the
    clinician, or of who leads the section, in `state`. STAFF: `clinician` may hold
    `session`, which nobody may now. TOPIC: `topic`
    more than once. MOST_DAYS, LEAST_DAYS, MINUTES: `amount` instead of what is prescribed. DAY_RULE: none.
    """

    limit: Limit
    day: int | None = None
    starts: int | None = None
    ends: int | None = None
    section: int | None = None
    clinician: int | None = None
    is_booked: bool = False
    session: str = ""
    mode: Mode | None = None
    track: int | None = None
    state: str = ""
    topic: str = ""
    amount: int = 0
    was: int = 0

    @property
    def mask(self) -> int:
        return ticks(self.starts, self.ends) if self.starts is not None and self.ends is not None else 0

    @property
    def price(self) -> float:
        if self.limit in ONE:
            return ONE[self.limit] * max(1, abs(self.amount - self.was))
        lasts = (
            self.was - self.amount if self.limit == Limit.MINUTES else (self.ends or 0) - (self.starts or 0)
        )
        each = HALF_HOUR.get(self.limit, BOOKED if self.is_booked else OFF_SHIFT)
        return each * ceil(lasts / 30)


@dataclass(frozen=True)
class Fix:
    """Changes that together make a week whole, none of which can be left out, and that week.

    In `week` a negative clinician stands for someone like that one at a booked hour, office 0 for one more.
    """

    patient: int
    changes: tuple[Change, ...]
    week: PatientWeek

    @property
    def price(self) -> float:
        return sum(one.price for one in self.changes)


def applied(problem: Problem, week: Week, fix: Fix) -> Problem:
    """The problem with every change of the fix in it. What others have in `week` stays as it is."""
    return with_changes(problem, fix.patient, fix.changes)


def with_changes(problem: Problem, patient_id: int, changes: Iterable[Change]) -> Problem:
    made = sorted(changes, key=lambda one: RIGID_FIRST.index(one.limit) if one.limit in RIGID_FIRST else 99)
    for one in made:
        problem = _with_change(problem, patient_id, one)
    return problem


def _with_change(problem: Problem, patient_id: int, one: Change) -> Problem:
    if one.limit in (Limit.STAFF, Limit.CLINICIAN) or (one.limit == Limit.LICENSE and one.clinician):
        return replace(problem, clinicians=tuple(_clinicians(problem, one)))
    if one.limit in (Limit.SEAT, Limit.TOPIC, Limit.LICENSE):
        sections = []
        for section in problem.sections:
            if one.limit == Limit.TOPIC and section.topic == one.topic:
                section = replace(section, once=False)
            elif one.limit == Limit.SEAT and section.id == one.section:
                section = replace(section, seats=section.seats + 1)
            elif one.limit == Limit.LICENSE and section.id == one.section:
                section = replace(section, states=section.states | {one.state})
            sections.append(section)
        return replace(problem, sections=tuple(sections))
    if one.limit == Limit.OFFICE:
        return replace(problem, offices=tuple(_offices(problem, one)))
    patient = _patient(problem.by_patient[patient_id], one)
    return replace(
        problem, patients=tuple(patient if other.id == patient_id else other for other in problem.patients)
    )


def _with_time(free: tuple[int, ...], one: Change) -> tuple[int, ...]:
    return tuple(mask | one.mask if day == one.day else mask for day, mask in enumerate(free))


def _offices(problem: Problem, one: Change) -> list[Office]:
    more = next((office for office in problem.offices if office.id == 0), Office(0, (0,) * 7))
    return [office for office in problem.offices if office.id] + [
        replace(more, free=_with_time(more.free, one))
    ]


def _clinicians(problem: Problem, one: Change) -> list[Clinician]:
    number = one.clinician or 0
    own = problem.by_clinician[number]
    if one.limit == Limit.STAFF:
        own = replace(own, kinds=own.kinds | {one.session})
    elif one.limit == Limit.LICENSE:
        own = replace(own, states=own.states | {one.state})
    elif one.is_booked:
        like = problem.by_clinician.get(-number) or replace(own, id=-number, free=(0,) * 7, spare=(0,) * 7)
        own = replace(like, free=_with_time(like.free, one))
    else:
        own = replace(own, free=_with_time(own.free, one))
    return [other for other in problem.clinicians if other.id != own.id] + [own]


def _patient(patient: Patient, one: Change) -> Patient:
    if one.limit == Limit.OWN_TIME:
        return replace(patient, free=_with_time(patient.free, one))
    if one.limit == Limit.MODE and one.mode is not None:
        return replace(patient, modes=patient.modes | {one.mode})
    if one.limit == Limit.TRACK and one.track is not None:
        return replace(patient, tracks=patient.tracks | {one.track})
    if one.limit == Limit.DAY_RULE:
        return replace(patient, rule=DayRule())
    if one.limit == Limit.MOST_DAYS:
        return replace(patient, most_days=one.amount)
    if one.limit == Limit.LEAST_DAYS:
        return replace(patient, least_days=one.amount)
    return replace(patient, goal_minutes=one.amount)
