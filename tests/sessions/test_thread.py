"""The golden thread, purely: what is planned, what happened, what is named, and where it breaks."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from sessions.thread import Aim, Facts, Held, Named, Planned, breaks, strands

DAY = date(2026, 10, 21)
THREAD = uuid4()
GROUP = Planned("Group", "3 times a week", "group", 3)
NOTED = {THREAD: Named(4, DAY - timedelta(days=2))}


def aim(*services: Planned, is_open: bool = True, thread: UUID = THREAD) -> Aim:
    return Aim(7, "1.1", "One planned thing a day", thread, is_open, services)


def facts(*held: Held, **fields: Any) -> Facts:
    usual = {
        "day": DAY,
        "began_on": DAY - timedelta(days=60),
        "review_due_on": DAY + timedelta(days=5),
        "aims": (aim(),),
        "named": NOTED,
    }
    return Facts(held=held, **usual | fields)


def came(days_ago: int, kind: str = "group", title: str = "DBT skills", attended: bool = True) -> Held:
    return Held(DAY - timedelta(days=days_ago), kind, title, attended)


@pytest.mark.parametrize(
    ("planned", "days", "expected"),
    [
        (GROUP, 28, 12),
        (GROUP, 90, 12),
        (GROUP, 13, 3),
        (GROUP, 6, 0),
        (Planned("x", "", "family", 1, 2), 28, 2),
        (Planned("x", "", "family", 1, 3), 28, 1),
        (Planned("x", "", "family", 1, 4), 28, 1),
        (Planned("x", "", "family", 1, 1, "month"), 28, 1),
        (Planned("x", "", "family", 1, 1, "month"), 27, 0),
        (Planned("x", "", "family", 2, 1, "month"), 14, 1),
        (Planned("x", "", "family", 1, 2, "month"), 28, 0),
    ],
)
def test_how_many_fall_due(planned: Planned, days: int, expected: int) -> None:
    assert planned.expected_in(days) == expected


@pytest.mark.parametrize(
    ("named", "kind", "title", "met"),
    [
        ("", "group", "Anything", True),
        ("", "family", "Anything", False),
        ("DBT skills", "group", " dbt Skills", True),
        ("DBT skills", "group", "CBT skills", False),
    ],
)
def test_a_session_meets_a_service_by_kind_and_by_group_where_one_is_named(
    named: str, kind: str, title: str, met: bool
) -> None:
    assert Planned("x", "", "group", 1, group_name=named).is_met_by(kind, title) is met


def delivery(*held: Held, **fields: Any) -> Any:
    return strands(facts(*held, aims=(aim(GROUP),), **fields))[0].deliveries[0]


def test_four_weeks_count_today_the_first_day_and_no_longer() -> None:
    held = [came(days) for days in (0, 27, 28)] + [came(3, attended=False), came(3, kind="family")]
    assert delivery(*held).delivered == 2


def test_a_young_version_is_asked_for_its_own_days_only() -> None:
    young = delivery(came(3), came(20), began_on=DAY - timedelta(days=7))
    assert (young.expected, young.delivered) == (3, 1)


def test_what_is_booked_ahead_is_counted_with_the_next_day() -> None:
    found = delivery(came(-9, attended=False), came(-2, attended=False), came(5, attended=False))
    assert (found.ahead, found.next_on) == (2, DAY + timedelta(days=2))


@pytest.mark.parametrize(("times", "short"), [(8, True), (9, False), (12, False)])
def test_three_of_four_are_enough(times: int, short: bool) -> None:
    found = facts(*[came(n) for n in range(times)], aims=(aim(GROUP),))
    assert [one.rule for one in breaks(found)] == (["frequency"] if short else [])


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({}, []),
        ({"review_due_on": DAY}, []),
        ({"review_due_on": DAY - timedelta(days=1)}, ["review"]),
        ({"diagnoses_without_problem": ("F41.1 Anxiety", "F10.20 Alcohol")}, ["diagnosis", "diagnosis"]),
        ({"signed_without_objective": 1}, ["note"]),
        ({"named": {THREAD: Named(1, DAY - timedelta(days=14))}}, []),
        ({"named": {THREAD: Named(1, DAY - timedelta(days=15))}}, ["quiet"]),
        ({"named": {}}, ["quiet"]),
        ({"named": {}, "began_on": DAY - timedelta(days=14)}, []),
        ({"named": {}, "aims": (aim(GROUP, is_open=False),)}, []),
        ({"aims": ()}, []),
    ],
)
def test_what_is_broken(fields: dict[str, Any], rules: list[str]) -> None:
    assert [one.rule for one in breaks(facts(**fields))] == rules


def test_breaks_say_what_and_how_long() -> None:
    late = facts(review_due_on=DAY - timedelta(days=3), signed_without_objective=2, named={})
    assert [one.words for one in breaks(late)] == [
        "The review was due 3 days ago.",
        "2 signed notes name no objective.",
        "Objective 1.1 has no note in 60 days.",
    ]
