"""Make-ups: what someone has stays, and each way brings them nearer to their hours."""

import random
from dataclasses import replace

import pytest

from scheduling.planner.check import check
from scheduling.planner.cost import cost_of
from scheduling.planner.making_up import make_up
from scheduling.planner.problem import ALL_DAY, DAYS, Patient, PatientWeek, Problem, Section
from tests.scheduling.planner.crowded import SEEDS, clinic, with_person


def missed(seed: int) -> tuple[Problem, dict[int, PatientWeek], Patient]:
    """Someone missed the first of their days; what is later in the week they keep."""
    problem, week = clinic(seed)
    one = random.Random(f"missed {seed}").choice(problem.patients)
    mine = week[one.id]
    days = sorted({problem.by_section[pk].day for pk in mine.sections} | {a.day for a in mine.appointments})
    gone = days[0] if days else 0
    kept = PatientWeek(
        frozenset(pk for pk in mine.sections if problem.by_section[pk].day != gone),
        tuple(visit for visit in mine.appointments if visit.day != gone),
    )
    free = tuple(one.free[day] if day > gone else 0 for day in range(DAYS))
    patient = replace(one, kept=kept, free=free)
    return with_person(problem, patient), {**week, one.id: kept}, patient


@pytest.mark.parametrize("seed", SEEDS)
def test_every_way_keeps_what_is_kept_and_fits(seed: int) -> None:
    problem, week, patient = missed(seed)
    for one in make_up(problem, week, patient.id):
        assert one.week.sections >= patient.kept.sections
        assert set(one.week.appointments) >= set(patient.kept.appointments)
        assert check(problem, {**week, patient.id: one.week}) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_every_way_helps_and_none_is_another_with_more(seed: int) -> None:
    problem, week, patient = missed(seed)
    ways = make_up(problem, week, patient.id)
    now = cost_of(problem, patient, week[patient.id]).coverage
    assert len(ways) <= 5 and all(one.cost.coverage < now for one in ways)
    costs = [one.cost.total for one in ways]
    assert costs == sorted(costs)
    for n, one in enumerate(ways):
        for better in ways[:n]:
            more = set(one.week.appointments) >= set(better.week.appointments)
            assert not (more and one.week.sections >= better.week.sections)


def test_the_clinics_of_these_tests_know_make_ups() -> None:
    counts = [len(make_up(problem, week, one.id)) for problem, week, one in map(missed, SEEDS)]
    assert sum(count > 0 for count in counts) >= 8 and max(counts) >= 3


def two_evenings() -> Problem:
    had = Section(1, 1, 0, 540, 600, 60, 1, seats=9)
    tuesday, friday = replace(had, id=2, day=1), replace(had, id=3, day=4)
    one = Patient(1, (0, *(ALL_DAY,) * 6), 120, 2, 5, frozenset({1}), kept=PatientWeek(frozenset({1})))
    return Problem((had, tuesday, friday), (), (), (one,))


def test_each_single_group_that_reaches_the_hours_is_a_way() -> None:
    ways = make_up(two_evenings(), {}, 1)
    assert [one.week.sections for one in ways] == [{1, 2}, {1, 3}]


def test_what_someone_has_this_week_stays_even_if_it_is_not_marked_as_kept() -> None:
    ways = make_up(two_evenings(), {1: PatientWeek(frozenset({1, 2}))}, 1)
    assert ways == []
