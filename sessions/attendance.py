"""Attendance, recorded as instants: arrive, leave, absent, end of the session; corrections.py has the rest.

Rules: domain reference 0.2 (rules 2, 12) and 7.1. Every verb locks the booking first, so the desk and
the facilitator take turns.
"""

from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.models import Booking, TherapySession
from scheduling.turns import taking_turns
from sessions.attendance_rules import (
    attendance_of,
    lock_booking,
    require_absence_words,
    require_arrival_time,
    require_expected,
    require_leave_time,
)
from sessions.corrections import correct, undo
from sessions.models import Attendance, AttendanceCorrection
from sessions.outreach import close_outreach, open_outreach
from sessions.wall import to_the_minute, wall

__all__ = ["arrive", "correct", "end_session", "leave", "mark_absent", "undo"]

CAME_AFTER_ALL = "Came after being marked absent."


@taking_turns
def arrive(*, actor: User, booking: Booking, at: datetime, now: datetime) -> Attendance:
    """Check in at `at` (aware, kept to the minute). A second caller gets the row of the first, untouched."""
    at, booking = to_the_minute(at), lock_booking(booking)
    attendance = attendance_of(booking)
    if attendance is not None and not attendance.absence:
        return attendance
    require_expected(booking)
    require_arrival_time(booking, at, now)
    if attendance is not None:
        return _come_after_all(actor, attendance, at, now)
    attendance = Attendance.objects.create(
        booking=booking, arrived_at=at, source=_source_of(actor), recorded_by=actor, recorded_at=now
    )
    record(actor, "sessions.arrive", attendance, site_id=booking.session.site_id)
    return attendance


def _come_after_all(actor: User, attendance: Attendance, at: datetime, now: datetime) -> Attendance:
    """Someone marked absent is here: what was said before is kept, and its outreach is closed."""
    AttendanceCorrection.objects.create(
        attendance=attendance, was_absence=attendance.absence, reason=CAME_AFTER_ALL, by=actor, at=now
    )
    attendance.absence, attendance.reason, attendance.arrived_at = "", "", at
    attendance.version += 1
    attendance.save(update_fields=["absence", "reason", "arrived_at", "version"])
    close_outreach(actor=actor, booking=attendance.booking, outcome=CAME_AFTER_ALL, now=now)
    record(actor, "sessions.arrive", attendance, site_id=attendance.booking.session.site_id)
    return attendance


@taking_turns
def leave(*, actor: User, booking: Booking, at: datetime, now: datetime) -> Attendance:
    """Check out at `at` (aware, kept to the minute). A second caller gets the row of the first, untouched."""
    at, booking = to_the_minute(at), lock_booking(booking)
    attendance = attendance_of(booking)
    if attendance is None or attendance.arrived_at is None:
        raise Refused(f"{booking.patient.called} is not checked in.")
    if attendance.left_at is not None:
        return attendance
    require_leave_time(booking, attendance.arrived_at, at, now)
    attendance.left_at, attendance.left_recorded_at = at, now
    attendance.version += 1
    attendance.save(update_fields=["left_at", "left_recorded_at", "version"])
    record(actor, "sessions.leave", attendance, site_id=booking.session.site_id)
    return attendance


@taking_turns
def mark_absent(
    *, actor: User, booking: Booking, absence: str, reason: str = "", now: datetime
) -> Attendance:
    """Say that the person is not coming. A no-show opens the outreach; an excuse needs its reason."""
    booking = lock_booking(booking)
    attendance = attendance_of(booking)
    if attendance is not None and attendance.absence == absence:
        return attendance
    require_expected(booking)
    _require_absence(booking, attendance, absence, reason, now)
    attendance = Attendance.objects.create(
        booking=booking,
        absence=absence,
        reason=reason.strip(),
        source=_source_of(actor),
        recorded_by=actor,
        recorded_at=now,
    )
    if absence == Attendance.Absence.NO_SHOW:
        open_outreach(actor=actor, booking=booking, now=now)
    record(actor, "sessions.mark_absent", attendance, site_id=booking.session.site_id)
    return attendance


def _require_absence(
    booking: Booking, attendance: Attendance | None, absence: str, reason: str, now: datetime
) -> None:
    name, tz_name = booking.patient.called, booking.session.site.time_zone
    if attendance is not None and attendance.arrived_at is not None:
        came = wall(attendance.arrived_at, tz_name)
        raise Refused(f"{name} is checked in since {came}. Correct the record instead.")
    if attendance is not None:
        said = attendance.get_absence_display().lower()
        raise Refused(f"{name} is marked {said} already. Correct the record instead.")
    require_absence_words(absence, reason)
    if absence == Attendance.Absence.NO_SHOW and now < booking.session.starts_at:
        starts = wall(booking.session.starts_at, tz_name)
        raise Refused(f"The session starts at {starts}. Until then {name} may still come.", status=422)


@taking_turns
def end_session(*, actor: User, session: TherapySession, at: datetime, now: datetime) -> int:
    """Everyone still here leaves at `at`. Answers how many were checked out; 0 when nobody is here."""
    if at > now:
        raise Refused("That time has not come yet.", status=422, at="This time is still ahead.")
    bookings = Booking.objects.filter(session=session.pk).order_by("pk")
    locked = list(
        bookings.select_for_update(of=("self",), no_key=True).select_related("session__site", "patient")
    )
    here = Attendance.objects.filter(booking__in=locked, arrived_at__isnull=False, left_at__isnull=True)
    by_booking = {booking.pk: booking for booking in locked}
    leaving = list(here)
    for attendance in leaving:
        attendance.booking = by_booking[attendance.booking_id]
        assert attendance.arrived_at is not None
        require_leave_time(attendance.booking, attendance.arrived_at, at, now)
        attendance.left_at, attendance.left_recorded_at = at, now
        attendance.version += 1
    Attendance.objects.bulk_update(leaving, ["left_at", "left_recorded_at", "version"])
    for attendance in leaving:
        record(actor, "sessions.leave", attendance, site_id=session.site_id, with_the_group=True)
    return len(leaving)


def _source_of(actor: User) -> str:
    sources = Attendance.Source
    return sources.DESK if actor.role == Role.FRONT_DESK else sources.FACILITATOR
