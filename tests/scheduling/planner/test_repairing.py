"""Repair at once: who lost something gets a week that fits; nobody else notices."""

import random

import pytest

from scheduling.planner.check import check
from scheduling.planner.problem import (
    ALL_DAY,
    NOTHING,
    Appointment,
    Clinician,
    Due,
    Office,
    Patient,
    PatientWeek,
    Problem,
    Section,
)  # fmt: skip
from scheduling.planner.proposals import unmet_of
from scheduling.planner.repairing import Absent, Cancelled, Closed, Event, Gone, after, repair
from scheduling.planner.swapping import near
from scheduling.planner.week import Planning
from tests.scheduling.planner.crowded import SEEDS, clinic


def events(seed: int, problem: Problem) -> list[Event]:
    rng = random.Random(f"events {seed}")
    day = rng.choice(problem.sections).day
    possible: list[Event] = [
        Absent(rng.choice(problem.clinicians).id, (day,)),
        Absent(rng.choice(problem.clinicians).id, tuple(range(7)), ((600, 720),)),
        Cancelled(rng.choice(problem.sections).id),
        Gone(rng.choice(problem.patients).id),
        Closed(day),
        Closed(day, ((540, 660),)),
    ]
    return rng.sample(possible, rng.randint(1, 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_repaired_week_breaks_no_rule(seed: int) -> None:
    problem, week = clinic(seed)
    happened = events(seed, problem)
    assert check(after(problem, happened), repair(problem, week, happened).week) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_repair_never_touches_who_lost_nothing(seed: int) -> None:
    problem, week = clinic(seed)
    happened = events(seed, problem)
    repaired = repair(problem, week, happened)
    gone = {one.patient for one in happened if isinstance(one, Gone)}
    assert set(repaired.week) == set(week) - gone
    assert all(repaired.week[pk] == week[pk] for pk in repaired.week if pk not in repaired.touched)
    assert all(pk not in repaired.touched for pk in gone)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_repair_says_who_lacks_something_now(seed: int) -> None:
    problem, week = clinic(seed)
    happened = events(seed, problem)
    now, repaired = after(problem, happened), repair(problem, week, happened)
    for pk in repaired.touched:
        lacks = unmet_of(now, now.by_patient[pk], repaired.week[pk])
        assert repaired.unmet.get(pk) == (lacks or None)


def test_a_session_of_someone_absent_goes_to_a_colleague_at_the_same_hour() -> None:
    sick, colleague = (
        Clinician(pk, frozenset({"individual"}), (ALL_DAY,) * 7, frozenset({"NJ"})) for pk in (1, 2)
    )
    group = Section(1, 1, 0, 540, 600, 60, 1, seats=5)
    free = ((1 << 132) - 1,) * 7
    one = Patient(1, free, 110, 1, 5, frozenset({1}), (Due("individual", 50),), primary=1)
    visit = Appointment("individual", 1, 0, 600, 650, 1)
    problem = Problem((group,), (sick, colleague), (Office(1, (ALL_DAY,) * 7),), (one,))
    repaired = repair(problem, {1: PatientWeek(frozenset({1}), (visit,))}, [Absent(1, (0, 1, 2, 3, 4, 5, 6))])
    assert repaired.touched == (1,) and not repaired.unmet
    (now,) = repaired.week[1].appointments
    assert (now.clinician, now.day, now.starts) == (2, 0, 600)


def test_a_closed_day_leaves_nothing_on_it() -> None:
    problem, week = clinic(3)
    day = problem.sections[0].day
    repaired = repair(problem, week, [Closed(day)])
    held = {problem.by_section[pk].day for mine in repaired.week.values() for pk in mine.sections}
    assert day not in held | {one.day for mine in repaired.week.values() for one in mine.appointments}


def test_the_thorough_way_starts_near_last_weeks_plan() -> None:
    problem, week = clinic(5)
    close = near(after(problem, [Cancelled(1)]), week)
    assert all(one.last == week[one.id] for one in close.patients)
    planning = Planning(close, 1)
    planning.improve(20)
    assert check(close, planning.week) == []


def test_nothing_happened() -> None:
    problem, week = clinic(7)
    assert repair(problem, week, []).week == week
    assert NOTHING not in [one for pk, one in week.items() if pk in repair(problem, week, []).touched]
