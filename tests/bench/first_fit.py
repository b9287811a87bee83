"""The careful human the planner is measured against: in order of admission, day by day, the first that fits.

Last week's places where they are still valid; groups first, then the one-to-one hours on the days someone
comes anyway. Every hard rule is kept.
"""

from collections.abc import Iterator
from itertools import pairwise

from scheduling.planner.left import Left
from scheduling.planner.problem import (
    DAYS,
    Appointment,
    Clinician,
    Due,
    Mode,
    Patient,
    PatientWeek,
    Problem,
    Section,
    ticks,
)
from scheduling.planner.search import fits


def first_fit(problem: Problem) -> dict[int, PatientWeek]:
    left = Left(problem)
    week: dict[int, PatientWeek] = {}
    for one in problem.patients:
        week[one.id] = _Desk(problem, one, left).plan()
        left.take(one.id, week[one.id])
    return week


class _Desk:
    """One person at the desk."""

    def __init__(self, problem: Problem, patient: Patient, left: Left) -> None:
        self.problem, self.patient, self.left = problem, patient, left
        self.topics: set[str] = set()
        self.days: dict[int, list[Section]] = {}
        self.alone = 0

    def plan(self) -> PatientWeek:
        """Groups to leave room for the hours alone, those hours, then more groups if they are short."""
        self._groups(self.patient.goal_minutes - sum(due.minutes for due in self.patient.due if due.counts))
        visits = tuple(self._visits())
        counted = {due.kind: due.minutes for due in self.patient.due if due.counts}
        self.alone = sum(counted.get(one.kind, 0) for one in visits)
        self._groups(self.patient.goal_minutes)
        sections = frozenset(section.id for day in self.days.values() for section in day)
        return PatientWeek(sections, tuple(sorted(visits, key=lambda it: (it.day, it.starts))))

    def _groups(self, want: int) -> None:
        """Day by day until there are enough minutes, on last week's days first."""
        for only_last in (True, False):
            for day in range(DAYS):
                known = day in self.days or len(self.days) >= self.patient.most_days
                enough = self._minutes() >= want and len(self.days) >= self.patient.least_days
                if not known and not enough:
                    self._day(day, only_last=only_last)

    def _minutes(self) -> int:
        return self.alone + sum(section.minutes for day in self.days.values() for section in day)

    def _day(self, day: int, *, only_last: bool) -> None:
        """The day's groups, in person or by video, whichever gives more, if they make a day that counts."""
        fitting = [one for one in self.problem.sections if one.day == day and self._may(one)]
        last = [one for one in fitting if one.id in self.patient.last.sections]
        if only_last and not last:
            return
        row = [*last, *sorted(fitting, key=lambda it: (it.starts, it.id))]
        there = max((self._chain(row, mode) for mode in Mode), key=lambda it: sum(one.minutes for one in it))
        minutes, rule = sum(one.minutes for one in there), self.patient.rule
        if there and minutes >= rule.minutes and len(there) >= rule.services:
            self.days[day] = there
            self.topics |= {one.topic for one in there if one.once}

    def _chain(self, row: list[Section], mode: Mode) -> list[Section]:
        there: list[Section] = []
        for one in row:
            if one.mode == mode and self._goes_with(there, one):
                there = sorted([*there, one], key=lambda it: it.starts)
        return there

    def _may(self, one: Section) -> bool:
        return fits(self.patient, one) and self.left.seats[one.id] > 0

    def _goes_with(self, there: list[Section], one: Section) -> bool:
        row = sorted([*there, one], key=lambda it: it.starts)
        topics = [it.topic for it in row if it.once]
        minutes = sum(it.minutes for it in row)
        most = self.patient.goal_minutes + self.problem.most_over
        return (
            all(0 <= after.starts - before.ends <= self.problem.most_idle for before, after in pairwise(row))
            and len(set(topics)) == len(topics)
            and not self.topics & set(topics)
            and minutes <= self.problem.most_day_minutes
            and self._minutes() + minutes <= most
        )

    def _visits(self) -> Iterator[Appointment]:
        taken: list[Appointment] = []
        for due in self.patient.due:
            visits = (self._visit(taken, due, *place) for place in self._places(due))
            found = next((one for one in visits if one is not None), None)
            if found is not None:
                taken.append(found)
                yield found

    def _places(self, due: Due) -> Iterator[tuple[Clinician, int, int]]:
        """Last week's hour, then the primary clinician's times, then the others'."""
        for one in self.patient.last.appointments:
            if one.kind == due.kind:
                yield self.problem.by_clinician[one.clinician], one.day, one.starts
        able = [one for one in self.problem.clinicians if due.kind in one.kinds]
        for clinician in sorted(able, key=lambda it: (it.id != self.patient.primary, it.id)):
            for day in self.days:
                for starts in range(0, 24 * 60, self.problem.starts_every):
                    yield clinician, day, starts

    def _visit(
        self, taken: list[Appointment], due: Due, clinician: Clinician, day: int, starts: int
    ) -> Appointment | None:
        """There, if it goes with the day's groups and sessions and who sees them is free."""
        ends, sections = starts + due.minutes, self.days.get(day, [])
        mask = ticks(starts, ends)
        if not sections or mask & ~(self.patient.free[day] & self.left.clinicians[clinician.id][day]):
            return None
        spans = [(starts, ends), *((it.starts, it.ends) for it in sections)]
        spans += [(it.starts, it.ends) for it in taken if it.day == day]
        if any(
            not 0 <= after[0] - before[1] <= self.problem.most_idle
            for before, after in pairwise(sorted(spans))
        ):
            return None
        counted = [
            it.minutes for it in self.patient.due if it.counts and it.kind in {one.kind for one in taken}
        ]
        day_minutes = sum(it.minutes for it in sections) + sum(counted) + due.minutes * due.counts
        if day_minutes > self.problem.most_day_minutes:
            return None
        if self._minutes() + sum(counted) + due.minutes > self.patient.goal_minutes + self.problem.most_over:
            return None
        if sections[0].mode == Mode.VIDEO:
            licensed = self.patient.state in clinician.states
            return Appointment(due.kind, clinician.id, day, starts, ends) if licensed else None
        office = self.left.office_at(day, mask)
        return None if office is None else Appointment(due.kind, clinician.id, day, starts, ends, office)
