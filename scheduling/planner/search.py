"""The exact search: one person's best week, given what is still free. The heart of the planner."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from scheduling.planner.cost import (
    by_day,
    items_of,
    minutes_of,
    mode_points,
    moved_points,
    therapist_points,
)  # fmt: skip
from scheduling.planner.days import INFINITE, Day, Pattern, filled
from scheduling.planner.left import Left
from scheduling.planner.limits import Limits
from scheduling.planner.options import Prices, kinds_of
from scheduling.planner.problem import DAYS, Mode, Patient, PatientWeek, Problem, Section
from scheduling.planner.together import BestFirst


@dataclass(frozen=True, slots=True)
class Found:
    """A week and its cost in points, prices included."""

    week: PatientWeek
    cost: float


class Search:
    """The search for one person. Keep it: what follows from the person and the timetable is made once.

    `like`: a search of the same person for whom the same sections fit, also once a week; its chains serve.
    """

    def __init__(self, problem: Problem, patient: Patient, like: "Search | None" = None) -> None:
        self.problem, self.patient = problem, patient
        fitting = [one for one in problem.sections if fits(patient, one)]
        once = sorted({one.topic for one in fitting if one.once})
        topics = {topic: 1 << n for n, topic in enumerate(once)}
        timetable: dict[int, list[Section]] = {}
        for one in fitting:
            timetable.setdefault(one.day, []).append(one)
        kinds, given = {mode: kinds_of(problem, patient, mode) for mode in patient.modes}, filled(patient)
        self.days: list[Day] = [
            Day(
                problem, patient, day, timetable.get(day, []), topics, kinds, given,
                like.days[day] if like else None,
            )
            for day in range(DAYS)
        ]  # fmt: skip
        self.limits = limits_of(problem, patient)
        self.base = sum(fixed_points(problem, patient))

    def best(self, left: Left, prices: Prices | None = None) -> Found:
        """The cheapest week. There always is one: at worst what is kept."""
        return next(self._found(left, prices, apart=False))

    def by_weekdays(
        self, left: Left, prices: Prices | None = None, *, within: float = INFINITE
    ) -> list[Found]:
        """The cheapest week for every set of weekdays, best first; all within so many points of the best."""
        return list(self.weekdays_in_turn(left, prices, within=within))

    def weekdays_in_turn(
        self, left: Left, prices: Prices | None = None, *, within: float = INFINITE
    ) -> Iterator[Found]:
        """As `by_weekdays`, each looked for when it is asked for; `left` must not change meanwhile."""
        found = self._found(left, prices, apart=True)
        first = next(found)
        yield first
        yield from takewhile(lambda one: one.cost <= first.cost + within, found)

    def _found(self, left: Left, prices: Prices | None, *, apart: bool) -> Iterator[Found]:
        days = [day.patterns(left, prices) for day in self.days]
        for cost, ways in BestFirst(self.limits, days, apart=apart).weeks():
            yield Found(self._week(ways, left), cost + self.base)

    def _week(self, ways: list[tuple[int, Pattern]], left: Left) -> PatientWeek:
        sections, appointments = set(self.patient.kept.sections), list(self.patient.kept.appointments)
        for day, pattern in ways:
            sections.update(self.days[day].sections(pattern))
            appointments += self.days[day].appointments(pattern, left)
        appointments.sort(key=lambda one: (one.day, one.starts))
        return PatientWeek(frozenset(sections), tuple(appointments))


def fits(patient: Patient, section: Section) -> bool:
    """Whether the person may come to it, seats apart."""
    if section.id in patient.kept.sections:
        return True
    if section.track not in patient.tracks or section.mode not in patient.modes:
        return False
    if section.mode == Mode.VIDEO and patient.state not in section.states:
        return False
    return not section.mask & ~patient.free[section.day]


def limits_of(problem: Problem, patient: Patient) -> Limits:
    """The most minutes and days of the week; what is kept may go beyond them."""
    kept = by_day(items_of(problem, patient, patient.kept))
    days = patient.credit_days + sum(any(item.counts for item in day) for day in kept.values())
    minutes = minutes_of(problem, patient, patient.kept)
    most = max(patient.goal_minutes + problem.most_over, minutes)
    return Limits(problem, patient, most, max(patient.most_days, days))


def fixed_points(problem: Problem, patient: Patient) -> Iterator[float]:
    """What no choice changes: last week's sections, each of which is taken off again where it stays, and what
    the kept things cost wherever the rest goes."""
    yield problem.weights.dropped * len(patient.last.sections - patient.kept.sections)
    for pk in patient.kept.sections:
        yield mode_points(problem, patient, problem.by_section[pk].mode)
    for one in patient.kept.appointments:
        yield mode_points(problem, patient, one.mode)
        yield therapist_points(problem, patient, one.kind, one.clinician)
        yield moved_points(problem, patient, one.kind, one.day, one.starts)
