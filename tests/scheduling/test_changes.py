"""What patients hear when an appointment was moved, cancelled or changed: neutral, once, while it is true."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from iop_clinic.messages.models import Message
from scheduling import tasks
from scheduling.booking import book, cancel
from scheduling.calendar import materialise
from scheduling.changes import What, tell_changes, told_of
from scheduling.leaving import discharge
from scheduling.models import Booking, TherapySession
from scheduling.moving import cancel_session, cancel_sessions
from scheduling.patterns import follow_pattern
from scheduling.substitutes import substitute
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)
Deed = Callable[[TherapySession], Any]


def booked(day: Any = THURSDAY, **fields: Any) -> Booking:
    return make.booking(make.session(day=day, **fields), make.episode(make.portal_patient()))


def moved(session: TherapySession) -> Any:
    return move(
        actor=make.user(), session=session, starts_at=session.starts_at + timedelta(hours=3), now=make.NOW
    )


def called_off(session: TherapySession) -> Any:
    return cancel_session(actor=make.user(), session=session, reason="Ruth is ill", now=make.NOW)


def handed_over(session: TherapySession) -> Any:
    return substitute(actor=make.user(), session=session, staff=make.clinician(), now=make.NOW)


def elsewhere(session: TherapySession) -> Any:
    room = make.room(name="Maple")
    return move(actor=make.user(), session=session, starts_at=session.starts_at, room=room, now=make.NOW)


DEEDS: list[tuple[Deed, str]] = [
    (moved, "was moved to Thu 10/22 at 12:00 PM."),
    (called_off, "was cancelled."),
    (handed_over, "has changed."),
    (elsewhere, "has changed."),
]


def change() -> Message:
    return Message.objects.get(kind="change", state="pending")


@pytest.mark.parametrize(("deed", "said"), DEEDS)
def test_a_change_is_told_with_the_site_the_time_a_phone_and_how_to_stop(deed: Deed, said: str) -> None:
    booking = booked()
    deed(booking.session)
    message = change()
    start = f"Marlow Street: your appointment Thu 10/22 at 9:00 AM {said} Sign in to see your week, or call"
    assert message.body.startswith(start) and "reply STOP" in message.body
    assert (message.subject_line, message.to_address) == ("Your appointment", booking.patient.email)


@pytest.mark.parametrize("deed", [deed for deed, _ in DEEDS])
def test_no_message_says_what_the_appointment_is_or_who_with(deed: Deed) -> None:
    lead = make.clinician(given_name="Ruth", family_name="Adeyemi")
    group = make.group(make.track(name="Evening SUD"), lead=lead, name="Relapse prevention", weekday=3)
    booking = booked(group=group, title="Relapse prevention", lead=lead, room=make.room(name="Cedar"))
    deed(booking.session)
    said = f"{change().subject_line} {change().body}".lower()
    words = (
        "relapse group track evening sud ruth adeyemi theo cedar maple program intensive ill therapy session"
    )
    assert not [word for word in words.split() if word in said]


def test_who_does_not_take_emails_is_told_nothing() -> None:
    session = make.session(day=THURSDAY)
    make.booking(session, make.episode(make.patient(email="ana@mail.example")))
    called_off(session)
    assert not Message.objects.filter(kind="change").exists()


def test_the_clinics_cancellation_of_a_seat_is_told_and_the_patients_own_is_not() -> None:
    theirs, ours = booked(), booked()
    for booking, by_patient in ((theirs, True), (ours, False)):
        cancel(actor=make.user(), booking=booking, reason="x", by_patient=by_patient, now=make.NOW)
    assert change().subject_id == ours.pk


def test_a_discharge_tells_nobody() -> None:
    booking = booked()
    discharge(actor=make.user(), episode=booking.episode, kind="completed", on=make.NOW.date(), now=make.NOW)
    booking.refresh_from_db()
    assert not booking.is_active and not Message.objects.filter(kind="change").exists()


def test_a_move_is_remembered_as_the_sessions_own() -> None:
    session = booked().session
    moved(session)
    elsewhere(TherapySession.objects.get(pk=session.pk))
    session.refresh_from_db()
    assert session.own == ["room", "time"]


def test_several_sessions_called_off_at_once_are_one_message() -> None:
    first, second = booked(), booked()
    make.booking(second.session, make.episode(make.portal_patient()))
    later = make.booking(make.session(day=THURSDAY + timedelta(days=1)), first.episode)
    cancel_sessions(
        actor=make.user(),
        sessions=[later.session, first.session, second.session],
        reason="Water damage",
        now=make.NOW,
    )
    told = Message.objects.filter(kind="change")
    assert told.count() == 3
    assert "your appointments from Thu 10/22 at 9:00 AM on were cancelled." in told.get(
        patient_id=first.patient_id
    ).body  # fmt: skip


def test_unlike_changes_of_one_person_are_one_message() -> None:
    first = booked()
    second = make.booking(make.session(day=THURSDAY + timedelta(days=1)), first.episode)
    tell_changes(
        {
            What.CANCELLED: told_of(first.session, first.session.starts_at),
            What.MOVED: told_of(second.session, second.session.starts_at),
        },
        make.NOW,
    )
    assert "your appointments from Thu 10/22 at 9:00 AM on have changed." in change().body


def still_wanted(message: Message) -> str:
    return tasks.still_wanted(message)


def test_a_message_is_asked_again_before_it_goes() -> None:
    booking = booked()
    moved(booking.session)
    assert still_wanted(change()) == ""
    cancel(actor=make.user(), booking=booking, reason="x", by_patient=True, now=make.NOW)
    assert still_wanted(change()) == "The appointment was cancelled."


def test_a_cancellation_goes_out_unless_the_seat_was_taken_again() -> None:
    booking = booked()
    cancel(actor=make.user(), booking=booking, reason="x", by_patient=False, now=make.NOW)
    assert still_wanted(change()) == ""
    book(actor=make.user(), session=booking.session, episode=booking.episode, now=make.NOW)
    assert still_wanted(change()) == "The appointment was changed again."


def test_a_later_change_takes_back_the_message_that_still_waits() -> None:
    booking = booked()
    moved(booking.session)
    called_off(booking.session)
    assert "was cancelled" in change().body
    assert Message.objects.filter(kind="change", state="withdrawn").count() == 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"email_reminders_ok": False}, "The patient does not want e-mails."),
        ({"email": "new@mail.example"}, "The e-mail address was changed."),
    ],
)
def test_a_patient_who_changed_their_mind_or_address_is_not_written_to(
    fields: dict[str, Any], why: str
) -> None:
    booking = booked()
    moved(booking.session)
    for name, value in fields.items():
        setattr(booking.patient, name, value)
    booking.patient.save(update_fields=list(fields))
    assert still_wanted(change()) == why


def test_at_night_a_change_waits_for_the_morning() -> None:
    night = make.NOW.replace(hour=3) + timedelta(days=1)
    booking = booked(day=THURSDAY + timedelta(days=1))
    cancel_session(actor=make.user(), session=booking.session, reason="Ill", now=night)
    assert change().due_at.hour == 12


def test_a_pattern_that_moves_its_weeks_is_told_once() -> None:
    group, episode = make.group(weekday=3), make.episode(make.portal_patient())
    make.enrollment(episode, group)
    materialise(day=THURSDAY, weeks=4, now=make.NOW)
    group.starts = time(14)
    group.save(update_fields=["starts"])
    follow_pattern(actor=make.user(), group=group, now=make.NOW)
    assert "your appointments from Thu 10/22 at 9:00 AM on were moved." in change().body
    assert group.sessions.get(occurs_on=THURSDAY).version == 2
