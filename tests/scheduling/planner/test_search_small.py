"""The search of one person's week against trying everything, on random small problems."""

import pytest

from scheduling.planner.check import check
from scheduling.planner.cost import cost_of
from scheduling.planner.left import Left
from scheduling.planner.problem import PatientWeek, Problem
from scheduling.planner.search import Search
from tests.scheduling.planner.small import by_trying_all, case

CASES, AT_ONCE = 1000, 50


def valid_cases() -> list[int]:
    """Seeds of problems whose kept things break no rule themselves."""
    seeds, seed = [], 0
    while len(seeds) < CASES:
        problem = case(seed)
        if not check(problem, {1: problem.patients[0].kept}):
            seeds.append(seed)
        seed += 1
    return seeds


SEEDS = valid_cases()


@pytest.mark.parametrize("first", range(0, CASES, AT_ONCE))
def test_the_search_finds_the_best_week_there_is(first: int) -> None:
    for seed in SEEDS[first : first + AT_ONCE]:
        problem = case(seed)
        (patient,) = problem.patients
        found = Search(problem, patient).best(Left(problem, {1: patient.kept}))
        assert check(problem, {1: found.week}) == [], f"case {seed}"
        assert found.cost == pytest.approx(cost_of(problem, patient, found.week).total), f"case {seed}"
        assert found.cost == pytest.approx(by_trying_all(problem)), f"case {seed}"


@pytest.mark.parametrize("seed", SEEDS[:100])
def test_by_weekdays_begins_with_the_best_week_and_repeats_no_set_of_days(seed: int) -> None:
    problem = case(seed)
    (patient,) = problem.patients
    search, left = Search(problem, patient), Left(problem, {1: patient.kept})
    found = search.by_weekdays(left)
    assert found[0].cost == pytest.approx(search.best(left).cost)
    assert [one.cost for one in found] == sorted(one.cost for one in found)
    used = [_weekdays(problem, one.week) for one in found]
    assert len(set(used)) == len(used)
    for one in found:
        assert check(problem, {1: one.week}) == []
        assert one.cost == pytest.approx(cost_of(problem, patient, one.week).total)


def _weekdays(problem: Problem, week: PatientWeek) -> frozenset[int]:
    days = {problem.by_section[pk].day for pk in week.sections}
    return frozenset(days | {one.day for one in week.appointments})
