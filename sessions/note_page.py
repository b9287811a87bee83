"""What stands around a note: the facts of the session, and the objectives to choose from."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from patients.models import Objective, Problem
from patients.models.plan_parts import OPEN_STATUSES
from patients.plan_tree import standing
from patients.planning import plan_in_force
from scheduling.models import Booking
from sessions.attendance_rules import attendance_of
from sessions.hours import Slot, Visit, countable_minutes, lateness, scheduled_minutes
from sessions.models import Attendance, ProgressNote, Signature
from sessions.wall import short_wall, span

EARLIER = 3


@dataclass(frozen=True)
class Facts:
    """The session once, and this person in it; nobody else is named."""

    title: str
    day: str
    times: str
    place: str
    lead: str
    present: int
    arrived: str
    left: str
    minutes: str
    beside: str
    absence: str
    attendance: Attendance | None


def facts_of(booking: Booking, now: datetime) -> Facts:
    """Two statements: this attendance, and how many were there."""
    session, tz_name = booking.session, booking.session.site.time_zone
    attendance = attendance_of(booking)
    arrived_at = attendance.arrived_at if attendance else None
    left_at = attendance.left_at if attendance else None
    there = Attendance.objects.attended().filter(booking__session=session)
    return Facts(
        title=session.title,
        day=f"{session.occurs_on:%A, %B} {session.occurs_on.day}",
        times=span(session.starts_at, session.ends_at, tz_name),
        place=session.place,
        lead=session.lead.full_name,
        present=there.count(),
        arrived=short_wall(arrived_at, tz_name) if arrived_at else "",
        left=short_wall(left_at, tz_name) if left_at else "",
        minutes=_minutes(booking, arrived_at, left_at, now),
        beside=_beside(booking, arrived_at, left_at),
        absence=attendance.get_absence_display() if attendance and attendance.absence else "",
        attendance=attendance,
    )


def _slot(booking: Booking) -> Slot:
    session = booking.session
    return Slot(session.starts_at, session.ends_at, session.break_minutes, session.counts_toward_hours)


def _minutes(booking: Booking, arrived_at: datetime | None, left_at: datetime | None, now: datetime) -> str:
    if arrived_at is None:
        return ""
    slot, visit = _slot(booking), Visit(arrived_at, left_at)
    return f"{countable_minutes(slot, visit, now)} of {scheduled_minutes(slot)}"


def _beside(booking: Booking, arrived_at: datetime | None, left_at: datetime | None) -> str:
    """ "9 min late, left 20 min early": minutes past the grace only."""
    if arrived_at is None:
        return ""
    grace = booking.session.site.late_grace_minutes
    said = lateness(_slot(booking), Visit(arrived_at, left_at), grace)
    words = [f"{said.late_minutes} min late"] if said.late_minutes > grace else []
    if left_at is not None and said.left_early_minutes > grace:
        words.append(f"left {said.left_early_minutes} min early")
    return ", ".join(words)


def times_changed(signature: Signature, attendance: Attendance | None) -> bool:
    """Whether a correction came after the signature."""
    if attendance is None:
        return True
    return (signature.arrived_at, signature.left_at) != (attendance.arrived_at, attendance.left_at)


def objectives_for(booking: Booking) -> QuerySet[Objective]:
    """Open objectives of the plan in force on the day of the session; none without a signed plan."""
    plan = plan_in_force(booking.episode, booking.session.occurs_on)
    if plan is None:
        return Objective.objects.none()
    rows = Objective.objects.filter(goal__plan=plan, goal__problem__status=Problem.Status.ACTIVE)
    return standing(rows).filter(status_now__in=OPEN_STATUSES).select_related("goal")


def earlier_notes(booking: Booking) -> list[ProgressNote]:
    """The person's last signed notes before this session, so that the writer neither repeats nor forgets."""
    rows = ProgressNote.objects.filter(
        booking__patient=booking.patient_id,
        booking__session__starts_at__lt=booking.session.starts_at,
        signature__isnull=False,
    )
    return list(
        rows.select_related("booking__session", "author").order_by("-booking__session__starts_at")[:EARLIER]
    )
