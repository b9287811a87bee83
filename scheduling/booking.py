"""One patient, one seat: book, cancel, confirm, running late."""

from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.wall import wall
from patients.models import Episode
from scheduling.changes import Told, What, tell_change
from scheduling.choices import Clashing
from scheduling.models import Booking, TherapySession
from scheduling.overrides import allow
from scheduling.place_rules import clashes_of_place
from scheduling.seats import free_seats, require_seat, seats_of, take_seats
from scheduling.turns import hold_group, lock_again, lock_booking, taking_turns
from scheduling.waitlist import require_unpromised_on
from scheduling.wanted import Clash


@taking_turns
def book(
    *,
    actor: User,
    session: TherapySession,
    episode: Episode,
    anyway: bool = False,
    reason: str = "",
    now: datetime,
) -> Booking:
    """A seat in one session that takes several people. Booking it twice is one booking.

    Clashing 409 holds what is in this person's way; `anyway` goes ahead where a rule allows it, for a
    `reason` (403 without the right, 422 without one). Refused 409 for a session begun, cancelled or full,
    someone's own visit, and a seat that is promised on the waitlist.
    """
    episode = lock_again(episode)
    if session.group_id is not None:
        hold_group(session.group_id)
    session = lock_again(session)
    known = seats_of(episode.patient, [session])
    held = known.get(session.pk)
    if held is not None and held.is_active:
        return held
    if session.has_begun(now):
        raise Refused(f"{session.title} has begun already.")
    require_seat(episode, session)
    if not session.takes_several:
        raise Refused(f"{session.title} is one person’s own visit. Nobody is added to it.")
    if session.group_id is not None:
        require_unpromised_on(session, episode)
    ahead = _settled(clashes_of_place(episode.patient, [session]), anyway)
    override = allow(actor=actor, site=session.site, clashes=ahead, reason=reason)
    (booking,) = take_seats(actor=actor, sessions=[session], episode=episode, now=now, known=known)
    if override is not None:
        booking.override = override
        booking.save(update_fields=["override"])
    record(actor, "scheduling.book", booking, site_id=session.site_id, session_id=session.pk)
    return booking


def _settled(clashes: list[Clash], anyway: bool) -> list[Clash]:
    """The clashes that go ahead; Clashing when any other is left."""
    if left := [clash for clash in clashes if not (anyway and clash.can_override)]:
        raise Clashing(left)
    return clashes


@taking_turns
def cancel(*, actor: User, booking: Booking, reason: str, by_patient: bool, now: datetime) -> Booking:
    """Free the seat and take back the reminder; the clinic's own cancellation is told to the patient.

    Twice changes nothing; 409 once the session has begun.
    """
    booking = lock_booking(booking.pk)
    session = booking.session
    if not booking.is_active:
        return booking
    if session.has_begun(now):
        raise Refused("The session has begun. Record an absence instead.")
    status = Booking.Status.CANCELLED_BY_PATIENT if by_patient else Booking.Status.CANCELLED_BY_CLINIC
    free_seats(bookings=[booking], status=status, reason=reason.strip(), now=now)
    if not by_patient:
        tell_change([Told(booking, session.starts_at)], What.CANCELLED, now)
    booking.refresh_from_db(fields=["status", "cancelled_at", "cancel_reason", "running_late_until"])
    record(actor, "scheduling.cancel", booking, site_id=session.site_id, by_patient=by_patient)
    return booking


@taking_turns
def confirm(*, actor: User, booking: Booking, now: datetime) -> Booking:
    """The patient says they will come. Twice changes nothing."""
    booking = lock_booking(booking.pk)
    _require_coming(booking)
    if booking.session.ends_at <= now:
        raise Refused("This session is over.")
    if booking.confirmed_at is None:
        booking.confirmed_at = now
        booking.save(update_fields=["confirmed_at"])
        record(actor, "scheduling.confirm", booking, site_id=booking.session.site_id)
    return booking


@taking_turns
def running_late(*, actor: User, booking: Booking, until: datetime, now: datetime) -> Booking:
    """The patient expects to arrive at `until` (aware): while it runs, or for their next one that day."""
    booking = lock_booking(booking.pk)
    session = booking.session
    _require_coming(booking)
    if session.ends_at <= now:
        raise Refused("This session is over.")
    in_time = max(session.starts_at, now) <= until < session.ends_at
    if not in_time and until != _next_start(booking):
        ends = wall(session.ends_at, session.site.time_zone)
        said = f"Choose a time before the session ends at {ends}."
        raise Refused(said, status=422, until=said)
    booking.running_late_until = until
    booking.save(update_fields=["running_late_until"])
    record(actor, "scheduling.running_late", booking, site_id=session.site_id)
    return booking


def _next_start(booking: Booking) -> datetime | None:
    """When this patient's next session of the same day starts."""
    session = booking.session
    following = Booking.objects.active().filter(
        patient=booking.patient_id,
        session__occurs_on=session.occurs_on,
        session__starts_at__gte=session.ends_at,
        session__status=TherapySession.Status.SCHEDULED,
    )
    return following.order_by("session__starts_at").values_list("session__starts_at", flat=True).first()


def _require_coming(booking: Booking) -> None:
    if not booking.is_active:
        raise Refused("This appointment was cancelled.")
    if booking.session.status != TherapySession.Status.SCHEDULED:
        raise Refused("This session was cancelled.")
