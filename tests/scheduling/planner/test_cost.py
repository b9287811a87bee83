"""Points of one person's week, part by part."""

from dataclasses import replace

import pytest

from scheduling.planner.cost import cost_of, minutes_of
from scheduling.planner.problem import (
    NOTHING,
    Appointment,
    Clinician,
    Due,
    Mode,
    Patient,
    PatientWeek,
    Problem,
    Section,
    ticks,
)

OPEN = (ticks(8 * 60, 20 * 60),) * 5 + (0, 0)
SECTIONS = tuple(
    Section(pk, pk, day, starts * 60, starts * 60 + 60, 60, track=1, seats=9, topic="a" if pk == 1 else "")
    for pk, day, starts in ((1, 0, 9), (2, 0, 10), (3, 1, 9), (4, 2, 9), (5, 0, 12))
)
THERAPISTS = tuple(Clinician(pk, frozenset({"individual"}), OPEN, crowded=pk == 2) for pk in (1, 2))
PERSON = Patient(
    id=1, free=OPEN, goal_minutes=230, least_days=2, most_days=3, tracks=frozenset({1}),
    due=(Due("individual", 50),), primary=1, core="a",
)  # fmt: skip
VISIT = Appointment("individual", 1, 0, 11 * 60, 11 * 60 + 50, 1)
FULL = PatientWeek(frozenset({1, 2, 3}), (VISIT,))
ALONE = replace(FULL, appointments=(replace(VISIT, day=4),))  # a trip for nothing that counts


@pytest.mark.parametrize(
    ("part", "points", "week", "changes"),
    [
        ("below", 2000, PatientWeek(frozenset({1, 3}), (VISIT,)), {}),
        ("below", 2000, replace(FULL, sections=frozenset({1, 2, 5})), {}),
        ("below", 4000, PatientWeek(frozenset({1, 3}), (VISIT,)), {"weight": 2.0}),
        ("short", 180, PatientWeek(frozenset({1, 3}), (VISIT,)), {}),
        ("short", 60, PatientWeek(frozenset({1, 3}), (VISIT,)), {"credit_minutes": 40}),
        ("missing", 1000, PatientWeek(frozenset({1, 2, 3})), {}),
        ("missing", 500, FULL, {"due": (Due("individual", 50), Due("nutrition", 30))}),
        ("core", 300, FULL, {"core": "b"}),
        ("core", 0, FULL, {"core": ""}),
        ("therapist", 60, FULL, {"primary": 2}),
        ("therapist", 0, FULL, {"primary": None}),
        ("therapist", 25, replace(FULL, appointments=(replace(VISIT, clinician=2),)), {"primary": None}),
        ("therapist", 10, FULL, {"primary": None, "likes": frozenset({2})}),
        ("moved", 15, FULL, {"last": PatientWeek(appointments=(replace(VISIT, day=1),))}),
        ("moved", 0, FULL, {"last": PatientWeek(appointments=(VISIT,))}),
        ("idle", 24, PatientWeek(frozenset({1, 3, 5, 2})), {}),
        ("idle", 4, replace(FULL, sections=frozenset({1, 2, 3, 5})), {}),
        ("dropped", 10, FULL, {"last": PatientWeek(frozenset({3, 4}))}),
        ("days", 8, replace(FULL, sections=frozenset({1, 2, 3, 4})), {}),
        ("days", 8, ALONE, {"due": (Due("individual", 50, counts=False),), "goal_minutes": 180}),
        ("over", 4, replace(FULL, sections=frozenset({1, 2, 3, 4})), {}),
        ("wishes", 20, FULL, {"not_before": 9 * 60 + 30}),
        ("wishes", 10, FULL, {"home_by": 11 * 60}),
        ("wishes", 4, FULL, {"likes_mode": Mode.VIDEO}),
    ],
)  # fmt: skip
def test_a_part_of_the_cost_is_as_the_table_says(
    part: str, points: float, week: PatientWeek, changes: dict[str, object]
) -> None:
    person = replace(PERSON, **changes)  # type: ignore[arg-type]
    problem = Problem(SECTIONS, THERAPISTS, (), (person,))
    assert getattr(cost_of(problem, person, week), part) == pytest.approx(points)


def test_a_week_that_has_everything_costs_nothing() -> None:
    problem = Problem(SECTIONS, THERAPISTS, (), (PERSON,))
    assert cost_of(problem, PERSON, FULL).total == 0


def test_coverage_is_what_the_prescription_lacks() -> None:
    problem = Problem(SECTIONS, THERAPISTS, (), (PERSON,))
    parts = cost_of(problem, PERSON, NOTHING)
    assert parts.coverage == parts.total == 2000 + 3 * 230 + 1000 + 300


def test_credit_of_the_past_days_counts_toward_the_hours() -> None:
    person = replace(PERSON, credit_minutes=60)
    problem = Problem(SECTIONS, THERAPISTS, (), (person,))
    assert minutes_of(problem, person, FULL) == 290
