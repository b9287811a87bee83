"""Rules of measures: whom each asks, a site's own word, the first schedule, age, what is off."""

import importlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps

from patients.measure_rules import Person, Rule, codes_asked, rules_at
from patients.measures_due import Asked, Stay, due_of
from patients.models import MeasureRule
from patients.scoring import load_instruments
from tests import make
from tests.make import MONDAY

WEEK = timedelta(weeks=1)
ADULT, TEEN, CHILD = date(1990, 1, 1), date(2010, 1, 1), date(2017, 1, 1)
BOTH = ["phq9", "gad7"]


@pytest.fixture
def schedule(db: None) -> Any:
    """The seeded rows, whatever tests before have left."""
    MeasureRule.objects.all().delete()
    importlib.import_module("patients.migrations.0022_a_first_schedule_of_measures").seed(apps, None)
    return rules_at(make.site())


@pytest.mark.parametrize(
    ("rule", "person", "asked"),
    [
        (Rule("phq9", "weekly"), Person(ADULT), True),
        (Rule("pcl5", "weekly", "diagnosis", "F43.1"), Person(ADULT, ["F43.12"]), True),
        (Rule("pcl5", "weekly", "diagnosis", "F43.1"), Person(ADULT, ["F43.2"]), False),
        (Rule("pcl5", "weekly", "diagnosis", "F4"), Person(ADULT, ["F33.1", "F41.1"]), True),
        (Rule("pcl5", "weekly", "diagnosis", "F4"), Person(ADULT), False),
        (Rule("bam_iop", "weekly", "substance_use"), Person(ADULT, is_substance_use=True), True),
        (Rule("bam_iop", "weekly", "substance_use"), Person(ADULT, ["F10.20"]), False),
        (Rule("wsas", "weekly", "level", level_id=3), Person(ADULT, level_id=3), True),
        (Rule("wsas", "weekly", "level", level_id=3), Person(ADULT, level_id=4), False),
        (Rule("wsas", "weekly", "level", level_id=3), Person(ADULT), False),
        (Rule("phq9", "weekly"), Person(TEEN), True),
        (Rule("phq9", "weekly"), Person(CHILD), False),
        (Rule("pcl5", "weekly"), Person(TEEN), False),
    ],
)
def test_whom_a_rule_asks(rule: Rule, person: Person, asked: bool) -> None:
    assert bool(codes_asked([rule], person, MONDAY)) is asked


def test_someone_with_many_diagnoses_is_asked_each_measure_once() -> None:
    rules = [Rule("phq9", "weekly", "diagnosis", prefix) for prefix in ("F3", "F33", "F41", "F43", "F6")]
    codes = ["F33.1", "F41.1", "F43.10", "F60.3", "F50.2", "F10.20", "F90.0", "F42.2"]
    assert codes_asked([*rules, Rule("phq9", "weekly")], Person(ADULT, codes), MONDAY) == ["phq9"]


@pytest.mark.parametrize(
    ("moment", "person", "codes"),
    [
        ("weekly", Person(ADULT), {"phq9", "gad7"}),
        ("weekly", Person(ADULT, is_substance_use=True), {"phq9", "gad7", "bam_iop"}),
        ("weekly", Person(ADULT, ["G89.29"]), {"phq9", "gad7", "peg"}),
        ("intake", Person(ADULT), {"phq9", "gad7", "asq"}),
        ("intake", Person(ADULT, ["F41.0"]), {"phq9", "gad7", "asq", "phq_panic"}),
        ("intake", Person(ADULT, ["F50.2"]), {"phq9", "gad7", "asq", "phq_eating"}),
        ("intake", Person(ADULT, ["F43.12"]), {"phq9", "gad7", "asq", "pcl5"}),
        ("intake", Person(TEEN, ["F43.12"]), {"phq9", "gad7", "asq"}),
        ("intake", Person(ADULT, is_substance_use=True), {"phq9", "gad7", "asq", "bam", "audit_c"}),
        ("intake", Person(ADULT, ["F10.20"]), {"phq9", "gad7", "asq", "audit_c"}),
        ("four_weekly", Person(ADULT), set()),
        ("four_weekly", Person(ADULT, ["F43.10"]), {"pcl5"}),
        ("discharge", Person(ADULT, ["F43.10"]), {"phq9", "gad7", "asq", "pcl5"}),
        ("discharge", Person(ADULT, ["F42.2", "F31.81", "F51.01"]), {"phq9", "gad7", "asq"}),
    ],
)
def test_the_first_schedule(schedule: Any, moment: str, person: Person, codes: set[str]) -> None:
    assert set(codes_asked(schedule.get(moment, []), person, MONDAY)) == codes


def test_the_first_schedule_asks_nothing_that_has_no_words(schedule: Any) -> None:
    asked = {rule.instrument_code for rules in schedule.values() for rule in rules}
    assert all(load_instruments()[code].has_text for code in asked)
    off = set(MeasureRule.objects.filter(is_active=False).values_list("instrument_code", flat=True))
    assert off
    assert not any(load_instruments()[code].has_text for code in off)


@pytest.mark.django_db
def test_a_sites_own_rule_stands_in_the_place_of_everyones() -> None:
    MeasureRule.objects.all().delete()
    here, elsewhere = make.site(), make.other_site()
    make.measure_rule("phq9")
    make.measure_rule("phq9", site=here, is_active=False)
    make.measure_rule("peg", site=here)
    asked = {
        site: [rule.instrument_code for rule in rules_at(site).get("weekly", [])]
        for site in (here, elsewhere)
    }
    assert asked == {here: ["peg"], elsewhere: ["phq9"]}


@pytest.mark.django_db
def test_what_the_clinic_has_switched_off_is_not_asked(settings: Any) -> None:
    MeasureRule.objects.all().delete()
    make.measure_rule("phq9")
    make.measure_rule("gad7")
    settings.INSTRUMENTS_OFF = ["gad7"]
    assert [rule.instrument_code for rule in rules_at(make.site())["weekly"]] == ["phq9"]


RULES = {
    "intake": [Rule("phq9", "intake"), Rule("pcl5", "intake", "diagnosis", "F43.1")],
    "weekly": [Rule("phq9", "weekly"), Rule("gad7", "weekly")],
    "four_weekly": [Rule("pcl5", "four_weekly")],
    "discharge": [Rule("phq9", "discharge"), Rule("asq", "discharge")],
}
THURSDAY, FRIDAY = MONDAY + timedelta(days=3), MONDAY + timedelta(days=4)


def stay(**fields: Any) -> Stay:
    return Stay(**({"patient_id": 1, "person": Person(ADULT), "admitted_on": MONDAY - 3 * WEEK} | fields))


def due(
    whom: Stay, *asked: Asked, day: date = THURSDAY, first: date | None = None
) -> set[tuple[str, str, date]]:
    found = due_of(whom, RULES, asked, day, make.week_of(MONDAY), first)
    return {(one.instrument_code, one.moment, one.due_on) for one in found}


def known(code: str, due_on: date, moment: str = "weekly", state: str = "due") -> Asked:
    return Asked(code, due_on, moment, state, make.week_of(due_on).starts_on if moment else None)


WEEKLY = {("phq9", "weekly", MONDAY), ("gad7", "weekly", MONDAY)}
LEAVING = {"expected_end_on": MONDAY + timedelta(days=9)}
CASES: list[tuple[str, Stay, tuple[Asked, ...], dict[str, Any], set[tuple[str, str, date]]]] = [
    ("weekly ones on the first day of the week", stay(), (), {}, WEEKLY),
    ("on the day of the first session", stay(), (), {"first": FRIDAY}, {(c, "weekly", FRIDAY) for c in BOTH}),
    ("not twice a week", stay(), (known("phq9", MONDAY), known("gad7", FRIDAY)), {}, set()),
    (
        "what was asked by hand counts",
        stay(),
        (known("phq9", FRIDAY, ""),),
        {},
        WEEKLY - {("phq9", "weekly", MONDAY)},
    ),
    (
        "last week's does not",
        stay(),
        (known("phq9", MONDAY - WEEK), known("gad7", MONDAY - WEEK)),
        {},
        WEEKLY,
    ),
    (
        "a missed one is not asked again",
        stay(),
        (known("phq9", MONDAY, state="missed"), known("gad7", MONDAY)),
        {},
        set(),
    ),
    (
        "every fourth week besides",
        stay(admitted_on=MONDAY - 4 * WEEK),
        (),
        {},
        WEEKLY | {("pcl5", "four_weekly", MONDAY)},
    ),
    (
        "the fourth from the week of admission",
        stay(admitted_on=MONDAY - 4 * WEEK - timedelta(days=3)),
        (),
        {},
        WEEKLY | {("pcl5", "four_weekly", MONDAY)},
    ),
    (
        "intake in the first days",
        stay(admitted_on=FRIDAY - WEEK),
        (known("gad7", MONDAY),),
        {},
        {("phq9", "intake", THURSDAY)},
    ),
    ("weekly waits for a whole week", stay(admitted_on=THURSDAY), (), {}, {("phq9", "intake", THURSDAY)}),
    (
        "intake by diagnosis",
        stay(admitted_on=THURSDAY, person=Person(ADULT, ["F43.10"])),
        (known("phq9", THURSDAY, "intake"),),
        {},
        {("pcl5", "intake", THURSDAY)},
    ),
    (
        "a baseline two weeks old will do",
        stay(admitted_on=THURSDAY),
        (known("phq9", MONDAY - WEEK, ""),),
        {},
        set(),
    ),
    (
        "an older one will not",
        stay(admitted_on=THURSDAY),
        (known("phq9", MONDAY - 2 * WEEK, ""),),
        {},
        {("phq9", "intake", THURSDAY)},
    ),
    (
        "nor one that was missed",
        stay(admitted_on=THURSDAY),
        (known("phq9", MONDAY - WEEK, "intake", "missed"),),
        {},
        {("phq9", "intake", THURSDAY)},
    ),
    (
        "someone accepted",
        stay(admitted_on=None, accepted_since_on=MONDAY - WEEK),
        (),
        {},
        {("phq9", "intake", THURSDAY)},
    ),
    (
        "is asked once on the way in",
        stay(admitted_on=None, accepted_since_on=MONDAY - 4 * WEEK),
        (known("phq9", MONDAY - 2 * WEEK, "intake", "missed"),),
        {},
        set(),
    ),
    (
        "a week before the planned end",
        stay(**LEAVING),
        (),
        {},
        {("phq9", "discharge", THURSDAY), ("asq", "discharge", THURSDAY), ("gad7", "weekly", MONDAY)},
    ),
    (
        "on a session still to come",
        stay(**LEAVING),
        (known("gad7", MONDAY),),
        {"first": FRIDAY},
        {("phq9", "discharge", FRIDAY), ("asq", "discharge", FRIDAY)},
    ),
    ("not before that", stay(expected_end_on=MONDAY + timedelta(days=11)), (), {}, WEEKLY),
    (
        "once for this end",
        stay(expected_end_on=MONDAY + timedelta(days=1)),
        (
            known("asq", MONDAY - timedelta(days=3), "discharge"),
            known("phq9", MONDAY - WEEK),
            known("gad7", MONDAY),
        ),
        {},
        {("phq9", "discharge", THURSDAY)},
    ),
    (
        "again when the end has moved",
        stay(admitted_on=MONDAY - 9 * WEEK, **LEAVING),
        (known("asq", MONDAY - 3 * WEEK, "discharge"), known("phq9", MONDAY), known("gad7", MONDAY)),
        {},
        {("asq", "discharge", THURSDAY)},
    ),
    (
        "who has left is asked for the end only",
        stay(ended_on=MONDAY + timedelta(days=1)),
        (),
        {"first": FRIDAY},
        {("phq9", "discharge", THURSDAY), ("asq", "discharge", THURSDAY)},
    ),
]


@pytest.mark.parametrize(("_words", "whom", "asked", "when", "found"), CASES, ids=[case[0] for case in CASES])
def test_what_comes_due(
    _words: str, whom: Stay, asked: tuple[Asked, ...], when: dict[str, Any], found: set[tuple[str, str, date]]
) -> None:
    assert due(whom, *asked, **when) == found
