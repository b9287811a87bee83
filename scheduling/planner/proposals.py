"""A proposed week as data that can be compared: its points, its marks, who else would move."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from scheduling.planner.cost import CostParts, by_day, cost_of, items_of, minutes_of
from scheduling.planner.left import Left
from scheduling.planner.problem import NOTHING, Mode, Patient, PatientWeek, Problem, Week

WITH_A_THERAPIST = ("individual", "family")


class Wish(StrEnum):
    NOT_BEFORE = "not_before"
    HOME_BY = "home_by"
    THERAPIST = "therapist"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class Unmet:
    """What of a prescription a week lacks: minutes, kinds of one-to-one sessions, days, the core topic."""

    minutes: int = 0
    kinds: tuple[str, ...] = ()
    days: int = 0
    core: bool = False

    def __bool__(self) -> bool:
        return bool(self.minutes or self.kinds or self.days or self.core)

    def is_within(self, other: "Unmet") -> bool:
        """Nothing lacks here that does not lack there."""
        fewer = self.minutes <= other.minutes and self.days <= other.days
        return fewer and set(self.kinds) <= set(other.kinds) and self.core <= other.core


@dataclass(frozen=True, slots=True)
class Marks:
    """What people compare weeks by. Times are minutes after midnight; `trips` are days on site.

    `with_primary`: every individual and family session is with the primary clinician; None where there is
    no primary clinician or no such session.
    """

    minutes: int
    days: tuple[int, ...]
    trips: int
    idle_minutes: int
    earliest_start: int | None
    latest_end: int | None
    with_primary: bool | None
    wishes_kept: tuple[Wish, ...]
    wishes_missed: tuple[Wish, ...]
    unmet: Unmet


@dataclass(frozen=True)
class Proposal:
    """A week for one person; `moved` holds everyone else who would change, as they were and as they'd be."""

    week: PatientWeek
    cost: CostParts
    marks: Marks
    moved: Mapping[int, tuple[PatientWeek, PatientWeek]] = field(default_factory=dict)


def propose(
    problem: Problem,
    patient: Patient,
    week: PatientWeek,
    moved: Mapping[int, tuple[PatientWeek, PatientWeek]] | None = None,
) -> Proposal:
    return Proposal(week, cost_of(problem, patient, week), marks_of(problem, patient, week), moved or {})


def unmet_of(problem: Problem, patient: Patient, week: PatientWeek) -> Unmet:
    days = by_day(items_of(problem, patient, week))
    attended = patient.credit_days + sum(any(item.counts for item in day) for day in days.values())
    kinds = {one.kind for one in week.appointments}
    topics = {problem.by_section[pk].topic for pk in week.sections}
    return Unmet(
        minutes=max(0, patient.goal_minutes - minutes_of(problem, patient, week)),
        kinds=tuple(due.kind for due in patient.due if due.kind not in kinds),
        days=max(0, patient.least_days - attended),
        core=patient.core != "" and patient.core not in topics,
    )


def marks_of(problem: Problem, patient: Patient, week: PatientWeek) -> Marks:
    items = items_of(problem, patient, week)
    days = by_day(items)
    seen = {one.clinician for one in week.appointments if one.kind in WITH_A_THERAPIST}
    wishes = list(_wishes(problem, patient, week))
    gaps = (after.starts - before.ends for day in days.values() for before, after in pairwise(day))
    return Marks(
        minutes=minutes_of(problem, patient, week),
        days=tuple(sorted(days)),
        trips=len({day for day, mode in _modes(problem, week) if mode == Mode.IN_PERSON}),
        idle_minutes=sum(max(0, gap) for gap in gaps),
        earliest_start=min((item.starts for item in items), default=None),
        latest_end=max((item.ends for item in items), default=None),
        with_primary=seen == {patient.primary} if seen and patient.primary is not None else None,
        wishes_kept=tuple(wish for wish, kept in wishes if kept),
        wishes_missed=tuple(wish for wish, kept in wishes if not kept),
        unmet=unmet_of(problem, patient, week),
    )


def _wishes(problem: Problem, patient: Patient, week: PatientWeek) -> Iterator[tuple[Wish, bool]]:
    """Every wish this person has, and whether the week keeps it throughout."""
    items = items_of(problem, patient, week)
    if patient.not_before is not None:
        yield Wish.NOT_BEFORE, all(item.starts >= patient.not_before for item in items)
    if patient.home_by is not None:
        yield Wish.HOME_BY, all(item.ends <= patient.home_by for item in items)
    if patient.likes:
        seen = {one.clinician for one in week.appointments if one.kind in WITH_A_THERAPIST}
        yield Wish.THERAPIST, seen <= patient.likes
    if patient.likes_mode is not None:
        yield Wish.MODE, all(mode == patient.likes_mode for _, mode in _modes(problem, week))


def _modes(problem: Problem, week: PatientWeek) -> Iterator[tuple[int, Mode]]:
    for pk in week.sections:
        yield problem.by_section[pk].day, problem.by_section[pk].mode
    for one in week.appointments:
        yield one.day, one.mode


def left_without(problem: Problem, week: Week, patient: Patient) -> Left:
    """What everyone else leaves to this person, whose kept things are theirs already."""
    others = {pk: mine for pk, mine in week.items() if pk != patient.id}
    for one in problem.patients:
        if one.kept != NOTHING:
            others.setdefault(one.id, one.kept)
    return Left(problem, {**others, patient.id: patient.kept})
