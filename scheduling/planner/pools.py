"""Weeks that were found once, by person, and the best way to combine them for a few people together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from scheduling.planner.left import Left
from scheduling.planner.problem import NOTHING, Patient, PatientWeek, Problem

MOST_WEEKS, MOST_TRIES = 60, 600
Taken = tuple[tuple[int, ...], tuple["Visit", ...]]  # the office does not matter
Visit = tuple[int, int, int, bool]  # clinician, day, time, whether in an office


class Known(NamedTuple):
    """A week with its points, and what it takes besides what is kept, ready to be tried."""

    cost: float
    week: PatientWeek
    sections: tuple[int, ...]
    visits: tuple[Visit, ...]


class Pools:
    """Each person's weeks by cost in points, the newest kept longest."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.weeks: dict[int, dict[Taken, Known]] = {one.id: {} for one in problem.patients}

    def add(self, pk: int, week: PatientWeek, cost: float) -> None:
        mine, fresh = self.weeks[pk], known_of(self.problem.by_patient[pk], week, cost)
        key = fresh.sections, fresh.visits
        mine.pop(key, None)
        mine[key] = fresh
        if len(mine) > MOST_WEEKS:
            del mine[next(iter(mine))]

    def combined(self, left: Left, people: Sequence[int], below: float) -> dict[int, Known] | None:
        """The cheapest combination for these people in what is left, if it costs less than `below`.

        `left` is as before afterwards.
        """
        return _Choice(left, self._possible(left, people), below).best()

    def _possible(self, left: Left, people: Sequence[int]) -> list[tuple[Patient, list[Known]]]:
        """Everyone with the weeks that fit now, cheapest first; who has least to choose from first."""
        rows = []
        for pk in people:
            patient = self.problem.by_patient[pk]
            some = [known for known in self.weeks[pk].values() if _fits(left, patient, known)]
            rows.append((patient, sorted(some, key=lambda known: known.cost)))
        return sorted(rows, key=lambda row: len(row[1]))


def known_of(patient: Patient, week: PatientWeek, cost: float) -> Known:
    rest = besides(week, patient)
    visits = ((one.clinician, one.day, one.mask, one.office is not None) for one in rest.appointments)
    return Known(cost, week, tuple(sorted(rest.sections)), tuple(visits))


def _fits(left: Left, patient: Patient, known: Known) -> bool:
    seats, clinicians, offices = left.seats, left.clinicians, left.offices.values()
    for pk in known.sections:
        if seats[pk] < 1:
            return False
    for clinician, day, mask, in_person in known.visits:
        if mask & ~clinicians[clinician][day]:
            return False
        if in_person and all(mask & ~free[day] for free in offices):
            return False
    return not patient.apart or not any(patient.apart & left.people[pk] for pk in known.sections)


class _Choice:
    """Depth first over the people, cheapest week first, as far as it could still be cheaper.

    What it takes of `left` for a while it gives back itself, so that nothing `left` remembers is lost.
    """

    def __init__(self, left: Left, rows: list[tuple[Patient, list[Known]]], below: float) -> None:
        self.left, self.rows, self.below, self.tries = left, rows, below, 0
        self.found: dict[int, Known] | None = None
        self.chosen: dict[int, Known] = {}
        least = [some[0].cost if some else float("inf") for _, some in rows]
        self.ahead = [sum(least[n:]) for n in range(len(rows) + 1)]

    def best(self) -> dict[int, Known] | None:
        self._go(0, 0.0)
        return self.found

    def _go(self, number: int, spent: float) -> None:
        if number == len(self.rows):
            self.found, self.below = dict(self.chosen), spent - 1e-6
            return
        patient, some = self.rows[number]
        for known in some:
            self.tries += 1
            if spent + known.cost + self.ahead[number + 1] >= self.below or self.tries > MOST_TRIES:
                return
            if _fits(self.left, patient, known):
                offices = self._take(patient, known)
                self.chosen[patient.id] = known
                self._go(number + 1, spent + known.cost)
                self._give_back(patient, known, offices)

    def _take(self, patient: Patient, known: Known) -> list[tuple[list[int], int, int]]:
        left, offices = self.left, []
        for pk in known.sections:
            left.seats[pk] -= 1
            left.people[pk].add(patient.id)
        for clinician, day, mask, in_person in known.visits:
            left.clinicians[clinician][day] &= ~mask
            if in_person:
                free = next(free for free in left.offices.values() if not mask & ~free[day])
                free[day] &= ~mask
                offices.append((free, day, mask))
        return offices

    def _give_back(self, patient: Patient, known: Known, offices: list[tuple[list[int], int, int]]) -> None:
        left = self.left
        for pk in known.sections:
            left.seats[pk] += 1
            left.people[pk].discard(patient.id)
        for clinician, day, mask, _ in known.visits:
            left.clinicians[clinician][day] |= mask
        for free, day, mask in offices:
            free[day] |= mask


def placed(left: Left, patient: Patient, week: PatientWeek) -> PatientWeek | None:
    """The week with an office that is free then for each session in person; None where something is taken."""
    if not _fits(left, patient, known_of(patient, week, 0.0)):
        return None
    visits = list(patient.kept.appointments)
    for visit in besides(week, patient).appointments:
        office = left.office_at(visit.day, visit.mask) if visit.office is not None else None
        visits.append(visit if office == visit.office else replace(visit, office=office))
    return PatientWeek(week.sections, tuple(sorted(visits, key=lambda it: (it.day, it.starts))))


def besides(week: PatientWeek, patient: Patient) -> PatientWeek:
    """Without what is kept: that was taken from the start."""
    kept = patient.kept
    if kept == NOTHING:
        return week
    rest = tuple(one for one in week.appointments if one not in kept.appointments)
    return PatientWeek(week.sections - kept.sections, rest)
