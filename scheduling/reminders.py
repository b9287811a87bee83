"""Reminders of bookings: neutral words, at a decent hour, one row for each booking and version of it.

Rules: domain reference 8.5 (neutral content, quiet hours 9 PM to 8 AM, one a day) and design section 10.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now

from iop_clinic.messages import outbox
from iop_clinic.messages.models import Message
from iop_clinic.messages.quiet import evening_before, is_quiet, morning_after
from patients.models import Patient
from scheduling.models import Booking, TherapySession
from scheduling.words import message_words

KIND = "reminder"
SUBJECT = "Appointment reminder"
EXPIRES_BEFORE = timedelta(minutes=10)
TOO_SOON = timedelta(minutes=15)


def reminder_text(session: TherapySession) -> str:
    """What the e-mail says: the site, the time, a phone, how to stop it, and nothing else."""
    site = session.site
    return (
        f"{site.name}: you have an appointment {message_words(session.starts_at, site.time_zone)}. "
        f"Questions? {site.phone}.\n\n"
        f"To stop these e-mails, reply STOP or call {site.phone}.\n"
    )


def due_at(session: TherapySession, now: datetime) -> datetime | None:
    """The site's hours ahead, moved out of quiet hours; None when no decent time is left."""
    tz_name, last = session.site.time_zone, session.starts_at - EXPIRES_BEFORE
    if session.starts_at - now < TOO_SOON:
        return None
    wished = max(session.starts_at - timedelta(hours=session.site.reminder_hours), now)
    if not is_quiet(wished, tz_name):
        return wished
    morning = morning_after(wished, tz_name)
    if morning < last:
        return morning
    evening = max(evening_before(wished, tz_name), now)
    return None if is_quiet(evening, tz_name) or evening >= last else evening


def reminder_of(booking: Booking, now: datetime) -> outbox.Owed | None:
    """The message this booking is owed, or None: no consent, no address, or too soon."""
    patient, session = booking.patient, booking.session
    if not (patient.email_reminders_ok and patient.email):
        return None
    due = due_at(session, now)
    if due is None:
        return None
    return outbox.Owed(
        kind=KIND,
        unique_key=f"{KIND}:{booking.pk}:{booking.version}",
        subject_id=booking.pk,
        subject_version=booking.version,
        patient_id=booking.patient_id,
        site=session.site,
        to_address=patient.email,
        subject_line=SUBJECT,
        body=reminder_text(session),
        due_at=due,
        expires_at=session.starts_at - EXPIRES_BEFORE,
    )


def plan_reminder(booking: Booking, now: datetime) -> None:
    plan_reminders([booking], now)


def plan_reminders(bookings: Iterable[Booking], now: datetime) -> None:
    """Owe each booking its reminder; one that is owed already stays as it is."""
    outbox.put_all(owed for booking in bookings if (owed := reminder_of(booking, now)))


def withdraw_reminder(booking: Booking, reason: str) -> None:
    outbox.withdraw(kind=KIND, subject_id=booking.pk, reason=reason)


def withdraw_reminders(booking_ids: Iterable[int], reason: str) -> None:
    outbox.withdraw_all(kind=KIND, subject_ids=booking_ids, reason=reason)


def plan_missing(now: datetime, hours: int = 50) -> None:
    """Owe reminders to bookings of the coming hours that have none, for people who agreed since booking."""
    bookings = Booking.objects.active().filter(
        session__starts_at__gt=now,
        session__starts_at__lt=now + timedelta(hours=hours),
        patient__email_reminders_ok=True,
    )
    plan_reminders(bookings.select_related("patient", "session__site"), now)


def follow_addresses() -> int:
    """Due reminders go to the address on the chart today, not the one of the day they were planned."""
    address = Patient.objects.filter(pk=OuterRef("patient_id"), email_reminders_ok=True).exclude(email="")
    due = Message.objects.filter(kind=KIND, state=Message.State.PENDING, next_try_at__lte=Now())
    moved = due.annotate(address=Subquery(address.values("email")[:1])).filter(address__isnull=False)
    stale = [row.pk for row in moved if row.to_address != row.address]
    return Message.objects.filter(pk__in=stale, state=Message.State.PENDING).update(
        to_address=Subquery(address.values("email")[:1])
    )


def still_wanted(message: Message) -> str:
    """Empty when the reminder is still true and agreed to, else why not. Asked inside the claim."""
    if message.kind != KIND:
        return ""
    booking = Booking.objects.select_related("patient", "session__site").filter(pk=message.subject_id).first()
    if booking is None or not booking.is_active:
        return "The appointment was cancelled."
    if booking.session.status != TherapySession.Status.SCHEDULED:
        return "The session was cancelled."
    if booking.version != message.subject_version:
        return "The appointment was changed."
    if not booking.patient.email_reminders_ok:
        return "The patient does not want reminders by e-mail."
    if booking.patient.email != message.to_address:
        return "The e-mail address was changed."
    if _another_carries_the_day(booking):
        return "One reminder a day: another appointment of the day has it."
    return ""


def _another_carries_the_day(booking: Booking) -> bool:
    """Of one day's appointments the first carries the reminder, or any that has gone out already."""
    session = booking.session
    others = Booking.objects.active().filter(
        patient=booking.patient_id, session__occurs_on=session.occurs_on, session__status=session.status
    )
    starts = dict(others.exclude(pk=booking.pk).values_list("pk", "session__starts_at"))
    live = Message.objects.filter(kind=KIND, subject_id__in=starts, state__in=("pending", "sent"))
    return any(
        state == Message.State.SENT or starts[pk] < session.starts_at
        for pk, state in live.values_list("subject_id", "state")
    )
