"""The bound, its prices and the plan that meets it."""

import sys

import pytest

from scheduling.planner.bound import Bounding, available
from scheduling.planner.check import check
from scheduling.planner.cost import cost_of
from scheduling.planner.week import Planning
from tests.bench.clinics import clinic

pytestmark = pytest.mark.skipif(not available(), reason="the solver group is not installed")


@pytest.fixture(scope="module", params=(1, 2))
def bounding(request: pytest.FixtureRequest) -> Bounding:
    found = Bounding(Planning(clinic(30, request.param), 1))
    found.run()
    return found


def test_no_plan_costs_less_than_the_bound_and_the_finished_one_hardly_more(bounding: Bounding) -> None:
    before = bounding.planning.cost
    bounding.finish()
    assert check(bounding.problem, bounding.planning.week) == []
    bound = bounding.bounded.bound
    assert bound - 1e-6 <= bounding.planning.cost <= before
    assert bounding.planning.cost <= 1.01 * bound


def test_the_bound_meets_what_fractions_of_weeks_would_cost(bounding: Bounding) -> None:
    bounded = bounding.bounded
    assert bounded.bound <= bounded.relaxed + 1e-6
    assert bounded.relaxed - bounded.bound <= 0.001 * bounded.relaxed


def test_a_run_that_is_stopped_at_once_still_has_a_whole_plan() -> None:
    bounding = Bounding(Planning(clinic(30, 4), 1))
    bounded = bounding.run(go_on=lambda bound, relaxed: False)
    assert bounded.bound <= bounding.planning.cost
    bounding.finish(rounds=5, seconds=2.0)
    assert check(bounding.problem, bounding.planning.week) == []


def test_the_last_choice_is_not_content_with_the_plan_it_starts_from() -> None:
    """The solver once took the points of what it had fixed beforehand for saved, and went no further."""
    problem = clinic(30, 1)
    bounding = Bounding(Planning(problem, 1))
    planning, bounded = bounding.planning, bounding.run(rounds=8)
    planning.restart(bounded.prices)
    for pk, week in planning.week.items():
        bounding.master.add(pk, week, planning.costs[pk])
    found = bounding.master.whole(planning.week.items(), planning.cost - bounded.bound, 20.0)
    cost = sum(cost_of(problem, one, found[one.id]).total for one in problem.patients)
    assert cost <= 1.01 * bounded.relaxed < planning.cost


def test_the_solver_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    Bounding(Planning(clinic(30, 1), 1)).run(rounds=1)
    assert capfd.readouterr() == ("", "")


def test_without_the_solver_it_says_so_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    assert not available()
    assert Planning(clinic(30, 1), 1).week
