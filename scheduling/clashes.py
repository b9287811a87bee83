"""Clashes in words: PostgreSQL refuses, and this names who or what was taken, and when."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from iop_clinic.constraints import broken_constraint
from iop_clinic.refusal import Refused
from patients.models import Patient
from scheduling.models import Booking, TherapySession
from scheduling.words import day_words, when_words

SENTENCES = {
    "booking_patient_in_one_place": "This patient has another appointment at that time.",
    "booking_once_per_session": "This patient is booked in that session already.",
    "session_never_overbooked": "The last seat has just been taken.",
    "facilitator_in_one_place": "The clinician has another session at that time.",
    "session_room_holds_one": "The room is taken at that time.",
    "session_in_person_has_a_room": "A session in person needs a room.",
    "session_ends_after_it_starts": "The session would end before it starts.",
    "session_not_while_closed": "The site is closed at that time.",
    "session_once_per_group_and_day": "This group meets on that day already.",
    "session_once_per_pattern_day": "This group meets on that day already.",
    "enrollment_once_at_a_time": "The patient is enrolled in this group on some of these days already.",
    "enrollment_ends_after_it_starts": "The last day is before the first.",
    "waitlist_once_per_group": "This patient is on the group’s waitlist already.",
    "offer_one_per_seat": "That seat has just been offered to someone else.",
    "offer_one_per_person": "This patient has an open offer for this group already.",
    "make_up_offer_one_per_week": "This patient has an open offer for that week already.",
    "booking_made_up_once": "This appointment is made up already.",
    "absence_once_at_a_time": "Leave of this clinician is on record for part of that time already.",
    "closure_once_at_a_time": "Part of that time is closed already.",
}


@contextmanager
def refused_in_words(name_it: Callable[[str], str] = lambda constraint: "") -> Iterator[None]:
    """A savepoint; a broken rule of the week becomes Refused 409.

    `name_it(constraint)` may look up a better sentence than the general one.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = broken_constraint(error)
        if constraint not in SENTENCES:
            raise
        raise Refused(name_it(constraint) or SENTENCES[constraint]) from error


def span_of(session: TherapySession) -> TimestamptzRange:
    """The session's time as the database keeps it: begin included, end not."""
    return TimestamptzRange(session.starts_at, session.ends_at)


def session_clash(wanted: TherapySession, constraint: str) -> str:
    """Which session has the clinician or the room of the wanted one."""
    others = TherapySession.objects.scheduled().filter(during__overlap=span_of(wanted)).exclude(pk=wanted.pk)
    if constraint == "facilitator_in_one_place":
        other = others.filter(facilitations__staff=wanted.lead_id).select_related("site").first()
        return f"{wanted.lead.short_name} already leads {_named(other)}." if other else ""
    if constraint == "session_room_holds_one":
        other = others.filter(room=wanted.room_id).select_related("room", "site").first()
        return f"{other.place} is taken by {_named(other)}." if other else ""
    return ""


def patient_clash(patient: Patient, wanted: Iterable[TherapySession]) -> str:
    """Which appointment of this patient overlaps one of the wanted sessions."""
    sessions = list(wanted)
    around = TimestamptzRange(min(s.starts_at for s in sessions), max(s.ends_at for s in sessions))
    held = Booking.objects.active().filter(patient=patient, during__overlap=around)
    for booking in held.select_related("session__site"):
        for session in sessions:
            there = booking.session
            if (
                there.pk != session.pk
                and there.starts_at < session.ends_at
                and session.starts_at < there.ends_at
            ):
                return f"{patient.called} has {_named(there)} at that time already."
    return ""


def member_clash(moved: TherapySession) -> str:
    """Who of a session's people has another appointment at its new time."""
    people = moved.bookings.filter(status=Booking.Status.BOOKED).values("patient")
    other = (
        Booking.objects.active()
        .filter(patient__in=people, during__overlap=span_of(moved))
        .exclude(session=moved)
        .select_related("patient", "session__site")
        .first()
    )
    return f"{other.patient.short_name} has {_named(other.session)} at that time." if other else ""


def moved_clash(moved: TherapySession, constraint: str) -> str:
    """Who or what is in the way of a session at its new time."""
    if constraint == "booking_patient_in_one_place":
        return member_clash(moved)
    return session_clash(moved, constraint)


def full_words(session: TherapySession) -> str:
    held = f", {session.held_seats} held for an offer" if session.held_seats else ""
    return (
        f"{session.title} is full on {day_words(session.occurs_on)} "
        f"({session.booked_seats} of {session.capacity} seats{held})."
    )


def _named(session: TherapySession) -> str:
    return f"{session.title}, {when_words(session.starts_at, session.site.time_zone)}"
