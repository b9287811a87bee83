"""The checker: a sound week passes, and each rule is named when it alone is broken."""

from dataclasses import replace

import pytest

from scheduling.planner.check import check
from scheduling.planner.problem import (
    NOTHING,
    Appointment,
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
)

OPEN = (ticks(8 * 60, 20 * 60),) * 5 + (0, 0)
NJ = frozenset({"NJ"})


def section(pk: int, day: int, starts: int, **changes: object) -> Section:
    one = Section(pk, pk, day, starts * 60, starts * 60 + 60, 60, track=1, seats=2, states=NJ)
    return replace(one, **changes)  # type: ignore[arg-type]


PERSON = Patient(
    id=1,
    free=OPEN,
    goal_minutes=170,
    least_days=2,
    most_days=2,
    tracks=frozenset({1}),
    due=(Due("individual", 50),),
    rule=DayRule(minutes=60),
    modes=frozenset(Mode),
    state="NJ",
    core="a",
)
SECTIONS = (
    section(1, 0, 9, topic="a", once=True),
    section(2, 0, 10),
    section(3, 1, 9, topic="a", once=True),
    section(4, 1, 10),
    section(5, 1, 12, track=2),
    section(6, 1, 10, mode=Mode.VIDEO, states=frozenset({"PA"})),
    section(7, 1, 10, mode=Mode.VIDEO),
    section(8, 0, 13),
    section(9, 1, 14, ends=14 * 60 + 30, minutes=30),
    section(10, 2, 9),
    section(11, 0, 9, ends=9 * 60 + 30, minutes=30),
    section(12, 1, 9, ends=15 * 60, minutes=301),
)
CLINICIAN = Clinician(1, frozenset({"individual"}), OPEN, NJ)
PRESCRIBER = Clinician(2, frozenset({"medication"}), OPEN, frozenset({"PA"}))
VISIT = Appointment("individual", 1, 0, 11 * 60, 11 * 60 + 50, 1)
PROBLEM = Problem(SECTIONS, (CLINICIAN, PRESCRIBER), (Office(1, OPEN),), (PERSON,))
SOUND = PatientWeek(frozenset({1, 2, 4}), (VISIT,))


def week(*sections: int, visit: Appointment | None = VISIT) -> PatientWeek:
    return PatientWeek(frozenset(sections), () if visit is None else (visit,))


def moved(**changes: object) -> Appointment:
    return replace(VISIT, **changes)  # type: ignore[arg-type]


def test_a_sound_week_breaks_nothing() -> None:
    assert check(PROBLEM, {1: SOUND}) == []
    assert check(PROBLEM, {1: NOTHING}) == []


@pytest.mark.parametrize(
    ("rule", "mine", "changes"),
    [
        ("kept", week(2, 4), {"kept": PatientWeek(frozenset({1}))}),
        ("kept", week(1, 2, visit=None), {"kept": PatientWeek(appointments=(VISIT,))}),
        ("track", week(1, 2, 5), {}),
        ("mode", week(1, 2, 7), {"modes": frozenset({Mode.IN_PERSON})}),
        ("license", week(1, 2, 6), {}),
        ("unavailable", week(1, 2, 4), {"free": (free_except([(10 * 60, 10 * 60 + 5)], OPEN[0]), *OPEN[1:])}),
        ("unavailable", SOUND, {"free": (free_except([(11 * 60, 11 * 60 + 5)], OPEN[0]), *OPEN[1:])}),
        ("not due", SOUND, {"due": ()}),
        ("not due", week(1, 2, visit=moved(ends=11 * 60 + 45)), {}),
        ("credential", week(1, 2, visit=moved(clinician=2)), {}),
        ("mode", week(7, visit=moved(day=2)), {"modes": frozenset({Mode.VIDEO}), "rule": DayRule()}),
        ("license", week(visit=moved(office=None)), {"state": "PA", "rule": DayRule()}),
        ("start", week(1, 2, visit=moved(starts=11 * 60 + 5, ends=11 * 60 + 55)), {}),
        ("topic twice", week(1, 3, visit=None), {}),
        ("kind twice", PatientWeek(frozenset({1, 2, 4}), (VISIT, moved(day=1))), {}),
        ("two places", week(1, 11, visit=None), {}),
        ("gap", week(1, 2, 8, visit=None), {}),
        ("two modes", week(3, 7, visit=None), {}),
        ("long day", week(12, visit=None), {"goal_minutes": 240}),
        ("day rule", week(9, visit=None), {}),
        ("day rule", week(1, visit=None), {"rule": DayRule(services=2)}),
        ("days", week(1, 4, 10, visit=None), {}),
        ("days", week(1, 4, visit=None), {"credit_days": 1}),
        ("over", SOUND, {"goal_minutes": 100}),
        ("over", SOUND, {"credit_minutes": 120}),
    ],
)  # fmt: skip
def test_each_rule_of_a_person_is_named_when_it_alone_is_broken(
    rule: str, mine: PatientWeek, changes: dict[str, object]
) -> None:
    person = replace(PERSON, **changes)  # type: ignore[arg-type]
    found = check(replace(PROBLEM, patients=(person,)), {1: mine})
    assert [one.rule for one in found] == [rule]
    assert found[0].patient == 1


def other(pk: int) -> Patient:
    return replace(PERSON, id=pk)


@pytest.mark.parametrize(
    ("rule", "about", "weeks"),
    [
        ("seats", 1, {pk: week(1, visit=None) for pk in (1, 2, 4)}),
        ("apart", 2, {1: week(1, 2, visit=None), 3: week(2, visit=None)}),
        ("clinician busy", 1, {1: SOUND, 2: week(1, 2, visit=moved(office=2))}),
        ("office busy", 1, {1: SOUND, 2: week(1, 2, visit=moved(clinician=3))}),
        ("clinician busy", 1, {1: week(1, 2, visit=moved(starts=7 * 60 + 30, ends=8 * 60 + 20, office=2))}),
    ],
)
def test_each_shared_rule_is_named_when_it_alone_is_broken(
    rule: str, about: int, weeks: dict[int, PatientWeek]
) -> None:
    early = (ticks(7 * 60, 20 * 60),) * 5 + (0, 0)
    people = tuple(
        replace(one, free=early)
        for one in (PERSON, other(2), replace(other(3), apart=frozenset({1})), other(4))
    )
    problem = replace(
        PROBLEM,
        patients=people,
        clinicians=(CLINICIAN, PRESCRIBER, replace(CLINICIAN, id=3)),
        offices=(Office(1, OPEN), Office(2, early)),
    )
    found = check(problem, weeks)
    assert [(one.rule, one.about) for one in found] == [(rule, about)]


def test_what_is_kept_may_break_the_rules_it_was_made_under() -> None:
    kept = PatientWeek(frozenset({5, 9}), ())
    person = replace(PERSON, kept=kept, tracks=frozenset({9}))
    assert check(replace(PROBLEM, patients=(person,)), {1: kept}) == []
