"""Moving and cancelling a whole session. Its people follow by the database; their reminders by version."""

from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from scheduling.clashes import member_clash, refused_in_words, session_clash
from scheduling.models import Booking, Room, TherapySession
from scheduling.seats import free_seats, moved_again
from scheduling.turns import lock_lead_and_room, lock_session, taking_turns


@taking_turns
def move_session(
    *,
    actor: User,
    session: TherapySession,
    starts_at: datetime,
    room: Room | None = None,
    version: int | None = None,
    now: datetime,
) -> TherapySession:
    """To another instant, and another room if one is given; as long as before.

    Refused 409 for a session begun, cancelled, changed since `version`, or a clash by name; 422 for a
    time that has passed.
    """
    lock_lead_and_room(session.lead_id, room.pk if room else session.room_id)
    session = lock_session(session.pk)
    require_movable(session, version, now)
    if starts_at <= now:
        raise Refused("That time has passed.", status=422, starts_at="This time has passed.")
    if room is not None and (room.site_id != session.site_id or not room.is_active):
        raise Refused("That room is not in use at this site.", status=422, room="Choose another room.")
    if starts_at == session.starts_at and (room is None or room.pk == session.room_id):
        return session
    lasts, moves = session.ends_at - session.starts_at, starts_at != session.starts_at
    session.starts_at, session.ends_at = starts_at, starts_at + lasts
    session.occurs_on = local_day(starts_at, session.site.time_zone)
    session.room, session.version = room or session.room, session.version + 1
    with refused_in_words(lambda constraint: _name_it(session, constraint)):
        session.save(update_fields=["starts_at", "ends_at", "occurs_on", "room", "version"])
    if moves:
        moved_again(session, now)
    record(actor, "scheduling.move_session", session, version=session.version)
    return session


@taking_turns
def cancel_session(*, actor: User, session: TherapySession, reason: str, now: datetime) -> TherapySession:
    """The clinic calls a session off: every booking is freed. Twice changes nothing; 409 once begun."""
    session = lock_session(session.pk)
    if session.status == TherapySession.Status.CANCELLED:
        return session
    if not reason.strip():
        raise Refused("Say why.", status=422, reason="Say why, in a few words.")
    require_movable(session, None, now)
    session.status, session.version = TherapySession.Status.CANCELLED, session.version + 1
    session.cancel_reason = reason.strip()[:200]
    session.save(update_fields=["status", "version", "cancel_reason"])
    freed = free_seats(
        bookings=session.bookings.all(),
        status=Booking.Status.CANCELLED_BY_CLINIC,
        reason=session.cancel_reason,
        now=now,
        withdrawn="The session was cancelled.",
    )
    record(actor, "scheduling.cancel_session", session, bookings=len(freed))
    return session


def require_movable(session: TherapySession, version: int | None, now: datetime) -> None:
    if session.status == TherapySession.Status.CANCELLED:
        raise Refused("This session is cancelled.")
    if session.has_begun(now):
        raise Refused("This session has begun. What happened in it is recorded on Today.")
    if version is not None and version != session.version:
        raise Refused("Someone changed this session meanwhile. Look at it again before you change it.")


def _name_it(session: TherapySession, constraint: str) -> str:
    if constraint == "booking_patient_in_one_place":
        return member_clash(session)
    return session_clash(session, constraint)
