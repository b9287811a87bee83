"""Telling patients what became of an appointment: neutral words, once, in decent hours.

Rules: domain reference 8.5 (neutral content, quiet hours) and design section 10. One message for each
person and deed: who has several appointments changed hears of the first and that there are more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from iop_clinic.messages import outbox
from iop_clinic.messages.models import Message
from iop_clinic.messages.quiet import earliest
from scheduling.models import Booking, TherapySession
from scheduling.words import message_words

KIND = "change"
SUBJECT = "Your appointment"
EXPIRES_AFTER_START = timedelta(hours=12)
SEVERAL = 0  # the subject version of a message about more than one appointment


class What(StrEnum):
    MOVED = "moved"
    CANCELLED = "cancelled"
    CHANGED = "changed"
    BACK = "back"


_WORDS = {
    What.MOVED: ("was moved to {to}", "were moved"),
    What.CANCELLED: ("was cancelled", "were cancelled"),
    What.CHANGED: ("has changed", "have changed"),
    What.BACK: ("takes place after all", "take place after all"),
}


@dataclass(frozen=True)
class Told:
    """A booking whose session is loaded with its site, and the aware instant it was at before."""

    booking: Booking
    was_at: datetime


def told_of(session: TherapySession, was_at: datetime) -> list[Told]:
    """Everyone booked in the session, which was at `was_at` before; the session loaded with its site."""
    booked = list(session.bookings.active().select_related("patient"))
    for booking in booked:
        booking.session = session
    return [Told(booking, was_at) for booking in booked]


def tell_change(told: Iterable[Told], what: What, now: datetime) -> None:
    """As `tell_changes`, where the same became of all."""
    tell_changes({what: told}, now)


def tell_changes(told: Mapping[What, Iterable[Told]], now: datetime) -> None:
    """Owe each patient who agreed to e-mail one message about all of it; what still waits is taken back."""
    by_patient: dict[int, list[tuple[What, Told]]] = {}
    for what, ones in told.items():
        for one in ones:
            patient = one.booking.patient
            if one.was_at > now and patient.email_reminders_ok and patient.email:
                by_patient.setdefault(patient.pk, []).append((what, one))
    subjects = [one.booking.pk for several in by_patient.values() for _, one in several]
    outbox.withdraw_all(kind=KIND, subject_ids=subjects, reason="A later change says more.")
    outbox.put_all(_owed(*_in_order(several), now) for _, several in sorted(by_patient.items()))


def _in_order(several: list[tuple[What, Told]]) -> tuple[list[Told], What]:
    """The first is named in the message; unlike things together are a change."""
    whats = {what for what, _ in several}
    ordered = sorted((one for _, one in several), key=lambda one: one.was_at)
    return ordered, whats.pop() if len(whats) == 1 else What.CHANGED


def _owed(several: list[Told], what: What, now: datetime) -> outbox.Owed:
    first = several[0]
    booking, session = first.booking, first.booking.session
    site, patient = session.site, booking.patient
    due_at = earliest(now, site.time_zone)
    last = max(first.was_at, session.starts_at) + EXPIRES_AFTER_START
    return outbox.Owed(
        kind=KIND,
        unique_key=f"{KIND}:{what}:{booking.pk}:{booking.version}:{session.version}",
        subject_id=booking.pk,
        subject_version=booking.version if len(several) == 1 else SEVERAL,
        patient_id=booking.patient_id,
        site=site,
        to_address=patient.email,
        subject_line=SUBJECT,
        body=change_text(several, what),
        due_at=due_at,
        expires_at=max(last, due_at + EXPIRES_AFTER_START),
    )


def change_text(several: list[Told], what: What) -> str:
    """The site, the time, what became of it, a phone, how to stop it, and nothing else."""
    first = several[0]
    session = first.booking.session
    site = session.site
    was, one = message_words(first.was_at, site.time_zone), len(several) == 1
    words = _WORDS[what][0 if one else 1].format(to=message_words(session.starts_at, site.time_zone))
    subject = f"your appointment {was} {words}" if one else f"your appointments from {was} on {words}"
    return (
        f"{site.name}: {subject}. Sign in to see your week, or call {site.phone}.\n\n"
        f"To stop these e-mails, reply STOP or call {site.phone}.\n"
    )


def still_true(message: Message) -> str:
    """Empty when the message may still go, else why not. Asked inside the claim."""
    booking = Booking.objects.select_related("patient").filter(pk=message.subject_id).first()
    if booking is None:
        return "The appointment is gone."
    if message.subject_version != SEVERAL:
        if booking.version != message.subject_version:
            return "The appointment was changed again."
        if not booking.is_active and not message.unique_key.startswith(f"{KIND}:{What.CANCELLED}:"):
            return "The appointment was cancelled."
    if not booking.patient.email_reminders_ok:
        return "The patient does not want e-mails."
    if booking.patient.email != message.to_address:
        return "The e-mail address was changed."
    return ""
