"""Admission: weeks that fit among everyone else's, real alternatives, and moves that cost nobody anything."""

from dataclasses import replace

import pytest

from scheduling.planner.admitting import admit
from scheduling.planner.check import check
from scheduling.planner.problem import ALL_DAY, Clinician, Due, Office, Patient, PatientWeek, Problem, Section
from scheduling.planner.proposals import Proposal, Unmet, marks_of
from scheduling.planner.search import Search
from tests.scheduling.planner.crowded import SEEDS, clinic, everyone_else, newcomer, with_person


@pytest.mark.parametrize("seed", SEEDS)
def test_every_proposal_fits_with_everyone_elses_week(seed: int) -> None:
    problem, week = clinic(seed)
    new = newcomer(seed, problem)
    for one in admit(problem, week, new):
        moved = {pk: after for pk, (_, after) in one.moved.items()}
        assert check(with_person(problem, new), {**week, **moved, new.id: one.week}) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_who_moves_for_someone_loses_nothing(seed: int) -> None:
    problem, week = clinic(seed)
    first = admit(problem, week, newcomer(seed, problem))[0]
    assert len(first.moved) <= 3
    for pk, (before, after) in first.moved.items():
        patient = problem.by_patient[pk]
        was, now = marks_of(problem, patient, before), marks_of(problem, patient, after)
        assert before == week[pk] != after
        assert now.minutes >= was.minutes and len(now.days) >= len(was.days)
        assert {one.kind for one in before.appointments} <= {one.kind for one in after.appointments}
        assert now.unmet.is_within(was.unmet)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_moves_the_first_proposal_is_the_best_week_there_is(seed: int) -> None:
    problem, week = clinic(seed)
    new = newcomer(seed, problem)
    first = admit(problem, week, new, moves=0)[0]
    best = Search(problem, new).best(everyone_else(problem, week, new))
    assert first.cost.total == pytest.approx(best.cost) and not first.moved


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_moves_unless_more_of_the_prescription_is_met(seed: int) -> None:
    problem, week = clinic(seed)
    new = newcomer(seed, problem)
    plain, moved = admit(problem, week, new, moves=0)[0], admit(problem, week, new)[0]
    if moved.moved:
        assert moved.cost.coverage < plain.cost.coverage
    else:
        assert moved == plain


def shape(problem: Problem, one: Proposal) -> tuple[object, ...]:
    things = [problem.by_section[pk] for pk in one.week.sections] + list(one.week.appointments)
    middles = {(thing.starts + thing.ends) // 2 for thing in things}
    parts = frozenset(
        "morning" if at < 750 else "afternoon" if at < 990 else "evening" for at in sorted(middles)
    )
    return one.marks.days, parts, frozenset(visit.clinician for visit in one.week.appointments)


@pytest.mark.parametrize("seed", SEEDS)
def test_alternatives_differ_in_weekdays_part_of_the_day_or_therapist(seed: int) -> None:
    problem, week = clinic(seed)
    found = [one for one in admit(problem, week, newcomer(seed, problem)) if not one.moved]
    shapes = [shape(problem, one) for one in found]
    assert len(set(shapes)) == len(shapes)
    assert all(one.cost.coverage <= found[0].cost.coverage + 1e-6 for one in found)


def test_the_clinics_of_these_tests_know_moves_and_alternatives() -> None:
    found = [admit(*clinic(seed), newcomer(seed, clinic(seed)[0])) for seed in SEEDS]
    assert sum(bool(one[0].moved) for one in found) >= 3
    assert sum(len(one) > 1 for one in found) >= 10


def person(pk: int, **more: object) -> Patient:
    given = Patient(
        id=pk,
        free=(ALL_DAY,) * 7,
        goal_minutes=60,
        least_days=1,
        most_days=5,
        tracks=frozenset({1}),
    )
    return replace(given, **more)  # type: ignore[arg-type]


def test_someone_who_could_come_at_another_time_makes_room() -> None:
    early, late = Section(1, 1, 0, 540, 600, 60, 1, seats=1), Section(2, 2, 0, 1080, 1140, 60, 1, seats=1)
    flexible, mornings_only = person(1), person(2, free=(late.mask ^ ALL_DAY,) * 7)
    problem = Problem((early, late), (), (), (flexible,))
    week = {1: PatientWeek(frozenset({1}))}
    plain = admit(problem, week, mornings_only, moves=0)[0]
    assert plain.marks.unmet == Unmet(minutes=60, days=1)
    first = admit(problem, week, mornings_only)[0]
    assert not first.marks.unmet
    assert first.moved == {1: (week[1], PatientWeek(frozenset({2})))}


def test_someone_who_could_come_at_no_other_time_is_left_alone() -> None:
    early, late = Section(1, 1, 0, 540, 600, 60, 1, seats=1), Section(2, 2, 0, 1080, 1140, 60, 1, seats=1)
    both = person(1, free=(late.mask ^ ALL_DAY,) * 7)
    problem = Problem((early, late), (), (), (both,))
    found = admit(problem, {1: PatientWeek(frozenset({1}))}, replace(both, id=2))
    assert [one.moved for one in found] == [{}]


def test_the_marks_say_what_people_compare() -> None:
    group = Section(1, 1, 2, 600, 660, 60, 1, seats=3)
    works = Clinician(7, frozenset({"individual"}), (ALL_DAY,) * 7)
    new = person(1, goal_minutes=110, due=(Due("individual", 50),), primary=7, home_by=700)
    marks = admit(Problem((group,), (works,), (Office(1, (ALL_DAY,) * 7),), ()), {}, new)[0].marks
    assert (marks.minutes, marks.days, marks.trips) == (110, (2,), 1)
    assert marks.with_primary is True and not marks.unmet and not marks.wishes_missed
