"""Taking and freeing seats: booking rows and the reminders they are owed, in the caller's transaction."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import F, QuerySet

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from patients.models import Episode, Patient
from scheduling.clashes import full_words, patient_clash, refused_in_words, span_of
from scheduling.models import Booking, TherapySession, Track
from scheduling.reminders import plan_reminders, withdraw_reminders
from scheduling.words import day_words

_STATUS = Booking.Status
_REVIVED = (
    "status", "version", "episode", "booked_by", "booked_at", "confirmed_at", "running_late_until",
    "cancelled_at", "cancel_reason", "went_with_session", "makes_up", "override",
)  # fmt: skip


def require_in_care(episode: Episode, session: TherapySession) -> None:
    """409 unless the session is at the episode's site, on one of its days, not cancelled or someone's own."""
    name = episode.patient.called
    own = session.series
    if own is not None and own.episode.patient_id != episode.patient_id:
        raise Refused("That is another patient’s own visit.")
    if session.site_id != episode.site_id:
        raise Refused(f"{session.title} is at another site.")
    if session.occurs_on < episode.admitted_on:
        raise Refused(f"{name} is admitted from {day_words(episode.admitted_on)}.")
    if episode.ended_on is not None and session.occurs_on > episode.ended_on:
        raise Refused(f"{name} was discharged on {day_words(episode.ended_on)}.")
    if session.status != TherapySession.Status.SCHEDULED:
        raise Refused(f"{session.title} on {day_words(session.occurs_on)} is cancelled.")


def why_not_for(track: Track, patient: Patient, episode: Episode, day: date) -> str:
    """Why the track does not take this person on that day, or nothing: age, or 42 CFR Part 2.

    Who is in a substance-use program has a protected record, so the stay is marked as one first.
    """
    age = patient.age_on(day)
    if not track.takes_age(age):
        return f"{track.name} is for ages {track.ages}. {patient.called} is {age}."
    if track.is_part2 and not episode.is_part2:
        return f"{track.name} is a substance-use program. Mark the stay as a substance-use record first."
    return ""


def require_track_takes(episode: Episode, track: Track, day: date) -> None:
    """409 for someone whom the track does not take on that day."""
    if said := why_not_for(track, episode.patient, episode, day):
        raise Refused(said)


def seats_of(patient: Patient, sessions: Iterable[TherapySession]) -> dict[int, Booking]:
    """Their bookings in these sessions, cancelled ones too, by the number of the session."""
    rows = Booking.objects.filter(session__in=sessions, patient=patient).order_by()
    return {booking.session_id: booking for booking in rows}


def require_seat(episode: Episode, session: TherapySession) -> None:
    """409 for who has no business in the session, whom its track does not take, or who finds it full."""
    require_in_care(episode, session)
    if session.series is not None and not session.series.patient_present:
        raise Refused(f"{episode.patient.called} stays away from this visit.")
    if session.group is not None:
        require_track_takes(episode, session.group.track, session.occurs_on)
    if session.is_full:
        raise Refused(full_words(session))


def take_seats(
    *,
    actor: User,
    sessions: list[TherapySession],
    episode: Episode,
    now: datetime,
    known: dict[int, Booking] | None = None,
) -> list[Booking]:
    """Book locked sessions for a locked episode: all of them, or Refused with the one that cannot be.

    `known` is what `seats_of` says under these locks, when it was asked already.
    """
    patient = episode.patient
    known = seats_of(patient, sessions) if known is None else known
    wanted = [s for s in sessions if s.pk not in known or not known[s.pk].is_active]
    for session in wanted:
        require_seat(episode, session)
    fresh = [_new(session, episode, actor, now) for session in wanted if session.pk not in known]
    revived = [_revive(known[session.pk], episode, actor, now) for session in wanted if session.pk in known]
    by_session = {session.pk: session for session in sessions}
    with refused_in_words(lambda constraint: _name_it(constraint, episode, wanted)):
        Booking.objects.bulk_create(fresh)
        Booking.objects.bulk_update(revived, _REVIVED)
    for booking in (taken := fresh + revived):
        booking.session, booking.patient = by_session[booking.session_id], patient
    plan_reminders(taken, now)
    return taken


def _name_it(constraint: str, episode: Episode, wanted: list[TherapySession]) -> str:
    if constraint == "booking_patient_in_one_place":
        return patient_clash(episode.patient, wanted)
    return ""


def _new(session: TherapySession, episode: Episode, actor: User, now: datetime) -> Booking:
    return Booking(
        session=session,
        during=span_of(session),
        patient=episode.patient,
        episode=episode,
        booked_by=actor,
        booked_at=now,
    )


def _revive(booking: Booking, episode: Episode, actor: User, now: datetime) -> Booking:
    """Booked again after a cancellation: the same row, one version on."""
    booking.status, booking.version, booking.episode = _STATUS.BOOKED, booking.version + 1, episode
    booking.booked_by, booking.booked_at = actor, now
    booking.confirmed_at = booking.running_late_until = booking.cancelled_at = None
    booking.cancel_reason, booking.went_with_session = "", False
    booking.makes_up = booking.override = None
    return booking


def free_seats(
    *, bookings: Iterable[Booking], status: str, reason: str, now: datetime, withdrawn: str = ""
) -> list[int]:
    """Cancel bookings of locked sessions, take back their reminders; the numbers of those freed.

    A visit of one's own goes with its booking, so that the clinician and the room are free again.
    """
    pks = [booking.pk for booking in bookings]
    active: QuerySet[Booking] = Booking.objects.filter(pk__in=pks, status=_STATUS.BOOKED)
    freed = sorted(active.values_list("pk", flat=True))
    active.update(status=status, cancelled_at=now, cancel_reason=reason[:200], running_late_until=None)
    withdraw_reminders(freed, withdrawn or "The appointment was cancelled.")
    visits = TherapySession.objects.scheduled().filter(bookings__in=freed, group=None, capacity=1)
    TherapySession.objects.filter(pk__in=list(visits.values_list("pk", flat=True))).update(
        status=TherapySession.Status.CANCELLED,
        version=F("version") + 1,
        cancel_reason="The visit was cancelled.",
    )
    return freed


def moved_again(session: TherapySession, now: datetime) -> None:
    """New version of each active booking of a moved session: old reminders out, new ones in."""
    active = session.bookings.filter(status=_STATUS.BOOKED)
    active.update(version=F("version") + 1, confirmed_at=None, running_late_until=None)
    bookings = list(active.select_related("patient"))
    for booking in bookings:
        booking.session = session
    withdraw_reminders([booking.pk for booking in bookings], "The appointment was moved.")
    plan_reminders(bookings, now)
