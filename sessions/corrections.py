"""Changing what an attendance says: undo within ten minutes, later a correction with its reason.

What was said before stays readable in an append-only row (domain reference 4.5: amend, never back-date).
"""

from datetime import datetime, timedelta

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.models import Booking
from scheduling.turns import taking_turns
from sessions.attendance_rules import (
    attendance_of,
    lock_booking,
    require_absence_words,
    require_arrival_time,
    require_expected,
    require_leave_time,
)
from sessions.models import Attendance, AttendanceCorrection, Signature
from sessions.outreach import close_outreach, open_outreach

UNDO_WITHIN = timedelta(minutes=10)
NOT_A_NO_SHOW = "Marked absent by mistake; the record was corrected."
# Whose word may change the times under a signed note.
MAY_CORRECT_SIGNED = frozenset({Role.SUPERVISOR})


def is_signed(booking: Booking) -> bool:
    """Whether the note of this booking is signed."""
    return Signature.objects.filter(note__booking=booking.pk).exists()


@taking_turns
def correct(
    *,
    actor: User,
    attendance: Attendance,
    arrived_at: datetime | None,
    left_at: datetime | None,
    absence: str = "",
    reason: str,
    version: int | None = None,
    now: datetime,
) -> Attendance:
    """Say it again, with the reason: either times or an absence. `version` guards against a stale form."""
    booking = lock_booking(attendance.booking)
    current = _current(booking, version)
    _require_reason(reason)
    _require_right(actor, booking)
    _require_shape(booking, arrived_at, left_at, absence, reason, now)
    was_no_show = current.absence == Attendance.Absence.NO_SHOW
    AttendanceCorrection.objects.create(
        attendance=current,
        was_arrived_at=current.arrived_at,
        was_left_at=current.left_at,
        was_absence=current.absence,
        reason=reason.strip(),
        by=actor,
        at=now,
    )
    current.arrived_at, current.left_at, current.absence = arrived_at, left_at, absence
    current.reason = reason.strip() if absence else ""
    current.version += 1
    current.save(update_fields=["arrived_at", "left_at", "absence", "reason", "version"])
    _settle_outreach(actor, current, was_no_show, now)
    record(actor, "sessions.correct", current, site_id=booking.session.site_id)
    return current


def _current(booking: Booking, version: int | None) -> Attendance:
    current = attendance_of(booking)
    if current is None:
        raise Refused("This record was undone meanwhile. Reload the page.")
    if version is not None and version != current.version:
        raise Refused("Someone changed this record meanwhile. Reload the page and look again.")
    return current


def _require_reason(reason: str) -> None:
    if not reason.strip():
        sentence = "Say why the record changes."
        raise Refused(sentence, status=422, reason=sentence)


def _require_right(actor: User, booking: Booking) -> None:
    if actor.role not in MAY_CORRECT_SIGNED and is_signed(booking):
        raise Refused("The note of this session is signed, so only a supervisor may change its times.")


def _require_shape(
    booking: Booking,
    arrived_at: datetime | None,
    left_at: datetime | None,
    absence: str,
    reason: str,
    now: datetime,
) -> None:
    require_expected(booking)
    if absence:
        if arrived_at is not None or left_at is not None:
            raise Refused("Give times or an absence, not both.", status=422)
        require_absence_words(absence, reason)
        return
    if arrived_at is None:
        sentence = "Give the time of arrival, or the kind of absence."
        raise Refused(sentence, status=422, arrived_at=sentence)
    _say_at(booking, "arrived_at", arrived_at, now)
    if left_at is not None:
        _say_at(booking, "left_at", left_at, now, arrived_at)


def _say_at(
    booking: Booking, field: str, at: datetime, now: datetime, arrived_at: datetime | None = None
) -> None:
    """The time rules of arriving and leaving, their sentence tied to the field of this form."""
    try:
        if arrived_at is None:
            require_arrival_time(booking, at, now)
        else:
            require_leave_time(booking, arrived_at, at, now)
    except Refused as no:
        raise Refused(no.sentence, status=no.status, **{field: no.sentence}) from no


def _settle_outreach(actor: User, attendance: Attendance, was_no_show: bool, now: datetime) -> None:
    is_no_show = attendance.absence == Attendance.Absence.NO_SHOW
    if is_no_show and not was_no_show:
        open_outreach(actor=actor, booking=attendance.booking, now=now)
    if was_no_show and not is_no_show:
        close_outreach(actor=actor, booking=attendance.booking, outcome=NOT_A_NO_SHOW, now=now)


@taking_turns
def undo(*, actor: User, attendance: Attendance, now: datetime) -> Attendance | None:
    """Take back the last mark within ten minutes: the departure, else the whole record (then None)."""
    booking = lock_booking(attendance.booking)
    current = _current(booking, None)
    if is_signed(booking):
        raise Refused("The note of this session is signed. Correct the record instead.")
    if current.corrections.exists():
        raise Refused("This record was corrected already. Correct it again instead.")
    if not can_undo(current, now):
        raise Refused("Ten minutes have passed. Correct the record instead, with a reason.")
    if current.left_recorded_at is not None:
        return _undo_departure(actor, current)
    if current.absence == Attendance.Absence.NO_SHOW:
        close_outreach(actor=actor, booking=booking, outcome=NOT_A_NO_SHOW, now=now)
    current.delete()
    record(actor, "sessions.undo", booking, site_id=booking.session.site_id)
    return None


def can_undo(attendance: Attendance, now: datetime) -> bool:
    """Whether the last mark is at most ten minutes old."""
    return now - (attendance.left_recorded_at or attendance.recorded_at) <= UNDO_WITHIN


def _undo_departure(actor: User, attendance: Attendance) -> Attendance:
    attendance.left_at = attendance.left_recorded_at = None
    attendance.version += 1
    attendance.save(update_fields=["left_at", "left_recorded_at", "version"])
    record(actor, "sessions.undo_leave", attendance, site_id=attendance.booking.session.site_id)
    return attendance
