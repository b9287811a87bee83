"""From weekly patterns to sessions: any number of times, over clock changes, around what is in the way."""

from datetime import date, time, timedelta

import pytest

from iop_clinic.clock import zone
from iop_clinic.messages.models import Message
from scheduling.booking import cancel_session, move_session
from scheduling.calendar import materialise, materialise_everywhere
from scheduling.models import Booking, TherapySession
from tests import make

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
    move_session(
        actor=make.user(), session=session, starts_at=session.starts_at + timedelta(days=1), now=make.NOW
    )
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
