"""Small crowded clinics for the tests of the planner: seeded, with too few seats and hours for everyone."""

import random
from dataclasses import replace
from functools import cache

from scheduling.planner.check import check
from scheduling.planner.left import Left
from scheduling.planner.problem import (
    ALL_DAY,
    DAYS,
    Clinician,
    DayRule,
    Due,
    Mode,
    Office,
    Patient,
    PatientWeek,
    Problem,
    Section,
    free_except,
    ticks,
)  # fmt: skip
from scheduling.planner.proposals import left_without
from scheduling.planner.search import Search

STARTS = (540, 600, 605, 660, 780, 840, 1050, 1110)
SEEDS = range(40)


@cache
def clinic(seed: int) -> tuple[Problem, dict[int, PatientWeek]]:
    """A problem and a week in which each person in turn took the best of what was left."""
    rng = random.Random(seed)
    days = rng.sample(range(5), 3)
    problem = Problem(
        sections=tuple(_section(rng, pk, days) for pk in range(1, rng.randint(7, 13))),
        clinicians=tuple(_clinician(rng, pk, days) for pk in range(1, rng.randint(3, 4))),
        offices=tuple(Office(pk, _free(rng, days)) for pk in range(1, rng.randint(2, 3))),
        patients=tuple(_patient(rng, pk, days) for pk in range(1, rng.randint(5, 8))),
        starts_every=30,
        most_over=60,
    )
    week = planned(problem)
    assert not check(problem, week)
    return problem, week


def planned(problem: Problem) -> dict[int, PatientWeek]:
    week: dict[int, PatientWeek] = {}
    for one in problem.patients:
        week[one.id] = Search(problem, one).best(left_without(problem, week, one)).week
    return week


def newcomer(seed: int, problem: Problem) -> Patient:
    rng = random.Random(f"new {seed}")
    days = sorted({one.day for one in problem.sections})
    return replace(_patient(rng, 99, days), primary=None)


def with_person(problem: Problem, patient: Patient) -> Problem:
    others = tuple(one for one in problem.patients if one.id != patient.id)
    return replace(problem, patients=(*others, patient))


def everyone_else(problem: Problem, week: dict[int, PatientWeek], patient: Patient) -> Left:
    others = {pk: mine for pk, mine in week.items() if pk != patient.id}
    return Left(problem, {**others, patient.id: patient.kept})


def _section(rng: random.Random, pk: int, days: list[int]) -> Section:
    starts, lasts = rng.choice(STARTS), rng.choice((50, 60, 60, 90))
    topic = rng.choice(("", "", "core", "skills"))
    mode = rng.choice((Mode.IN_PERSON, Mode.IN_PERSON, Mode.VIDEO))
    states = frozenset(rng.sample(("NJ", "PA"), rng.randint(1, 2)))
    day, track, seats = rng.choice(days), rng.choice((1, 1, 2)), rng.choice((1, 2, 3))
    return Section(pk, pk, day, starts, starts + lasts, lasts, track, seats, mode, topic, topic != "", states)


def _free(rng: random.Random, days: list[int]) -> tuple[int, ...]:
    masks = [0] * DAYS
    for day in days:
        starts = rng.choice((540, 600, 780))
        masks[day] = ticks(starts, starts + rng.choice((60, 180, 420)))
    return tuple(masks)


def _clinician(rng: random.Random, pk: int, days: list[int]) -> Clinician:
    kinds = frozenset({"individual"} if rng.random() < 0.5 else {"individual", "family"})
    free = _free(rng, days)
    spare = tuple(ticks(540, 1200) & ~mask if mask else 0 for mask in free)
    return Clinician(pk, kinds, free, frozenset(rng.sample(("NJ", "PA"), 1)), spare=spare)


def _patient(rng: random.Random, pk: int, days: list[int]) -> Patient:
    free = [0] * DAYS
    for day in days:
        busy = [(rng.choice((540, 660)), rng.choice((720, 840)))] if rng.random() < 0.4 else []
        free[day] = free_except(busy, ALL_DAY)
    due = [Due("individual", 50)] * (rng.random() < 0.8) + [Due("family", 50)] * (rng.random() < 0.3)
    least = rng.choice((1, 2))
    return Patient(
        id=pk,
        free=tuple(free),
        goal_minutes=rng.choice((120, 180, 240)),
        least_days=least,
        most_days=least + rng.choice((0, 1)),
        tracks=frozenset(rng.choice(((1,), (1, 2)))),
        due=tuple(due),
        rule=rng.choice((DayRule(), DayRule(), DayRule(100, 0), DayRule(0, 2))),
        modes=rng.choice((frozenset({Mode.IN_PERSON}), frozenset(Mode))),
        state=rng.choice(("NJ", "PA")),
        primary=rng.choice((None, 1, 2)),
        core=rng.choice(("", "core")),
        home_by=rng.choice((None, 900)),
    )
