"""The exact search: one person's best week, given what is still free. The heart of the planner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scheduling.planner.cost import (
    by_day,
    items_of,
    minutes_of,
    mode_points,
    moved_points,
    therapist_points,
)  # fmt: skip
from scheduling.planner.days import INFINITE, Day
from scheduling.planner.layers import DayPatterns, Layer, Limits, ends_of, together
from scheduling.planner.left import Left
from scheduling.planner.options import Prices
from scheduling.planner.problem import DAYS, Mode, Patient, PatientWeek, Problem, Section
from scheduling.planner.signature import WEEKDAY_BIT


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
        self.days: list[Day] = [
            Day(problem, patient, day, timetable.get(day, []), topics, like.days[day] if like else None)
            for day in range(DAYS)
        ]
        self.limits = limits_of(problem, patient)
        self.base = sum(fixed_points(problem, patient))

    def best(self, left: Left, prices: Prices | None = None) -> Found:
        """The cheapest week. There always is one: at worst what is kept."""
        return self._found(left, prices, apart=False, within=0.0)[0]

    def by_weekdays(
        self, left: Left, prices: Prices | None = None, *, within: float = INFINITE
    ) -> list[Found]:
        """The cheapest week for every set of weekdays, best first; all within so many points of the best."""
        return self._found(left, prices, apart=True, within=within)

    def _found(self, left: Left, prices: Prices | None, *, apart: bool, within: float) -> list[Found]:
        days = [self._patterns(n, left, prices, apart=apart) for n in range(DAYS)]
        layers = together(self.limits, days, [day.must for day in self.days], within=within)
        return [
            Found(self._week(layers, days, key, left), cost + self.base)
            for cost, key in ends_of(self.limits, layers, within)
        ]

    def _patterns(self, day: int, left: Left, prices: Prices | None, *, apart: bool) -> DayPatterns:
        weekday = 1 << (WEEKDAY_BIT + day) if apart else 0
        found = self.days[day].patterns(left, prices)
        return [(key | weekday, pattern) for key, pattern in found.items()]

    def _week(
        self, layers: Sequence[Layer], days: Sequence[DayPatterns], key: int, left: Left
    ) -> PatientWeek:
        """Back from the end of the week to its begin."""
        sections, appointments = set(self.patient.kept.sections), list(self.patient.kept.appointments)
        for n in range(DAYS, 0, -1):
            _, before, place = layers[n][key]
            if place >= 0:
                pattern = days[n - 1][place][1]
                sections |= set(pattern.sections)
                appointments += self.days[n - 1].appointments(pattern, left)
            key = before
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
