"""Moving and cancelling whole sessions. Bookings and reminders follow, and who is booked is told."""

from collections.abc import Iterable
from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from scheduling.changes import Told, What, tell_change, told_of
from scheduling.clashes import moved_clash, refused_in_words
from scheduling.edit_shape import PLANNED, TIME
from scheduling.models import Booking, Closure, Override, Room, TherapySession
from scheduling.seats import free_seats, moved_again
from scheduling.turns import lock_sessions, taking_turns

MOVED = ["starts_at", "ends_at", "occurs_on", "room", "version", "own", "override", "shares_room"]


def put_at(
    *,
    actor: User,
    session: TherapySession,
    starts_at: datetime,
    room: Room | None,
    override: Override | None = None,
    shares_room: bool = False,
    planned: bool = False,
    now: datetime,
) -> list[Told]:
    """Save a locked session at this instant, in this room if one is given; who to tell. 409 for a clash.

    `planned`: the planner chose the time, nobody did by hand.
    """
    was_at, lasts = session.starts_at, session.ends_at - session.starts_at
    own = {TIME} if starts_at != was_at else set()
    before = set(session.own) - ({PLANNED} if own else set())
    if planned and own:
        own |= {PLANNED}
    if room is not None and room.pk != session.room_id:
        session.room, own = room, own | {"room"}
    session.starts_at, session.ends_at = starts_at, starts_at + lasts
    session.occurs_on = local_day(starts_at, session.site.time_zone)
    session.override, session.shares_room = override or session.override, shares_room
    session.own, session.version = sorted(own | before), session.version + 1
    with refused_in_words(lambda constraint: moved_clash(session, constraint)):
        session.save(update_fields=MOVED)
    if TIME in own:
        moved_again(session, now)
    record(actor, "scheduling.move_session", session, version=session.version)
    return told_of(session, was_at)


@taking_turns
def cancel_session(*, actor: User, session: TherapySession, reason: str, now: datetime) -> TherapySession:
    """The clinic calls a session off: every booking is freed, and who was booked is told.

    Twice changes nothing; 409 once begun.
    """
    (session,) = cancel_sessions(actor=actor, sessions=[session], reason=reason, now=now)
    return session


@taking_turns
def cancel_sessions(
    *, actor: User, sessions: Iterable[TherapySession], reason: str, now: datetime
) -> list[TherapySession]:
    """Several at once, with one message for each person. As `cancel_session`."""
    locked = lock_sessions(session.pk for session in sessions)
    standing = [one for one in locked if one.status != TherapySession.Status.CANCELLED]
    if standing and not reason.strip():
        raise Refused("Say why.", status=422, reason="Say why, in a few words.")
    told: list[Told] = []
    for session in standing:
        require_movable(session, None, now)
        told += call_off(actor=actor, session=session, reason=reason, now=now)
    tell_change(told, What.CANCELLED, now)
    return locked


def call_off(
    *, actor: User, session: TherapySession, reason: str, closure: Closure | None = None, now: datetime
) -> list[Told]:
    """Cancel a locked session, for a closure if one is given, and free its seats; who to tell."""
    told = told_of(session, session.starts_at)
    session.status, session.version = TherapySession.Status.CANCELLED, session.version + 1
    session.cancel_reason, session.called_off_for = reason.strip()[:200], closure
    session.save(update_fields=["status", "version", "cancel_reason", "called_off_for"])
    freed = free_seats(
        bookings=[one.booking for one in told],
        status=Booking.Status.CANCELLED_BY_CLINIC,
        reason=session.cancel_reason,
        now=now,
        withdrawn="The session was cancelled.",
    )
    Booking.objects.filter(pk__in=freed).update(went_with_session=True)
    record(actor, "scheduling.cancel_session", session, bookings=len(freed))
    return told


def require_movable(session: TherapySession, version: int | None, now: datetime) -> None:
    if session.status == TherapySession.Status.CANCELLED:
        raise Refused("This session is cancelled.")
    if session.has_begun(now):
        raise Refused("This session has begun. What happened in it is recorded on Today.")
    if version is not None and version != session.version:
        raise Refused("Someone changed this session meanwhile. Look at it again before you change it.")
