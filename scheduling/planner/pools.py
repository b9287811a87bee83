"""Weeks that were found once, by person, and the best way to combine them for a few people together."""

from collections.abc import Sequence
from dataclasses import replace

from scheduling.planner.left import Left
from scheduling.planner.problem import NOTHING, Patient, PatientWeek, Problem

MOST_WEEKS, MOST_TRIES = 60, 600


class Pools:
    """Each person's weeks by cost in points, the newest kept longest."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.weeks: dict[int, dict[PatientWeek, float]] = {one.id: {} for one in problem.patients}

    def add(self, pk: int, week: PatientWeek, cost: float) -> None:
        mine = self.weeks[pk]
        mine.pop(week, None)
        mine[week] = cost
        if len(mine) > MOST_WEEKS:
            del mine[next(iter(mine))]

    def combined(self, left: Left, people: Sequence[int], below: float) -> dict[int, PatientWeek] | None:
        """The cheapest combination for these people in what is left, if it costs less than `below`.

        `left` is as before afterwards; what is found holds the offices to use.
        """
        return _Choice(self.problem, left, self._possible(left, people), below).best()

    def _possible(
        self, left: Left, people: Sequence[int]
    ) -> list[tuple[Patient, list[tuple[float, PatientWeek]]]]:
        """Everyone with the weeks that fit now, cheapest first; who has least to choose from first."""
        rows = []
        for pk in people:
            patient = self.problem.by_patient[pk]
            some = [(cost, week) for week, cost in self.weeks[pk].items() if placed(left, patient, week)]
            rows.append((patient, sorted(some, key=lambda it: it[0])))
        return sorted(rows, key=lambda row: len(row[1]))


class _Choice:
    """Depth first over the people, cheapest week first, as far as it could still be cheaper."""

    def __init__(
        self,
        problem: Problem,
        left: Left,
        rows: list[tuple[Patient, list[tuple[float, PatientWeek]]]],
        below: float,
    ) -> None:
        self.left, self.rows, self.below, self.tries = left, rows, below, 0
        self.found: dict[int, PatientWeek] | None = None
        self.chosen: dict[int, PatientWeek] = {}
        least = [some[0][0] if some else float("inf") for _, some in rows]
        self.ahead = [sum(least[n:]) for n in range(len(rows) + 1)]

    def best(self) -> dict[int, PatientWeek] | None:
        self._go(0, 0.0)
        return self.found

    def _go(self, number: int, spent: float) -> None:
        if number == len(self.rows):
            self.found, self.below = dict(self.chosen), spent - 1e-6
            return
        patient, some = self.rows[number]
        for cost, week in some:
            self.tries += 1
            if spent + cost + self.ahead[number + 1] >= self.below or self.tries > MOST_TRIES:
                return
            there = placed(self.left, patient, week)
            if there is not None:
                rest = besides(there, patient)
                self.left.take(patient.id, rest)
                self.chosen[patient.id] = there
                self._go(number + 1, spent + cost)
                self.left.give_back(patient.id, rest)


def placed(left: Left, patient: Patient, week: PatientWeek) -> PatientWeek | None:
    """The week with an office that is free then for each session in person; None where something is taken."""
    rest, visits = besides(week, patient), list(patient.kept.appointments)
    for one in rest.sections:
        if left.seats[one] < 1 or patient.apart & left.people[one]:
            return None
    for visit in rest.appointments:
        if visit.mask & ~left.clinicians[visit.clinician][visit.day]:
            return None
        if visit.office is not None:
            office = left.office_at(visit.day, visit.mask)
            if office is None:
                return None
            visit = replace(visit, office=office)
        visits.append(visit)
    return PatientWeek(week.sections, tuple(sorted(visits, key=lambda it: (it.day, it.starts))))


def besides(week: PatientWeek, patient: Patient) -> PatientWeek:
    """Without what is kept: that was taken from the start."""
    kept = patient.kept
    if kept == NOTHING:
        return week
    rest = tuple(one for one in week.appointments if one not in kept.appointments)
    return PatientWeek(week.sections - kept.sections, rest)
