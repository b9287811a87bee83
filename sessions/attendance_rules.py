"""What attendance may say: who is expected, which times are possible, which words an absence needs.

Domain reference 0.2 (rules 2 and 12) and 7.1. Each rule raises Refused with the sentence for the desk.
"""

from datetime import datetime, timedelta

from iop_clinic.refusal import Refused
from scheduling.models import Booking, TherapySession
from scheduling.turns import keep_running
from sessions.models import Attendance
from sessions.wall import wall

EARLIEST = timedelta(minutes=60)
LATEST_LEAVE = timedelta(minutes=60)


def lock_booking(booking: Booking) -> Booking:
    """The booking's row, locked, with its session, site, episode and patient; run inside a transaction.

    Before it the episode, so that recording and a discharge take turns.
    """
    keep_running(booking.pk)
    rows = Booking.objects.select_for_update(of=("self",), no_key=True)
    related = ("session__site", "session__lead", "episode__primary_clinician", "patient")
    return rows.select_related(*related).get(pk=booking.pk)


def attendance_of(booking: Booking) -> Attendance | None:
    """The one attendance of a booking, or None while nothing is recorded."""
    attendance = Attendance.objects.filter(booking=booking.pk).first()
    if attendance is not None:
        attendance.booking = booking
    return attendance


def require_expected(booking: Booking) -> None:
    """Refuse a booking nobody is expected at: cancelled, or after the discharge."""
    name = booking.patient.called
    if booking.session.status == TherapySession.Status.CANCELLED:
        raise Refused(f"{booking.session.title} was cancelled. Nobody can be checked in.")
    if not booking.is_active:
        raise Refused(f"{name}'s place in this session was cancelled. Book it again first.")
    ended_on = booking.episode.ended_on
    if ended_on is not None and booking.session.occurs_on > ended_on:
        raise Refused(f"{name} was discharged on {ended_on:%b} {ended_on.day}.")


def require_arrival_time(booking: Booking, at: datetime, now: datetime) -> None:
    """Refuse an arrival in the future, more than an hour early, or after the session's end."""
    session, tz_name = booking.session, booking.session.site.time_zone
    if at > now:
        raise Refused("That time has not come yet.", status=422, at="This time is still ahead.")
    if at < session.starts_at - EARLIEST:
        earliest = wall(session.starts_at - EARLIEST, tz_name)
        sentence = f"Check-in opens an hour before the session, at {earliest}."
        raise Refused(sentence, status=422, at=sentence)
    if at > session.ends_at:
        sentence = f"The session ended at {wall(session.ends_at, tz_name)}. Give a time before that."
        raise Refused(sentence, status=422, at=sentence)


def require_leave_time(booking: Booking, arrived_at: datetime, left_at: datetime, now: datetime) -> None:
    """Refuse a departure in the future, before the arrival, or more than an hour after the end."""
    session, tz_name = booking.session, booking.session.site.time_zone
    if left_at > now:
        raise Refused("That time has not come yet.", status=422, at="This time is still ahead.")
    if left_at < arrived_at:
        sentence = f"{booking.patient.called} arrived at {wall(arrived_at, tz_name)}, after that time."
        raise Refused(sentence, status=422, at=sentence)
    if left_at > session.ends_at + LATEST_LEAVE:
        sentence = f"The session ended at {wall(session.ends_at, tz_name)}. Give a time near that."
        raise Refused(sentence, status=422, at=sentence)


def require_absence_words(absence: str, reason: str) -> None:
    """Refuse an absence that is none of ours, and an excuse without its reason."""
    if absence not in Attendance.Absence.values:
        sentence = "Say which kind of absence it is."
        raise Refused(sentence, status=422, absence=sentence)
    if absence == Attendance.Absence.EXCUSED and not reason.strip():
        sentence = "Say why the absence is excused."
        raise Refused(sentence, status=422, reason=sentence)
