"""The whole clinic's week without a solver: whole at every moment, repeatable, and better than by hand."""

from dataclasses import replace

import pytest

from scheduling.planner.check import check
from scheduling.planner.cost import cost_of
from scheduling.planner.left import Left
from scheduling.planner.problem import PatientWeek, Problem
from scheduling.planner.search import Search
from scheduling.planner.week import Planning, Progress, plan_week
from tests.bench.clinics import clinic
from tests.bench.first_fit import first_fit

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module", params=SEEDS)
def problem(request: pytest.FixtureRequest) -> Problem:
    return clinic(30, request.param)


def below(problem: Problem, week: dict[int, PatientWeek]) -> set[int]:
    return {one.id for one in problem.patients if cost_of(problem, one, week[one.id]).below}


def test_what_the_desk_does_by_hand_breaks_no_rule(problem: Problem) -> None:
    assert check(problem, first_fit(problem)) == []


def test_a_planned_week_breaks_no_rule_and_costs_what_it_says(problem: Problem) -> None:
    planning = Planning(problem, 1)
    planning.improve(60)
    assert check(problem, planning.week) == []
    again = {one.id: cost_of(problem, one, planning.week[one.id]).total for one in problem.patients}
    assert planning.cost == pytest.approx(sum(again.values()))


def test_nobody_is_below_their_hours_who_could_reach_them_alone(problem: Problem) -> None:
    planning = Planning(problem, 1)
    planning.improve(150)
    assert below(problem, planning.week) == below(problem, planning.wishes)


def test_it_costs_less_than_by_hand(problem: Problem) -> None:
    by_hand = first_fit(problem)
    cost = sum(cost_of(problem, one, by_hand[one.id]).total for one in problem.patients)
    assert Planning(problem, 1).cost < cost


def test_the_same_seed_and_rounds_give_the_same_plan(problem: Problem) -> None:
    assert plan_week(problem, rounds=25, seed=3) == plan_week(problem, rounds=25, seed=3)


def test_a_plan_never_gets_dearer_and_is_whole_whenever_it_is_stopped() -> None:
    problem, costs = clinic(30, 4), []
    planning = Planning(problem, 1)

    def go_on(progress: Progress) -> bool:
        costs.append(progress.cost)
        assert set(planning.week) == set(problem.by_patient)
        assert check(problem, planning.week) == []
        return len(costs) < 60

    planning.improve(10_000, go_on)
    assert len(costs) == 60
    assert costs == sorted(costs, reverse=True)


def test_what_is_kept_stays() -> None:
    problem = clinic(30, 5)
    before = plan_week(problem, rounds=5)
    kept = tuple(replace(one, kept=before[one.id]) if one.id % 3 == 0 else one for one in problem.patients)
    later = replace(problem, patients=kept)
    after = plan_week(later, rounds=40, seed=8)
    assert check(later, after) == []
    for one in kept:
        assert one.kept.sections <= after[one.id].sections
        assert set(one.kept.appointments) <= set(after[one.id].appointments)


def test_people_who_may_not_meet_are_never_in_one_group() -> None:
    problem = clinic(30, 2)
    week = plan_week(problem, rounds=5)
    first, other = next(
        (one, two)
        for one in problem.patients
        for two in problem.patients
        if one.id < two.id and week[one.id].sections & week[two.id].sections
    )
    apart = {first.id: frozenset({other.id}), other.id: frozenset({first.id})}
    people = tuple(replace(one, apart=apart.get(one.id, frozenset())) for one in problem.patients)
    after = plan_week(replace(problem, patients=people), rounds=40)
    assert not after[first.id].sections & after[other.id].sections
    assert check(replace(problem, patients=people), after) == []


def test_who_was_short_last_week_comes_before_who_was_not() -> None:
    """One seat of each section and two people alike: the one who weighs more gets the hours."""
    problem = clinic(30, 1)
    one = next(
        it for it in problem.patients if not below(replace(problem, patients=(it,)), alone(problem, it.id))
    )
    sections = tuple(replace(it, seats=1) for it in problem.sections)
    people = tuple(replace(one, id=pk, weight=weight, primary=None) for pk, weight in ((1, 1.0), (2, 3.0)))
    small = replace(problem, sections=sections, patients=people)
    week = plan_week(small, rounds=30)
    parts = {it.id: cost_of(small, replace(it, weight=1.0), week[it.id]).coverage for it in people}
    assert parts[2] <= parts[1]


def alone(problem: Problem, pk: int) -> dict[int, PatientWeek]:
    return {pk: Search(problem, problem.by_patient[pk]).best(Left(problem)).week}
