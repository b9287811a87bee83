"""From weekly patterns to sessions: any number of times, over clock changes, around what is in the way."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.clock import at_local, zone
from iop_clinic.messages.models import Message
from scheduling.calendar import materialise, materialise_everywhere
from scheduling.models import (
    Absence,
    Booking,
    Closure,
    CoFacilitator,
    Enrollment,
    Facilitation,
    Group,
    Override,
    TherapySession,
)
from scheduling.moving import cancel_session
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db


def wall_times() -> set[str]:
    tz = zone("America/New_York")
    return {f"{s.starts_at.astimezone(tz):%a %H:%M}" for s in TherapySession.objects.all()}


@pytest.mark.parametrize(
    ("first", "change"), [(date(2026, 9, 21), date(2026, 11, 1)), (date(2027, 2, 1), date(2027, 3, 14))]
)
def test_twelve_weeks_start_at_nine_over_the_clock_change(first: date, change: date) -> None:
    make.group(weekday=0, starts=time(9), from_on=first)
    assert materialise(day=first, weeks=12) == 12
    assert wall_times() == {"Mon 09:00"}
    utc = {s.starts_at.hour for s in TherapySession.objects.all()}
    assert utc == {13, 14} and first < change < first + timedelta(weeks=12)


def test_a_second_run_makes_nothing() -> None:
    make.group()
    assert (materialise(day=make.MONDAY), materialise(day=make.MONDAY)) == (8, 0)


def test_a_later_run_adds_the_days_that_came_into_sight() -> None:
    make.group()
    materialise(day=make.MONDAY, weeks=8)
    assert materialise(day=make.MONDAY + timedelta(weeks=2), weeks=8) == 2


def test_a_group_meets_only_between_its_dates() -> None:
    make.group(from_on=date(2026, 10, 26), to_on=date(2026, 11, 2))
    assert materialise(day=make.MONDAY) == 2


def test_the_enrolled_are_booked_from_their_first_day_to_their_last() -> None:
    group, episode = make.group(), make.episode(make.portal_patient())
    place = make.enrollment(episode, group, date(2026, 10, 26))
    place.to_on = date(2026, 11, 9)
    place.save(update_fields=["to_on"])
    materialise(day=make.MONDAY, now=make.NOW)
    days = list(Booking.objects.values_list("session__occurs_on", flat=True))
    assert days == [date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9)]
    assert Message.objects.filter(kind="reminder").count() == 3


def test_nobody_is_booked_after_their_discharge() -> None:
    group, episode = make.group(), make.episode()
    make.enrollment(episode, group)
    type(episode).objects.filter(pk=episode.pk).update(ended_on=date(2026, 10, 26))
    materialise(day=make.MONDAY)
    assert Booking.objects.count() == 2


def test_one_who_is_elsewhere_then_is_left_out_and_the_others_are_booked() -> None:
    group = make.group()
    away, here = make.episode(), make.episode()
    for episode in (away, here):
        make.enrollment(episode, group)
    make.booking(make.session(day=make.MONDAY, starts=time(9, 30)), away)
    materialise(day=make.MONDAY, weeks=1)
    assert Booking.objects.filter(session__group=group).get().episode == here


def test_more_enrolled_than_seats_fill_the_seats_and_no_more() -> None:
    group = make.group(capacity=2)
    for _ in range(3):
        make.enrollment(make.episode(), group)
    materialise(day=make.MONDAY, weeks=1)
    session = TherapySession.objects.get()
    assert (session.booked_seats, session.bookings.count()) == (2, 2)


def test_a_day_on_which_the_room_is_taken_is_left_out_and_tried_again() -> None:
    room = make.room()
    blocker = make.session(day=make.MONDAY, room=room)
    make.group(room=room)
    assert materialise(day=make.MONDAY, weeks=2) == 1
    TherapySession.objects.filter(pk=blocker.pk).update(status="cancelled")
    assert materialise(day=make.MONDAY, weeks=2) == 1


def test_a_moved_session_still_fills_its_day_of_the_pattern() -> None:
    make.group(weekday=3)
    materialise(day=make.MONDAY, weeks=1)
    session = TherapySession.objects.get()
    move(actor=make.user(), session=session, starts_at=session.starts_at + timedelta(days=1), now=make.NOW)
    assert materialise(day=make.MONDAY, weeks=1) == 0


def test_a_cancelled_session_is_not_made_again() -> None:
    make.group(weekday=3)
    materialise(day=make.MONDAY, weeks=1)
    cancel_session(actor=make.user(), session=TherapySession.objects.get(), reason="Ill", now=make.NOW)
    assert materialise(day=make.MONDAY, weeks=1) == 0


def test_every_active_site_is_filled_from_its_own_today() -> None:
    make.group(room=make.room())
    elsewhere = make.other_site()
    make.group(make.track(elsewhere), room=make.room(elsewhere))
    assert materialise_everywhere(now=make.NOW) == 16
    assert materialise_everywhere(now=make.NOW) == 0


def test_a_track_that_rests_makes_no_sessions() -> None:
    make.group(make.track(is_active=False))
    assert materialise(day=make.MONDAY) == 0


def test_the_horizon_is_a_setting(settings: Any) -> None:
    settings.HORIZON_WEEKS = 3
    make.group()
    assert materialise(day=make.MONDAY) == 3


def test_a_session_that_would_have_begun_is_not_made() -> None:
    make.group(weekday=2, starts=time(9))
    later = make.group(weekday=2, starts=time(10))
    materialise(day=make.MONDAY, weeks=1, now=make.NOW)
    assert TherapySession.objects.get().group == later


def close(starts: time, ends: time, day: date = make.MONDAY, **fields: Any) -> Closure:
    tz_name = make.site().time_zone
    span = {"starts_at": at_local(day, starts, tz_name), "ends_at": at_local(day, ends, tz_name)}
    about = {"site": make.site(), "name": "Snow", "closed_by": make.user()}
    return Closure.objects.create(**(about | span | fields))


@pytest.mark.parametrize(
    ("starts", "ends", "made"),
    [
        (time(0), time(23, 59), 1),
        (time(9, 59), time(12), 1),
        (time(10), time(12), 2),
        (time(7), time(9), 2),
        (time(7), time(9, 1), 1),
    ],
)
def test_a_session_that_overlaps_a_closure_is_not_made(starts: time, ends: time, made: int) -> None:
    make.group()
    close(starts, ends)
    assert materialise(day=make.MONDAY, weeks=2) == made


def test_a_reopened_day_and_another_sites_closure_close_nothing() -> None:
    make.group()
    close(time(0), time(23), reopened_at=make.NOW)
    close(time(0), time(23), site=make.other_site())
    assert materialise(day=make.MONDAY, weeks=1) == 1


def test_a_reopened_day_is_filled_by_the_next_round() -> None:
    make.group()
    closure = close(time(0), time(23))
    assert materialise(day=make.MONDAY, weeks=1) == 0
    Closure.objects.filter(pk=closure.pk).update(reopened_at=make.NOW)
    assert materialise(day=make.MONDAY, weeks=1) == 1


def test_a_lead_on_leave_does_not_stop_the_session() -> None:
    group = make.group()
    Absence.objects.create(
        staff=group.lead, kind="vacation", recorded_by=group.lead,
        starts_at=make.NOW - timedelta(days=9), ends_at=make.NOW + timedelta(days=9),
    )  # fmt: skip
    assert materialise(day=make.MONDAY, weeks=1) == 1


def test_co_facilitators_come_along_and_one_who_leads_elsewhere_is_left_off_that_day() -> None:
    group, free, busy = make.group(), make.clinician(), make.clinician()
    for person in (group.lead, free, busy):
        CoFacilitator.objects.create(group=group, staff=person)
    make.session(day=make.MONDAY, lead=busy)
    materialise(day=make.MONDAY, weeks=2)
    beside = [
        set(s.facilitations.filter(is_lead=False).values_list("staff", flat=True))
        for s in group.sessions.all()
    ]
    assert beside == [{free.pk}, {free.pk, busy.pk}]
    assert Facilitation.objects.filter(session__group=group, is_lead=True, staff=group.lead).count() == 2


def test_an_allowed_exception_of_an_enrollment_stays_with_its_bookings() -> None:
    group, episode = make.group(), make.episode()
    override = Override.objects.create(
        rules=["patient_unavailable"], reason="Works from home", allowed_by=group.lead
    )
    Enrollment.objects.filter(pk=make.enrollment(episode, group).pk).update(override=override)
    materialise(day=make.MONDAY, weeks=2)
    assert set(Booking.objects.values_list("override", flat=True)) == {override.pk}


def queries_of(weeks: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert materialise(day=make.MONDAY, weeks=weeks, now=make.NOW - timedelta(days=9)) == weeks
    return len(captured)


def test_a_group_costs_as_many_statements_for_eight_weeks_of_twelve_people_as_for_one_of_one() -> None:
    small, large = make.group(), make.group(starts=time(14))
    make.enrollment(make.episode(make.portal_patient()), small)
    Group.objects.filter(pk=large.pk).update(to_on=make.MONDAY - timedelta(days=7))
    few = queries_of(1)
    for _ in range(12):
        make.enrollment(make.episode(make.portal_patient()), large)
    Group.objects.filter(pk=small.pk).update(to_on=make.MONDAY)
    Group.objects.filter(pk=large.pk).update(to_on=None)
    assert queries_of(8) == few


def test_a_round_with_nothing_to_make_asks_twice_however_many_groups() -> None:
    for hour in range(8, 16):
        make.group(starts=time(hour))
    materialise(day=make.MONDAY)
    with CaptureQueriesContext(connection) as captured:
        assert materialise(day=make.MONDAY) == 0
    assert len(captured) == 2
