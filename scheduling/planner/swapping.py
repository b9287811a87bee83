"""A better week for one person when a few others move: who moves loses nothing and keeps near their week.

The person's week is searched in a clinic without the others, where all that is taken costs points; then those
in the way are put elsewhere. Where one cannot be, what they have is left to them and the search starts again.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, reduce
from itertools import accumulate
from operator import or_

from scheduling.planner.cost import minutes_of
from scheduling.planner.left import Left
from scheduling.planner.options import Prices
from scheduling.planner.problem import (
    ALL_DAY,
    DAYS,
    TICKS,
    Appointment,
    Patient,
    PatientWeek,
    Problem,
    Week,
    Weights,
)  # fmt: skip
from scheduling.planner.proposals import Proposal, marks_of, propose
from scheduling.planner.search import Search
from scheduling.planner.week import besides

TRIES, ASKED = 8, 6  # weeks tried; people asked to leave one section
REFUSED = 100.0  # points for five minutes of someone who cannot move
NO_POINTS = [0.0] * (TICKS + 1)
TAKEN = 80.0  # points for a seat or a session that someone has


def near(problem: Problem, week: Week) -> Problem:
    """The same week to plan, with what everyone has now as last week's, and weights that keep it."""
    patients = tuple(replace(one, last=week.get(one.id, one.last)) for one in problem.patients)
    return replace(problem, patients=patients, weights=nearer(problem.weights))


def nearer(weights: Weights) -> Weights:
    return replace(weights, dropped=3 * weights.dropped, hour_moved=2 * weights.hour_moved)


def with_moves(
    problem: Problem, week: Week, search: Search, now: Left, best: Proposal, moves: int
) -> Proposal | None:
    """The person's week with up to `moves` others moved, if it covers more than `best`."""
    work = _Swapping(problem, week, search.patient, now, moves)
    found: Proposal | None = None
    for _ in range(TRIES):
        dream = propose(problem, search.patient, search.best(work.empty, work.prices()).week)
        if dream.cost.coverage >= (found or best).cost.coverage - 1e-6:
            break
        made = work.make_room(dream.week)
        if made is not None:
            found = propose(problem, search.patient, *made)
            if not found.marks.unmet:
                break
            work.dearer *= 3
    return found


class _Swapping:
    """One person's search for a place among others. What nobody could leave is not asked for again."""

    def __init__(self, problem: Problem, week: Week, patient: Patient, now: Left, moves: int) -> None:
        self.problem, self.patient, self.now, self.moves = problem, patient, now, moves
        self.week = {pk: mine for pk, mine in week.items() if pk != patient.id and pk in problem.by_patient}
        self.near = replace(problem, weights=nearer(problem.weights))
        self.empty = now.copy()
        for pk, mine in self.week.items():
            self.empty.give_back(pk, besides(mine, problem.by_patient[pk]))
        self.dearer = 1.0
        self.refused: list[Appointment] = []
        self._others: dict[int, Search] = {}

    def prices(self) -> Prices:
        """What is taken costs points, however many sections or ticks of it are used at a time."""
        price = TAKEN * self.dearer
        seats = {pk: price for pk, seats in self.now.seats.items() if seats < 1}
        tick = price / 10
        kinds = {due.kind for due in self.patient.due}
        clinicians = {
            (one.id, day): _sums(taken, tick)
            for one in self.problem.clinicians
            if one.kinds & kinds
            for day in range(DAYS)
            if (taken := self.empty.clinicians[one.id][day] & ~self.now.clinicians[one.id][day])
        }
        for one in self.refused:
            row = clinicians.get((one.clinician, one.day), NO_POINTS)
            more = _sums(one.mask, REFUSED)
            clinicians[one.clinician, one.day] = [a + b for a, b in zip(row, more, strict=True)]
        offices = {day: _sums(self._no_office(day), tick) for day in range(DAYS)}
        return Prices(seats, clinicians, offices)

    def _no_office(self, day: int) -> int:
        free = 0
        for masks in self.now.offices.values():
            free |= masks[day]
        return ALL_DAY & ~free

    def make_room(
        self, dream: PatientWeek
    ) -> tuple[PatientWeek, dict[int, tuple[PatientWeek, PatientWeek]]] | None:
        """The dream in its offices, and who moved for it; None if someone would lose by it."""
        left, out = self.now.copy(), self._out_of_hours(dream)
        if len(out) > self.moves:
            self.dearer *= 3
            return None
        for pk in out:
            left.give_back(pk, self._besides(pk))
        placed = self._in_offices(dream, left)
        if placed is None:
            self.dearer *= 3
            return None
        left.take(self.patient.id, besides(placed, self.patient))
        moved: dict[int, tuple[PatientWeek, PatientWeek]] = {}
        for pk in out:
            after = self._elsewhere(pk, left)
            if after is None:
                self.refused += [one for one in placed.appointments if self._holds(pk, one)]
                return None
            moved[pk] = self.week[pk], after
        for section in sorted(placed.sections - self.patient.kept.sections):
            if left.seats[section] < 0 and not self._leave(section, left, moved):
                self.empty.seats[section] = 0
                return None
        return (placed, moved) if len(moved) <= self.moves else None

    def _besides(self, pk: int) -> PatientWeek:
        return besides(self.week[pk], self.problem.by_patient[pk])

    def _holds(self, pk: int, one: Appointment) -> bool:
        return any(
            other.clinician == one.clinician and other.day == one.day and other.mask & one.mask
            for other in self.week[pk].appointments
        )

    def _out_of_hours(self, dream: PatientWeek) -> list[int]:
        """Who has the clinicians at the hours of this week."""
        fresh = [one for one in dream.appointments if one not in self.patient.kept.appointments]
        taken = [one for one in fresh if one.mask & ~self.now.clinicians[one.clinician][one.day]]
        return [pk for pk in self.week if any(self._holds(pk, one) for one in taken)] if taken else []

    def _in_offices(self, dream: PatientWeek, left: Left) -> PatientWeek | None:
        placed: list[Appointment] = []
        for one in dream.appointments:
            if one.office is not None and one not in self.patient.kept.appointments:
                office = left.office_at(one.day, one.mask)
                if office is None:
                    return None
                one = replace(one, office=office)
            placed.append(one)
        return replace(dream, appointments=tuple(placed))

    def _leave(self, section: int, left: Left, moved: dict[int, tuple[PatientWeek, PatientWeek]]) -> bool:
        """Someone leaves the section for another; those with the most other places are asked first."""
        if len(moved) >= self.moves:
            return False
        there = [pk for pk in left.people[section] if pk in self.week and pk not in moved]
        there = [pk for pk in there if section not in self.problem.by_patient[pk].kept.sections]
        for pk in sorted(there, key=lambda pk: (-self._room(pk, section, left), pk))[:ASKED]:
            left.give_back(pk, self._besides(pk))
            after = self._elsewhere(pk, left)
            if after is not None:
                moved[pk] = self.week[pk], after
                return True
            left.take(pk, self._besides(pk))
        return False

    def _room(self, pk: int, section: int, left: Left) -> int:
        """Minutes of other sections with a seat that this person could come to besides all else they do."""
        other, mine, gone = self.problem.by_patient[pk], self.week[pk], self.problem.by_section[section]
        busy = [0] * DAYS
        for one in mine.appointments:
            busy[one.day] |= one.mask
        for held in mine.sections - {section}:
            busy[self.problem.by_section[held].day] |= self.problem.by_section[held].mask
        days = {day for day in range(DAYS) if busy[day]}
        return sum(
            one.minutes
            for one in self.problem.sections
            if left.seats[one.id] > 0
            and one.track in other.tracks
            and one.mode in other.modes
            and one.minutes >= gone.minutes
            and one.day in days
            and not one.mask & (busy[one.day] | ~other.free[one.day])
        )

    def _elsewhere(self, pk: int, left: Left) -> PatientWeek | None:
        """Their week without what is gone, taken from `left`; None if they would lose by it."""
        search = self._other(pk)
        own, before = self.problem.by_patient[pk], self.week[pk]
        after = search.best(left).week
        if not loses_nothing(self.problem, own, before, after):
            return None
        left.take(pk, besides(after, own))
        return after

    def _other(self, pk: int) -> Search:
        if pk not in self._others:
            own, mine = self.problem.by_patient[pk], self.week[pk]
            goal = max(own.goal_minutes, marks_of(self.problem, own, mine).minutes)
            self._others[pk] = Search(self.near, replace(own, last=mine, goal_minutes=goal))
        return self._others[pk]


def loses_nothing(problem: Problem, patient: Patient, before: PatientWeek, after: PatientWeek) -> bool:
    """As many minutes, days and kinds of visits as before, nothing beyond what is prescribed, and nothing
    less in any of the weeks to come."""
    was, would = marks_of(problem, patient, before), marks_of(problem, patient, after)
    most = max(patient.goal_minutes + problem.most_over, was.minutes)
    if len(would.days) < len(was.days) or would.minutes > most or not would.unmet.is_within(was.unmet):
        return False
    weeks = max(one.bit_length() for one in (0, *_off(problem, before), *_off(problem, after)))
    return all(
        _is_covered(problem, patient, in_week(problem, before, n), in_week(problem, after, n))
        for n in range(weeks + 1)
    )


def _is_covered(problem: Problem, patient: Patient, before: PatientWeek, after: PatientWeek) -> bool:
    kinds = {one.kind for one in before.appointments} <= {one.kind for one in after.appointments}
    return kinds and minutes_of(problem, patient, before) <= minutes_of(problem, patient, after)


def in_week(problem: Problem, week: PatientWeek, number: int) -> PatientWeek:
    """What there is of it in one of the weeks to come."""
    return PatientWeek(
        frozenset(pk for pk in week.sections if not problem.by_section[pk].off >> number & 1),
        tuple(one for one in week.appointments if not _visit_off(problem, one) >> number & 1),
    )


def _off(problem: Problem, week: PatientWeek) -> Iterator[int]:
    yield from (problem.by_section[pk].off for pk in week.sections)
    yield from (_visit_off(problem, one) for one in week.appointments)


def _visit_off(problem: Problem, one: Appointment) -> int:
    gone = problem.away.get((one.clinician, one.day), ())
    return reduce(or_, (1 << week for week, mask in gone if mask & one.mask), 0)


@cache
def _sums(mask: int, price: float) -> list[float]:
    return [0.0, *accumulate(price * (mask >> tick & 1) for tick in range(TICKS))]
