"""Discharge, whole: the episode ends, its places in groups end, and later bookings are freed."""

from datetime import date, datetime

from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from patients.discharging import EndDetails, end_episode
from patients.models import Discharge, Episode
from scheduling.ending import end_places
from scheduling.models import Booking, Enrollment, SeatOffer, TherapySession, WaitlistEntry
from scheduling.seats import free_seats
from scheduling.turns import hold_group, lock_episode, lock_sessions, taking_turns
from scheduling.waitlist import close_entry


@taking_turns
def discharge(
    *,
    actor: User,
    episode: Episode,
    kind: str,
    on: date,
    note: str = "",
    details: EndDetails | None = None,
    now: datetime,
) -> Discharge:
    """End the episode on `on`, its last day. What happened stays; sessions after it that have not begun go.

    Refused as `patients.discharging.end_episode` refuses.
    """
    episode = lock_episode(episode.pk)
    ended = end_episode(actor=actor, episode=episode, kind=kind, on=on, note=note, details=details, now=now)
    left = _end_enrollments(episode, on)
    later = Booking.objects.active().filter(
        episode=episode, session__starts_at__gt=now, session__occurs_on__gt=on
    )
    lock_sessions(later.values_list("session_id", flat=True))
    freed = free_seats(
        bookings=later, status=Booking.Status.CANCELLED_BY_CLINIC, reason="Discharged.", now=now
    )
    _call_off_visits_without_them(episode, on, now)
    record(
        actor,
        "scheduling.discharge",
        episode,
        discharge_id=ended.pk,
        enrollments=left,
        bookings=len(freed),
    )
    return ended


def _call_off_visits_without_them(episode: Episode, on: date, now: datetime) -> None:
    """Family visits the patient stays away from have no booking to free."""
    alone = TherapySession.objects.scheduled().filter(
        series__episode=episode, series__patient_present=False, starts_at__gt=now, occurs_on__gt=on
    )
    for session in lock_sessions(alone.values_list("pk", flat=True)):
        session.status, session.version = TherapySession.Status.CANCELLED, session.version + 1
        session.cancel_reason = "Discharged."
        session.save(update_fields=["status", "version", "cancel_reason"])


def _end_enrollments(episode: Episode, on: date) -> int:
    """Places end on the last day, and so does waiting for one."""
    places = Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), episode=episode)
    waits = WaitlistEntry.objects.waiting().filter(episode=episode)
    groups = {*places.values_list("group_id", flat=True), *waits.values_list("group_id", flat=True)}
    for group_pk in sorted(groups):
        hold_group(group_pk)
    for entry in waits:
        close_entry(entry, WaitlistEntry.Outcome.REMOVED, SeatOffer.Answer.WITHDRAWN)
    return end_places(places, on)
