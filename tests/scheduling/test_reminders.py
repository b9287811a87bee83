"""Reminders: neutral words, a decent hour, one row for each version of a booking, one e-mail a day."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from iop_clinic.clock import at_local, zone
from iop_clinic.messages.models import Message
from iop_clinic.messages.quiet import is_quiet
from scheduling.booking import book, cancel
from scheduling.models import Booking, TherapySession
from scheduling.models.group import Kind
from scheduling.moving import cancel_session
from scheduling.reminders import (
    SUBJECT,
    due_at,
    follow_addresses,
    plan_missing,
    plan_reminder,
    reminder_text,
    still_wanted,
)
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
TZ = "America/New_York"
WEDNESDAY = make.NOW.date()
THURSDAY = WEDNESDAY + timedelta(days=1)

REVEALING = (
    "recovery",
    "addiction",
    "substance",
    "iop",
    "intensive",
    "outpatient",
    "detox",
    "therap",
    "group",
)
CREDENTIALS = ("lcsw", "lpc", "pmhnp", "md", "phd", "psyd", "lcadc", "cadc", "dr")


def booked(**fields: Any) -> Booking:
    """A booking made now, at the desk, for someone who takes reminders."""
    session = make.session(**({"day": THURSDAY + timedelta(days=4)} | fields))
    return book(actor=make.user(), session=session, episode=make.episode(make.portal_patient()), now=make.NOW)


def reminder(of: Booking) -> Message:
    return Message.objects.get(kind="reminder", subject_id=of.pk, subject_version=of.version)


def local(instant: datetime) -> str:
    return f"{instant.astimezone(zone(TZ)):%a %H:%M}"


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize("mode", ["in_person", "video"])
def test_no_word_of_a_reminder_gives_anything_away(kind: str, mode: str) -> None:
    lead = make.clinician(given_name="Theo", family_name="Quill")
    track = make.track(name="Evening SUD", tone="eve", is_part2=True)
    session = make.session(
        kind=kind,
        mode=mode,
        lead=lead,
        title=Kind(kind).label,
        group=make.group(track, name="Relapse prevention", lead=lead),
    )
    said = f"{SUBJECT}\n{reminder_text(session)}".lower()
    words = set(re.findall(r"[a-z]+", said))
    secret = [
        *REVEALING,
        "theo",
        "quill",
        "evening",
        "sud",
        "relapse",
        "prevention",
        "cedar",
        "room",
        "video",
    ]
    assert not [word for word in secret if word in said]
    assert not words & set(CREDENTIALS)
    for name in (*Kind.values, *Kind.labels):
        assert name.lower() not in said


def test_the_reminder_reads_as_designed() -> None:
    text = reminder_text(make.session(day=WEDNESDAY))
    assert text.startswith(
        "Marlow Street: you have an appointment Wed 10/21 at 9:00 AM. Questions? 609-555-0100.\n"
    )
    assert "To stop these e-mails, reply STOP or call 609-555-0100." in text


@pytest.mark.parametrize(
    ("starts", "hours", "due"),
    [
        (time(9), 24, "Wed 09:00"),
        (time(22, 30), 24, "Thu 08:00"),
        (time(6), 24, "Wed 08:00"),
        (time(7, 30), 1, "Wed 20:00"),
        (time(8, 5), 1, "Wed 20:00"),
        (time(21, 0), 24, "Thu 08:00"),
        (time(20, 59), 24, "Wed 20:59"),
        (time(8, 0), 24, "Wed 08:00"),
    ],
)
def test_a_reminder_never_falls_into_quiet_hours(starts: time, hours: int, due: str) -> None:
    site = make.site()
    site.reminder_hours = hours
    site.save(update_fields=["reminder_hours"])
    session = make.session(site, day=THURSDAY, starts=starts, minutes=50)
    booked_at = at_local(WEDNESDAY - timedelta(days=9), time(12), TZ)
    found = due_at(session, booked_at)
    assert found is not None and local(found) == due and not is_quiet(found, TZ)


def test_a_booking_made_late_is_reminded_at_once_or_at_eight() -> None:
    session = make.session(day=THURSDAY)
    assert due_at(session, make.NOW) == make.NOW
    night = at_local(WEDNESDAY, time(22), TZ)
    assert local(due_at(session, night) or night) == "Thu 08:00"
    early = make.session(day=THURSDAY, starts=time(8))
    assert due_at(early, night) is None


@pytest.mark.parametrize(("minutes", "planned"), [(14, False), (15, True), (16, True)])
def test_nothing_is_planned_for_a_session_that_starts_at_once(minutes: int, planned: bool) -> None:
    session = make.session(day=WEDNESDAY, starts=time(12))
    assert (due_at(session, session.starts_at - timedelta(minutes=minutes)) is not None) is planned


def test_booking_owes_one_reminder_that_expires_ten_minutes_before() -> None:
    booking = booked()
    message = reminder(booking)
    assert message.expires_at == booking.session.starts_at - timedelta(minutes=10)
    assert message.due_at == booking.session.starts_at - timedelta(hours=24)
    plan_reminder(booking, make.NOW)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{"email_reminders_ok": False}, {"email": "", "email_reminders_ok": False}]
)
def test_without_consent_or_address_nothing_is_owed(fields: dict[str, Any]) -> None:
    session = make.session(day=THURSDAY + timedelta(days=4))
    episode = make.episode(make.portal_patient(**fields))
    book(actor=make.user(), session=session, episode=episode, now=make.NOW)
    assert not Message.objects.exists()


def test_moving_withdraws_the_old_reminder_and_owes_a_new_one() -> None:
    booking = booked()
    old = reminder(booking)
    later = booking.session.starts_at + timedelta(hours=3)
    move(actor=make.user(), session=booking.session, starts_at=later, now=make.NOW)
    booking.refresh_from_db()
    old.refresh_from_db()
    assert (old.state, old.reason) == ("withdrawn", "The appointment was moved.")
    assert reminder(booking).expires_at == later - timedelta(minutes=10)
    assert "12:00 PM" in reminder(booking).body


def test_cancelling_withdraws_the_reminder_and_booking_again_owes_a_new_one() -> None:
    booking, fay = booked(), make.user()
    cancel(actor=fay, booking=booking, reason="Ill", by_patient=True, now=make.NOW)
    assert reminder(booking).state == "withdrawn"
    again = book(actor=fay, session=booking.session, episode=booking.episode, now=make.NOW)
    assert (again.pk, again.version, reminder(again).state) == (booking.pk, 2, "pending")


def test_cancelling_the_session_withdraws_everyones_reminder() -> None:
    booking = booked()
    cancel_session(actor=make.user(), session=booking.session, reason="Ruth is ill", now=make.NOW)
    message = reminder(booking)
    assert (message.state, message.reason) == ("withdrawn", "The session was cancelled.")


def test_a_reminder_is_judged_again_when_it_is_due() -> None:
    booking = booked()
    message = reminder(booking)
    assert still_wanted(message) == ""
    patient = booking.patient
    patient.email_reminders_ok = False
    patient.save(update_fields=["email_reminders_ok"])
    assert still_wanted(message) == "The patient does not want reminders by e-mail."
    patient.email_reminders_ok, patient.email = True, "new@patients.example"
    patient.save(update_fields=["email_reminders_ok", "email"])
    assert still_wanted(message) == "The e-mail address was changed."
    Booking.objects.filter(pk=booking.pk).update(version=2)
    assert still_wanted(message) == "The appointment was changed."
    TherapySession.objects.filter(pk=booking.session_id).update(status="cancelled")
    assert still_wanted(message) == "The session was cancelled."
    Booking.objects.filter(pk=booking.pk).update(status="cancelled_by_patient", cancelled_at=make.NOW)
    assert still_wanted(message) == "The appointment was cancelled."


def test_a_due_reminder_follows_the_patients_address() -> None:
    booking = booked()
    Message.objects.update(next_try_at=timezone.now() - timedelta(minutes=1))
    booking.patient.email = "new@patients.example"
    booking.patient.save(update_fields=["email"])
    assert follow_addresses() == 1
    assert reminder(booking).to_address == "new@patients.example"
    assert still_wanted(reminder(booking)) == ""


def test_who_agrees_after_booking_is_reminded_too() -> None:
    patient = make.portal_patient(email_reminders_ok=False)
    session = make.session(day=THURSDAY)
    book(actor=make.user(), session=session, episode=make.episode(patient), now=make.NOW)
    patient.email_reminders_ok = True
    patient.save(update_fields=["email_reminders_ok"])
    plan_missing(make.NOW)
    plan_missing(make.NOW)
    assert Message.objects.count() == 1


def test_of_one_days_appointments_the_first_carries_the_reminder() -> None:
    episode = make.episode(make.portal_patient())
    day = THURSDAY + timedelta(days=4)
    first, second = (
        book(actor=make.user(), session=make.session(day=day, starts=at), episode=episode, now=make.NOW)
        for at in (time(9), time(10, 5))
    )
    assert still_wanted(reminder(first)) == ""
    assert still_wanted(reminder(second)).startswith("One reminder a day")
    cancel(actor=make.user(), booking=first, reason="Ill", by_patient=True, now=make.NOW)
    assert still_wanted(reminder(second)) == ""


def test_quiet_hours_follow_the_wall_clock_over_both_changes() -> None:
    for day in (date(2026, 3, 8), date(2026, 11, 1)):
        assert is_quiet(at_local(day, time(7, 59), TZ), TZ)
        assert not is_quiet(at_local(day, time(8), TZ), TZ)
    assert is_quiet(datetime(2026, 7, 1, 1, 0, tzinfo=UTC), TZ)
