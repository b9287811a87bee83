"""Appointments, groups and messages of a person's own record. Nobody else in a session is named.

Remarks on a session as a whole stay out, for they may name others; so do offers and overrides.
"""

from datetime import datetime, time

from django.db.models import QuerySet

from iop_clinic.clock import as_utc, zone
from iop_clinic.messages.models import Message
from iop_clinic.tables import Table, table_of
from patients.models import Patient
from scheduling.models import Booking, Enrollment, TherapySession, UnavailableHours, WaitlistEntry


def own_bookings(patient: Patient) -> QuerySet[Booking]:
    """Every booking of theirs with its session, the oldest first; one query."""
    rows = Booking.objects.filter(patient=patient).select_related(
        "session__room", "session__lead", "session__site", "makes_up__session"
    )
    return rows.order_by("session__starts_at", "pk")


def scheduling_tables(patient: Patient) -> list[Table]:
    """Five tables, a query each."""
    return [_appointments(patient), *_groups(patient), _unavailable(patient), _messages(patient)]


def wall_time(at: datetime | None, session: TherapySession) -> time | None:
    """The time on the wall of the session's site."""
    return as_utc(at).astimezone(zone(session.site.time_zone)).time() if at is not None else None


def _appointments(patient: Patient) -> Table:
    return table_of(
        "appointments",
        "Appointments",
        own_bookings(patient),
        {
            "Number": "pk",
            "Date": "session.occurs_on",
            "Starts": lambda row: wall_time(row.session.starts_at, row.session),
            "Ends": lambda row: wall_time(row.session.ends_at, row.session),
            "What": "session.title",
            "Kind": "session.kind",
            "How": "session.mode",
            "Place": "session.place",
            "With": "session.lead.full_name",
            "Status": "status",
            "Session": "session.status",
            "Cancelled": "cancelled_at",
            "Why cancelled": "cancel_reason",
            "Makes up for": "makes_up.session.occurs_on",
        },
        ("Date", "Starts", "Ends", "What", "With", "Status"),
    )


def _groups(patient: Patient) -> list[Table]:
    places = Enrollment.objects.filter(episode__patient=patient).select_related("group__track")
    waits = WaitlistEntry.objects.filter(episode__patient=patient).select_related("group")
    return [
        table_of(
            "groups",
            "Groups you belong to",
            places.order_by("from_on", "pk"),
            {
                "Group": "group.name",
                "Track": "group.track.name",
                "Weekday": "group.weekday",
                "Starts": "group.starts",
                "From": "from_on",
                "To": "to_on",
            },
        ),
        table_of(
            "waiting",
            "Groups you waited for",
            waits.order_by("added_at", "pk"),
            {
                "Group": "group.name",
                "Why": "reason",
                "Since": "added_at",
                "Ended": "ended_at",
                "Came to": "outcome",
            },
        ),
    ]


def _unavailable(patient: Patient) -> Table:
    return table_of(
        "unavailable-hours",
        "Hours you cannot come",
        UnavailableHours.objects.filter(patient=patient).order_by("from_on", "weekday", "starts", "pk"),
        {
            "Weekday": "weekday",
            "Starts": "starts",
            "Ends": "ends",
            "Why": "why",
            "From": "from_on",
            "To": "to_on",
        },
    )


def _messages(patient: Patient) -> Table:
    """When and where to, not the text: the person has it, and it may hold an address that opens.

    What still waits to be sent is not said yet.
    """
    return table_of(
        "messages",
        "Messages sent to you",
        Message.objects.filter(patient_id=patient.pk)
        .exclude(state=Message.State.PENDING)
        .order_by("due_at", "pk"),
        {
            "Due": "due_at",
            "How": "channel",
            "To": "to_address",
            "Subject": "subject_line",
            "State": "state",
            "Sent": "sent_at",
            "Why not": "reason",
        },
        ("Due", "To", "Subject", "State", "Sent"),
    )
