"""Why not: every fix works and holds nothing too much, and a conflict names just what stands in the way."""

from dataclasses import replace
from functools import cache

import pytest

from scheduling.planner.changes import RIGID_FIRST, Change, Limit, applied
from scheduling.planner.check import check
from scheduling.planner.explaining import Explanation, explain
from scheduling.planner.left import Left
from scheduling.planner.problem import (
    ALL_DAY,
    NOTHING,
    Appointment,
    Clinician,
    Due,
    Patient,
    PatientWeek,
    Problem,
    Section,
    Week,
    ticks,
)  # fmt: skip
from scheduling.planner.proposals import unmet_of
from scheduling.planner.relaxing import relaxed
from scheduling.planner.search import Search
from tests.scheduling.planner.crowded import SEEDS as ALL_SEEDS
from tests.scheduling.planner.crowded import clinic, everyone_else

SEEDS = ALL_SEEDS[:24]


@cache
def explained(seed: int) -> tuple[Problem, dict[int, PatientWeek], list[tuple[Patient, Explanation]]]:
    """Everyone whose week lacks something, and why."""
    problem, week = clinic(seed)
    short = [one for one in problem.patients if unmet_of(problem, one, week[one.id])]
    return problem, week, [(one, explain(problem, week, one.id)) for one in short]


def is_whole(problem: Problem, week: Week, pk: int) -> bool:
    patient = problem.by_patient[pk]
    found = Search(problem, patient).best(everyone_else(problem, dict(week), patient)).week
    return not unmet_of(problem, patient, found)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_fix_makes_the_week_whole(seed: int) -> None:
    problem, week, people = explained(seed)
    for one, why in people:
        for fix in why.fixes:
            other = applied(problem, week, fix)
            assert is_whole(other, week, one.id)
            assert not unmet_of(other, other.by_patient[one.id], fix.week)
            assert check(other, {**week, one.id: fix.week}) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_no_part_of_a_fix_can_be_dropped(seed: int) -> None:
    problem, week, people = explained(seed)
    for one, why in people:
        for fix in why.fixes:
            for part in fix.changes:
                rest = tuple(other for other in fix.changes if other != part)
                assert not is_whole(applied(problem, week, replace(fix, changes=rest)), week, one.id)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_conflict_is_minimal(seed: int) -> None:
    problem, week, people = explained(seed)
    for one, why in people:
        left = everyone_else(problem, week, one)
        others = frozenset(RIGID_FIRST) - set(why.conflict)

        def can_be(limits: frozenset[Limit], one: Patient = one, left: Left = left) -> bool:
            other = relaxed(problem, one, left, limits)
            found = Search(other.problem, other.patient).best(other.left, other.prices).week
            return not unmet_of(other.problem, other.patient, found)

        assert not can_be(others)
        assert all(can_be(others | {limit}) for limit in why.conflict)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cause_is_ones_own_if_even_an_empty_clinic_would_not_do(seed: int) -> None:
    problem, _, people = explained(seed)
    for one, why in people:
        assert why.cause == ("contention" if is_whole(problem, {}, one.id) else "own")


@pytest.mark.parametrize("seed", SEEDS)
def test_an_explanation_is_the_same_each_time_and_needs_few_searches(seed: int) -> None:
    problem, week, people = explained(seed)
    for one, found in people:
        assert found == explain(problem, week, one.id) and found.searches <= 65
        prices = [fix.price for fix in found.fixes]
        assert prices == sorted(prices) and len({fix.changes for fix in found.fixes}) == len(prices)


def test_the_clinics_of_these_tests_know_many_reasons() -> None:
    limits = [
        change.limit
        for seed in SEEDS
        for _, why in explained(seed)[2]
        for fix in why.fixes
        for change in fix.changes
    ]
    assert len(set(limits)) >= 9 and len(limits) >= 100


GROUP = Section(1, 1, 2, 600, 660, 60, 1, seats=1)
ONE = Patient(1, (ALL_DAY,) * 7, 60, 1, 5, frozenset({1}))
WORKS = Clinician(
    7, frozenset({"individual"}), (ticks(540, 600),) * 5 + (0, 0), spare=(ticks(600, 700),) * 5 + (0, 0)
)


def test_nothing_to_explain() -> None:
    found = explain(Problem((GROUP,), (), (), (ONE,)), {}, 1)
    assert found.cause is None and not found.fixes and not found.conflict
    assert found.closest == PatientWeek(frozenset({1}))


def test_one_more_seat_is_named_where_another_has_the_last() -> None:
    problem = Problem((GROUP,), (), (), (ONE, replace(ONE, id=2)))
    found = explain(problem, {2: PatientWeek(frozenset({1}))}, 1)
    assert (found.cause, found.conflict) == ("contention", (Limit.SEAT,))
    assert next(fix.changes for fix in found.fixes) == (Change(Limit.SEAT, section=1),)


def test_another_track_is_named_but_never_one_of_another_age() -> None:
    elsewhere = replace(ONE, tracks=frozenset({2}))
    found = explain(Problem((GROUP,), (), (), (elsewhere,)), {}, 1)
    assert [fix.changes for fix in found.fixes] == [(Change(Limit.TRACK, track=1),)]
    teens = replace(elsewhere, barred=frozenset({1}))
    found = explain(Problem((GROUP,), (), (), (teens,)), {}, 1)
    assert not found.fixes and Limit.TRACK not in found.conflict


def test_ones_own_time_is_named_with_its_day_and_hours() -> None:
    busy = replace(ONE, free=(ALL_DAY, ALL_DAY, ALL_DAY & ~ticks(630, 720), *(ALL_DAY,) * 4))
    found = explain(Problem((GROUP,), (), (), (busy,)), {}, 1)
    assert (found.cause, found.conflict) == ("own", (Limit.OWN_TIME,))
    assert found.fixes[0].changes == (Change(Limit.OWN_TIME, day=2, starts=630, ends=660),)


def test_days_that_are_over_are_not_asked_for() -> None:
    busy = replace(ONE, free=(ALL_DAY, ALL_DAY, 0, *(ALL_DAY,) * 4))
    found = explain(Problem((GROUP,), (), (), (busy,)), {}, 1, from_day=3)
    assert not found.fixes and found.conflict == ()


def test_fewer_minutes_are_named_where_only_minutes_lack() -> None:
    wants = replace(ONE, goal_minutes=90)
    found = explain(Problem((GROUP,), (), (), (wants,)), {}, 1)
    assert found.conflict == ()
    assert [fix.changes for fix in found.fixes] == [(Change(Limit.MINUTES, amount=60, was=90),)]


def test_a_clinicians_hour_off_shift_is_cheaper_than_a_booked_one() -> None:
    other = replace(ONE, id=2, due=(Due("individual", 50),), goal_minutes=0)
    wants = replace(other, id=1, state="NJ", modes=frozenset({"video"}), least_days=0)
    visits = tuple(Appointment("individual", 7, day, 540, 590) for day in range(5))
    taken = {pk: PatientWeek(frozenset(), (visits[pk - 2],)) for pk in range(2, 7)}
    people = (wants, *(replace(other, id=pk) for pk in range(2, 7)))
    works = replace(WORKS, states=frozenset({"NJ"}))
    found = explain(Problem((), (works,), (), people), taken, 1)
    assert (found.cause, found.conflict) == ("contention", (Limit.CLINICIAN,))
    (change,) = found.fixes[0].changes
    assert change.limit == Limit.CLINICIAN and change.clinician == 7 and not change.is_booked
    assert change.starts == 600
    no_spare = replace(works, spare=(0,) * 7)
    (booked,) = explain(Problem((), (no_spare,), (), people), taken, 1).fixes[0].changes
    assert booked.is_booked and booked.clinician == 7
    assert NOTHING not in (found.closest,) or found.unmet
