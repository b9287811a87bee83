"""Moving and cancelling sessions, discharge, and what a patient says about one booking."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from iop_clinic.refusal import Refused
from scheduling.booking import book, cancel, confirm, running_late
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.leaving import discharge
from scheduling.models import Booking, Enrollment, TherapySession
from scheduling.moving import cancel_session
from scheduling.placing import schedule_session
from scheduling.visits import book_visit
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)


def moved(session: TherapySession, by: timedelta = timedelta(hours=3), **fields: Any) -> TherapySession:
    said = {"actor": make.user(), "starts_at": session.starts_at + by, "now": make.NOW} | fields
    return move(session=session, **said)


def visits(**fields: Any) -> list[Booking]:
    said = {
        "actor": make.user(),
        "kind": "individual",
        "starts_at": make.NOW + timedelta(days=1),
        "minutes": 50,
        "lead": make.clinician(),
        "room": make.room(name="Office 1"),
        "now": make.NOW,
    }
    series = book_visit(**({"episode": make.episode()} | said | fields))
    return list(Booking.objects.filter(session__series=series).order_by("session__starts_at"))


def test_bookings_move_with_their_session() -> None:
    session = make.session(day=THURSDAY)
    booking = make.booking(session, make.episode(), confirmed_at=make.NOW)
    moved(session)
    booking.refresh_from_db()
    session.refresh_from_db()
    assert booking.during.lower == session.starts_at
    assert (booking.version, booking.confirmed_at, session.version) == (2, None, 2)


def test_a_move_that_would_put_a_patient_in_two_places_moves_nobody() -> None:
    session, episode = make.session(day=THURSDAY), make.episode()
    make.booking(session, episode)
    make.booking(make.session(day=THURSDAY, starts=time(12), title="Individual"), episode)
    with pytest.raises(Refused, match="Ana has Individual, Thu 10/22 at 12:00 pm at that time already"):
        moved(session)
    session.refresh_from_db()
    assert session.version == 1


def test_a_move_onto_a_taken_room_names_who_has_it() -> None:
    room = make.room()
    make.session(day=THURSDAY, starts=time(12), room=room, title="DBT skills")
    with pytest.raises(Refused, match="Cedar is taken by DBT skills, Thu 10/22 at 12:00 pm"):
        moved(make.session(day=THURSDAY, room=room))


def test_a_move_onto_a_busy_clinician_names_what_they_lead() -> None:
    lead = make.clinician(given_name="Ruth", family_name="Adeyemi")
    make.session(day=THURSDAY, starts=time(12), lead=lead, title="DBT skills")
    with pytest.raises(Refused, match=r"Ruth A\. already leads DBT skills"):
        moved(make.session(day=THURSDAY, lead=lead))


def test_a_session_that_has_begun_is_neither_moved_nor_cancelled() -> None:
    session = make.session(day=make.NOW.date())
    for deed in (moved, lambda s: cancel_session(actor=make.user(), session=s, reason="x", now=make.NOW)):
        with pytest.raises(Refused, match="has begun"):
            deed(session)


def test_a_session_is_not_moved_into_the_past() -> None:
    with pytest.raises(Refused) as refused:
        moved(make.session(day=THURSDAY), by=timedelta(days=-7))
    assert refused.value.status == 422


def test_the_second_of_two_movers_is_told_that_it_changed() -> None:
    session = make.session(day=THURSDAY)
    moved(session, version=1)
    with pytest.raises(Refused, match="Someone changed this session meanwhile"):
        moved(session, by=timedelta(hours=4), version=1)


def test_a_cancelled_session_frees_everyone_and_leaves_the_room_free() -> None:
    room = make.room()
    session = make.session(day=THURSDAY, room=room)
    booking = make.booking(session, make.episode())
    for _ in range(2):
        cancel_session(actor=make.user(), session=session, reason="Ruth is ill", now=make.NOW)
    booking.refresh_from_db()
    session.refresh_from_db()
    assert (booking.status, booking.cancel_reason) == ("cancelled_by_clinic", "Ruth is ill")
    assert (session.status, session.booked_seats, session.version) == ("cancelled", 0, 2)
    make.session(day=THURSDAY, room=room)


def test_weekly_visits_keep_their_wall_clock_time_over_the_change() -> None:
    booked = visits(times=4)
    days = [booking.session.occurs_on for booking in booked]
    assert days == [THURSDAY + timedelta(weeks=n) for n in range(4)]
    assert [booking.session.starts_at.hour for booking in booked] == [13, 13, 14, 14]


def test_a_clash_in_the_third_week_books_no_week() -> None:
    lead = make.clinician(given_name="Ruth", family_name="Adeyemi")
    make.session(day=THURSDAY + timedelta(weeks=2), lead=lead, title="Process group")
    with pytest.raises(Refused, match=r"Ruth A\. already leads Process group, Thu 11/5 at 9:00 am"):
        visits(times=4, lead=lead)
    assert not Booking.objects.exists() and TherapySession.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "group"}, "kind"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 481}, "minutes"),
        ({"times": 0}, "times"),
        ({"times": 27}, "times"),
        ({"room": None}, "room"),
        ({"mode": "phone"}, "mode"),
        ({"starts_at": make.NOW}, "starts_at"),
    ],
)
def test_what_was_typed_wrong_is_refused_at_its_field(typed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        visits(**typed)
    assert refused.value.status == 422 and field in refused.value.fields
    assert not TherapySession.objects.exists()


def test_a_clinician_or_room_of_another_site_is_refused() -> None:
    for typed in ({"lead": make.clinician(make.other_site())}, {"room": make.room(make.other_site())}):
        with pytest.raises(Refused):
            visits(**typed)


def test_a_video_visit_needs_no_room() -> None:
    lead, episode = make.clinician(), make.episode()
    make.license_of(lead)
    make.consent(episode.patient)
    (booking,) = visits(mode="video", room=None, lead=lead, episode=episode)
    assert booking.session.place == "Video"


def test_a_session_is_scheduled_on_the_sites_own_day() -> None:
    late = make.NOW.replace(hour=2) + timedelta(days=1)
    session = schedule_session(
        actor=make.user(),
        site=make.site(),
        kind="group",
        title="Make-up",
        starts_at=late,
        minutes=60,
        lead=make.clinician(),
        room=make.room(),
        capacity=12,
    )
    assert session.occurs_on == make.NOW.date()


def test_a_seat_twice_is_one_seat_and_a_begun_session_takes_nobody() -> None:
    session, episode, fay = make.session(day=THURSDAY), make.episode(), make.user()
    first = book(actor=fay, session=session, episode=episode, now=make.NOW)
    assert book(actor=fay, session=session, episode=episode, now=make.NOW) == first
    with pytest.raises(Refused, match="has begun"):
        book(actor=fay, session=make.session(day=make.NOW.date()), episode=episode, now=make.NOW)


def test_cancelling_frees_the_seat_once_and_not_after_the_start() -> None:
    session = make.session(day=THURSDAY)
    booking = make.booking(session, make.episode())
    for _ in range(2):
        cancel(actor=make.user(), booking=booking, reason="Child care", by_patient=True, now=make.NOW)
    session.refresh_from_db()
    booking.refresh_from_db()
    assert (session.booked_seats, booking.status) == (0, "cancelled_by_patient")
    begun = make.booking(make.session(day=make.NOW.date()), make.episode())
    with pytest.raises(Refused, match="Record an absence instead"):
        cancel(actor=make.user(), booking=begun, reason="x", by_patient=False, now=make.NOW)


def test_confirming_twice_keeps_the_first_answer() -> None:
    booking = make.booking(make.session(day=THURSDAY), make.episode())
    first = confirm(actor=make.user(), booking=booking, now=make.NOW)
    again = confirm(actor=make.user(), booking=booking, now=make.NOW + timedelta(hours=1))
    assert first.confirmed_at == again.confirmed_at == make.NOW


def test_running_late_takes_a_time_while_the_session_runs() -> None:
    session = make.session(day=make.NOW.date())
    booking = make.booking(session, make.episode())
    until = session.starts_at + timedelta(minutes=25)
    assert (
        running_late(actor=make.user(), booking=booking, until=until, now=make.NOW).running_late_until
        == until
    )
    with pytest.raises(Refused) as refused:
        running_late(actor=make.user(), booking=booking, until=session.ends_at, now=make.NOW)
    assert "until" in refused.value.fields


def test_a_cancelled_booking_can_be_neither_confirmed_nor_late() -> None:
    booking = make.booking(make.session(day=THURSDAY), make.episode())
    cancel(actor=make.user(), booking=booking, reason="x", by_patient=True, now=make.NOW)
    with pytest.raises(Refused, match="was cancelled"):
        confirm(actor=make.user(), booking=booking, now=make.NOW)
    with pytest.raises(Refused, match="was cancelled"):
        running_late(actor=make.user(), booking=booking, until=make.NOW, now=make.NOW)


def test_discharge_ends_places_and_frees_what_comes_after_the_last_day() -> None:
    episode, fay = make.episode(make.portal_patient()), make.user()
    groups = [make.group(weekday=day, room=make.room(name=f"Room {day}")) for day in (2, 3)]
    starting = make.group(weekday=4, from_on=date(2026, 11, 2))
    materialise(day=make.NOW.date(), weeks=3, now=make.NOW)
    for group in groups:
        enroll(actor=fay, episode=episode, group=group, from_on=make.MONDAY, now=make.NOW)
    enroll(actor=fay, episode=episode, group=starting, from_on=date(2026, 11, 2), now=make.NOW)
    visits(episode=episode, times=2, starts_at=make.NOW + timedelta(days=2))
    ended = discharge(actor=fay, episode=episode, kind="completed", on=make.NOW.date(), now=make.NOW)
    assert ended.kind == "completed"
    assert not Booking.objects.active().filter(session__starts_at__gt=make.NOW).exists()
    assert set(Enrollment.objects.values_list("to_on", flat=True)) == {make.NOW.date()}
    assert Enrollment.objects.count() == 2
    assert not TherapySession.objects.scheduled().filter(group=None).exists()
    assert materialise(day=make.NOW.date(), weeks=9, now=make.NOW) > 0
    assert not Booking.objects.active().exists()
    with pytest.raises(Refused, match="already ended"):
        discharge(actor=fay, episode=episode, kind="completed", on=make.NOW.date(), now=make.NOW)
