"""What happened, for a person's own record: attendance with its corrections, and signed notes.

A draft is no part of the record. A note is about one person alone; who else was there is in none of it.
"""

from datetime import datetime

from django.db.models import QuerySet

from iop_clinic.tables import Table, table_of
from patients.models import Patient
from scheduling.record import wall_time
from sessions.hours import Slot, Visit, countable_minutes
from sessions.models import Addendum, Attendance, AttendanceCorrection, ProgressNote


def own_attendance(patient: Patient) -> QuerySet[Attendance]:
    """The oldest first; one query."""
    rows = Attendance.objects.filter(booking__patient=patient)
    rows = rows.select_related(
        "booking__session__lead", "booking__session__room", "booking__session__site", "recorded_by"
    )
    return rows.order_by("booking__session__starts_at", "pk")


def own_notes(patient: Patient) -> QuerySet[ProgressNote]:
    """Signed ones with what was added later, the oldest first; two queries."""
    rows = ProgressNote.objects.filter(booking__patient=patient, signature__isnull=False)
    rows = rows.select_related("booking__session", "signature__signed_by", "author", "goal", "objective")
    return rows.prefetch_related("addenda__author").order_by("booking__session__starts_at", "pk")


def session_tables(patient: Patient, now: datetime) -> list[Table]:
    """Four tables in four queries."""
    return [*_attendance(patient, now), *_notes(patient)]


def _attendance(patient: Patient, now: datetime) -> list[Table]:
    corrections = AttendanceCorrection.objects.filter(attendance__booking__patient=patient)

    def minutes(row: Attendance) -> int | None:
        session = row.booking.session
        slot = Slot(session.starts_at, session.ends_at, session.break_minutes, session.counts_toward_hours)
        return countable_minutes(slot, Visit(row.arrived_at, row.left_at), now) if row.arrived_at else None

    return [
        table_of(
            "attendance",
            "Attendance",
            own_attendance(patient),
            {
                "Appointment number": "booking_id",
                "Date": "booking.session.occurs_on",
                "What": "booking.session.title",
                "Arrived": lambda row: wall_time(row.arrived_at, row.booking.session),
                "Left": lambda row: wall_time(row.left_at, row.booking.session),
                "Minutes that count": minutes,
                "Absence": "absence",
                "Why": "reason",
                "Written by": "recorded_by.full_name",
                "Written": "recorded_at",
                "Source": "source",
            },
            ("Date", "What", "Arrived", "Left", "Minutes that count", "Absence"),
        ),
        table_of(
            "attendance-corrections",
            "Corrections of attendance",
            corrections.select_related("attendance__booking__session", "by").order_by("at", "pk"),
            {
                "Appointment number": "attendance.booking_id",
                "Date": "attendance.booking.session.occurs_on",
                "Arrived, before": "was_arrived_at",
                "Left, before": "was_left_at",
                "Absence, before": "was_absence_words",
                "Why": "reason",
                "By": "by.full_name",
                "At": "at",
            },
            ("Date", "Arrived, before", "Left, before", "Absence, before", "Why", "By"),
        ),
    ]


def _notes(patient: Patient) -> list[Table]:
    addenda = Addendum.objects.filter(note__booking__patient=patient).select_related("author")
    return [
        table_of(
            "notes",
            "Progress notes",
            own_notes(patient),
            {
                "Number": "pk",
                "Appointment number": "booking_id",
                "Date": "booking.session.occurs_on",
                "Session": "booking.session.title",
                "Goal": "goal.statement",
                "Objective": "objective.statement",
                "Took part": "participation",
                "Mood": "affect",
                "Risk": "risk",
                "Note": "text",
                "Next step": "plan",
                "Signed by": "signature.signed_by.full_name",
                "Credential": "signature.credential",
                "Signed": "signature.signed_at",
                "SHA-256 as signed": "signature.content_sha256",
            },
        ),
        table_of(
            "note-addenda",
            "What was added to notes",
            addenda.order_by("at", "pk"),
            {
                "Note number": "note_id",
                "Text": "text",
                "Why": "reason",
                "By": "author.full_name",
                "Credential": "credential",
                "At": "at",
            },
        ),
    ]
