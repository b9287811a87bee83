"""What to open next: the prediction holds when it is opened and the week is planned again."""

from dataclasses import replace
from functools import cache

import pytest

from scheduling.planner.bound import Bounded, Bounding, available
from scheduling.planner.changes import Change, Fix, Limit
from scheduling.planner.explaining import explain
from scheduling.planner.opening import Opening, bottlenecks, counted, opened, part_of, tried
from scheduling.planner.problem import NOTHING, Appointment, PatientWeek, Problem
from scheduling.planner.proposals import unmet_of
from scheduling.planner.week import Planning
from tests.bench.clinics import clinic

needs_solver = pytest.mark.skipif(not available(), reason="the solver group is not installed")


@cache
def small(seed: int, *, has_few_seats: bool = False) -> tuple[Planning, Bounded]:
    problem = clinic(30, seed)
    few = tuple(replace(one, seats=4) for one in problem.sections)
    return solved(replace(problem, sections=few) if has_few_seats else problem)


def solved(problem: Problem) -> tuple[Planning, Bounded]:
    bounding = Bounding(Planning(problem, 1))
    bounded = bounding.run()
    bounding.finish(rounds=100, seconds=5.0)
    return bounding.planning, bounded


def whole(planning: Planning) -> int:
    """How many have all of their prescription."""
    problem = planning.problem
    return sum(not unmet_of(problem, one, planning.week[one.id]) for one in problem.patients)


@needs_solver
@pytest.mark.parametrize("seed", (1, 3))
def test_opening_the_best_brings_at_least_half_of_what_is_said_and_no_more_than_all_of_it(seed: int) -> None:
    planning, bounded = small(seed)
    problem = planning.problem
    best = tried(problem, planning.week, bottlenecks(problem, bounded.points))[0]
    after, _ = solved(opened(problem, best))
    assert best.people >= 1
    assert whole(after) >= whole(planning)
    assert planning.cost - after.cost >= 0.5 * best.points
    assert after.cost >= bounded.bound - best.points - 1e-6


@needs_solver
def test_one_more_seat_brings_at_most_its_price() -> None:
    planning, bounded = small(3, has_few_seats=True)
    problem = planning.problem
    seat = next(one for one in bottlenecks(problem, bounded.points) if one.what == "seat")
    _, after = solved(opened(problem, seat))
    assert after.relaxed >= bounded.bound - seat.points - 1e-6


@needs_solver
def test_the_dearest_comes_first_and_each_part_of_a_day_once() -> None:
    planning, bounded = small(3, has_few_seats=True)
    found = bottlenecks(planning.problem, bounded.points)
    assert [one.points for one in found] == sorted((one.points for one in found), reverse=True)
    seats = [(one.day, part_of(one.starts)) for one in found if one.what == "seat"]
    assert len(seats) == len(set(seats)) > 1


@needs_solver
def test_prices_are_told_only_where_the_bound_was_nearly_met() -> None:
    assert small(1)[1].is_near
    stopped = Bounding(Planning(clinic(30, 1), 1)).run(go_on=lambda bound, relaxed: False)
    assert not stopped.is_near


def test_without_prices_it_is_what_most_people_s_fixes_name_and_what_helps_most_of_them() -> None:
    problem = clinic(30, 1)
    planning = Planning(problem, 1)
    planning.improve(1_000)
    lacking = [one.id for one in problem.patients if unmet_of(problem, one, planning.week[one.id])]
    fixes = [fix for pk in lacking for fix in explain(problem, planning.week, pk).fixes]
    found = counted(problem, fixes)
    assert [one.named for one in found] == sorted((one.named for one in found), reverse=True)
    best = tried(problem, planning.week, found)[0]
    again = Planning(opened(problem, best), 1)
    again.adopt(planning.week)
    again.improve(1_000)
    planning.improve(1_000)
    assert best.people >= 1
    assert whole(again) >= whole(planning)
    assert again.cost < planning.cost, "a better week, for whomever it then serves"


def test_a_person_counts_once_however_many_of_their_fixes_name_it() -> None:
    problem = clinic(30, 1)
    who = problem.clinicians[0].id
    visit = Appointment("individual", -who, 2, 960, 1010)
    hour = Change(Limit.CLINICIAN, day=2, starts=960, ends=980, clinician=who, is_booked=True)
    mine = Fix(1, (hour,), PatientWeek(frozenset(), (visit,)))
    both = Fix(1, (hour, Change(Limit.OWN_TIME, day=2, starts=960, ends=1010)), mine.week)
    theirs = replace(mine, patient=2)
    assert counted(problem, [mine, both, theirs]) == [Opening("hour", who, 2, 960, 1020, named=2)]


def test_what_somebody_could_have_anyway_is_not_said_to_come_from_an_opening() -> None:
    problem = clinic(30, 1)
    nobody_planned = {one.id: NOTHING for one in problem.patients}
    one = problem.sections[0]
    spare = Opening("seat", one.id, one.day, one.starts, one.ends)
    assert tried(problem, nobody_planned, [spare])[0].people == 0
