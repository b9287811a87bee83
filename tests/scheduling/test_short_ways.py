"""Ways for someone short: alone or two together, within seats, own hours and approvals, the best first."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.clock import Week
from patients.models import Authorization, Episode
from scheduling.covered_days import uncovered
from scheduling.models import TherapySession
from scheduling.short_ways import Short, ShortWay, share_out, ways_for_short, worth_offering
from tests import make

WEEK = Week(make.MONDAY)
THURSDAY, FRIDAY, SATURDAY = (make.MONDAY + timedelta(days=n) for n in (3, 4, 5))
db = pytest.mark.django_db


def ways(of: Episode, minutes: int = 60, **fields: Any) -> list[ShortWay]:
    return ways_for_short([Short(of, WEEK, minutes, **fields)], make.NOW)[of.pk]


def titles(found: list[ShortWay]) -> list[str]:
    return ["+".join(session.title for session in way.sessions) for way in found]


@db
def test_what_reaches_the_hours_comes_first_and_pairs_only_where_one_is_not_enough() -> None:
    make.session(day=FRIDAY, title="A", minutes=60)
    make.session(day=FRIDAY, starts=time(11), title="B", minutes=50)
    make.session(day=SATURDAY, title="C", minutes=100, break_minutes=10)
    found = ways(make.episode(), 80)
    assert titles(found)[:2] == ["C", "A+B"]
    assert [way.still_short_minutes for way in found[:2]] == [0, 0]
    assert set(titles(found)[2:]) == {"A", "B"}
    assert not any("C+" in title or "+C" in title for title in titles(found))


@db
def test_of_two_that_reach_the_one_without_an_extra_trip_is_first() -> None:
    ana = make.episode()
    make.booking(make.session(day=SATURDAY, starts=time(13)), ana)
    make.session(day=FRIDAY, title="Friday")
    make.session(day=SATURDAY, title="Saturday")
    found = ways(ana)
    assert titles(found) == ["Saturday", "Friday"] and [way.extra_trips for way in found] == [0, 1]


@db
def test_as_many_sessions_as_it_takes_make_one_way() -> None:
    for day, title in ((THURSDAY, "A"), (FRIDAY, "B"), (SATURDAY, "C")):
        make.session(day=day, title=title, minutes=60)
    found = ways(make.episode(), 170)
    assert titles(found)[0] == "A+B+C"
    assert found[0].still_short_minutes == 0


@db
def test_a_long_session_or_one_much_later_that_day_is_a_way_all_the_same() -> None:
    ana = make.episode()
    make.booking(make.session(day=FRIDAY, starts=time(9), title="Mine"), ana)
    make.session(day=FRIDAY, starts=time(17), title="Evening", minutes=240)
    (way,) = ways(ana, 50)
    assert (titles([way]), way.extra_trips, way.minutes) == (["Evening"], 0, 240)


@db
def test_by_video_costs_no_trip_and_comes_before_what_does() -> None:
    ana = make.episode()
    make.consent(ana.patient, kind="telehealth")
    make.session(day=FRIDAY, title="On site")
    video = make.session(day=SATURDAY, title="Video", mode="video", room=None)
    make.license_of(video.lead)
    found = ways(ana)
    assert titles(found) == ["Video", "On site"]
    assert [way.extra_trips for way in found] == [0, 1]


@db
def test_two_sessions_that_overlap_are_no_pair() -> None:
    make.session(day=FRIDAY, title="A", minutes=40)
    make.session(day=FRIDAY, starts=time(9, 30), title="B", minutes=40)
    assert titles(ways(make.episode(), 80)) == ["A", "B"]


@db
def test_nothing_that_is_not_for_this_person_or_this_week() -> None:
    ana = make.episode()
    make.unavailable(ana.patient)
    make.session(day=THURSDAY, title="At work")
    make.session(day=FRIDAY, kind="medication", capacity=4)
    make.session(day=FRIDAY, counts_toward_hours=False)
    make.session(day=FRIDAY, mode="video")
    make.session(make.other_site(), day=FRIDAY)
    make.session(day=make.MONDAY + timedelta(days=7))
    make.session(day=make.NOW.date(), title="Begun")
    make.session(day=FRIDAY, group=make.group(make.track(name="Teens", oldest_age=17), weekday=4))
    make.session(day=FRIDAY, group=make.group(make.track(name="SUD", is_part2=True), weekday=4))
    make.booking(make.session(day=FRIDAY, capacity=2, title="There already"), ana)
    assert ways(ana) == []


@db
def test_a_seat_that_is_held_or_promised_is_no_way() -> None:
    held = make.session(day=FRIDAY, group=make.group(weekday=4, capacity=1), capacity=1)
    make.make_up_offer(make.episode(), [held])
    group = make.group(weekday=5, capacity=1)
    make.session(day=SATURDAY, group=group, capacity=1)
    make.offer(make.waiting(make.episode(), group))
    assert ways(make.episode()) == []


@db
def test_what_goes_beyond_the_authorization_is_marked_and_comes_last() -> None:
    ana = make.episode()
    make.authorization(make.coverage(ana.patient), units=10, to_on=FRIDAY)
    make.session(day=SATURDAY, title="Saturday", minutes=60)
    make.session(day=FRIDAY, title="Friday", minutes=30)
    found = ways(ana)
    assert titles(found) == ["Friday", "Saturday"]
    assert [way.uncovered for way in found] == [(), (SATURDAY,)]
    assert worth_offering(found) == [found[0]]


@db
def test_a_day_of_care_that_is_used_already_takes_no_further_unit() -> None:
    ana = make.episode()
    make.authorization(make.coverage(ana.patient), units=1)
    make.session(day=FRIDAY, title="Friday")
    make.session(day=SATURDAY, title="Saturday")
    found = ways(ana, care_days=frozenset({FRIDAY}))
    assert [(titles([way])[0], way.is_covered) for way in found] == [("Friday", True), ("Saturday", False)]


def approved(units: int, from_on: date = make.MONDAY, to_on: date = SATURDAY) -> Authorization:
    return Authorization(units_approved=units, from_on=from_on, to_on=to_on)


@pytest.mark.parametrize(
    ("approvals", "care", "asked", "left_out"),
    [
        ([], [], [FRIDAY], []),
        ([approved(1)], [], [FRIDAY], []),
        ([approved(1)], [], [FRIDAY, SATURDAY], [SATURDAY]),
        ([approved(1)], [THURSDAY], [FRIDAY], [FRIDAY]),
        ([approved(1)], [FRIDAY], [FRIDAY], []),
        ([approved(9, to_on=THURSDAY)], [], [FRIDAY], [FRIDAY]),
        ([approved(1), approved(2)], [THURSDAY], [FRIDAY], []),
        ([approved(1, from_on=FRIDAY)], [THURSDAY], [FRIDAY], []),
    ],
)
def test_days_beyond_the_approval(
    approvals: list[Authorization], care: list[date], asked: list[date], left_out: list[date]
) -> None:
    assert uncovered(asked, approvals, care) == left_out


@db
def test_however_many_people_the_queries_are_the_same() -> None:
    for n in range(4):
        make.session(day=FRIDAY, starts=time(9 + n))
    people = []
    counts = []
    for _ in range(8):
        ana = make.episode()
        make.authorization(make.coverage(ana.patient))
        people.append(Short(ana, WEEK, 60))
        if len(people) in (1, 8):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                ways_for_short(people, make.NOW)
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


def way(*pks: int, free: int = 1, minutes: int = 60) -> ShortWay:
    sessions = tuple(
        TherapySession(pk=pk, starts_at=make.NOW, ends_at=make.NOW + timedelta(hours=1)) for pk in pks
    )
    return ShortWay(sessions, (free,) * len(pks), minutes, 60)


def keys(given: dict[int, list[ShortWay]]) -> dict[int, list[str]]:
    return {pk: [one.key for one in ways] for pk, ways in given.items()}


def test_seats_are_shared_out_in_turns() -> None:
    both = [way(1), way(2), way(3)]
    assert keys(share_out({7: both, 8: both})) == {7: ["1", "3"], 8: ["2"]}
    assert keys(share_out({7: [way(1, 2)], 8: [way(2), way(3)]})) == {7: ["1-2"], 8: ["3"]}
    assert keys(share_out({7: [way(1, 2), way(2, 3)]})) == {7: ["1-2", "2-3"]}
    assert keys(share_out({7: [way(1)], 8: [way(1)]})) == {7: ["1"], 8: []}


def test_one_press_offers_three_that_reach_or_the_best_that_does_not() -> None:
    assert [one.key for one in worth_offering([way(1), way(2), way(3), way(4)])] == ["1", "2", "3"]
    assert [one.key for one in worth_offering([way(1), way(2, minutes=20)])] == ["1"]
    assert [one.key for one in worth_offering([way(1, minutes=40), way(2, minutes=20)])] == ["1"]
    assert worth_offering([]) == []
