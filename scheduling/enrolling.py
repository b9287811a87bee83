"""Dated places in weekly groups: enroll books every session not begun, leaving frees them."""

from collections.abc import Iterable
from datetime import date, datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.clashes import refused_in_words
from scheduling.models import Booking, Enrollment, Group, TherapySession
from scheduling.seats import free_seats, require_age, take_seats
from scheduling.turns import lock_episode, lock_group, lock_sessions, taking_turns
from scheduling.waitlist import require_unpromised_seat
from scheduling.words import day_words


@taking_turns
def enroll(
    *,
    actor: User,
    episode: Episode,
    group: Group,
    from_on: date,
    to_on: date | None = None,
    now: datetime,
) -> Enrollment:
    """A place from `from_on` (to `to_on`), and a booking in every planned session not begun.

    All or nothing: Refused 409 names the clash, the full session or the age outside the track;
    422 for dates outside the episode or the group.
    """
    episode, group = lock_episode(episode.pk), lock_group(group.pk)
    _require_enrollable(episode, group, from_on, to_on)
    require_unpromised_seat(group, episode, from_on, now, to_on)
    with refused_in_words():
        enrollment = Enrollment.objects.create(
            episode=episode, group=group, from_on=from_on, to_on=to_on, enrolled_by=actor
        )
    sessions = lock_sessions(_not_begun(group, now, from_on, to_on or episode.ended_on))
    booked = take_seats(actor=actor, sessions=sessions, episode=episode, now=now)
    record(
        actor,
        "scheduling.enroll",
        enrollment,
        site_id=episode.site_id,
        group_id=group.pk,
        bookings=len(booked),
    )
    return enrollment


@taking_turns
def enroll_in(
    *, actor: User, episode: Episode, groups: Iterable[Group], from_on: date, now: datetime
) -> list[Enrollment]:
    """A place in each of these groups, or in none of them."""
    chosen = sorted(groups, key=lambda group: group.pk)
    if not chosen:
        raise Refused("Choose at least one group.", status=422, groups="Choose at least one group.")
    return [enroll(actor=actor, episode=episode, group=group, from_on=from_on, now=now) for group in chosen]


@taking_turns
def end_enrollment(*, actor: User, enrollment: Enrollment, last_on: date, now: datetime) -> Enrollment:
    """The last day in the group; later bookings that have not begun are freed. 422 before the first day."""
    episode, group = lock_episode(enrollment.episode.pk), lock_group(enrollment.group_id)
    enrollment = Enrollment.objects.select_for_update(of=("self",)).get(pk=enrollment.pk)
    if last_on < enrollment.from_on:
        raise Refused("The last day is before the first.", status=422, last_on="Before the first day.")
    if enrollment.to_on is not None and enrollment.to_on <= last_on:
        return enrollment
    enrollment.to_on = last_on
    enrollment.save(update_fields=["to_on"])
    later = [s for s in lock_sessions(_not_begun(group, now, enrollment.from_on)) if s.occurs_on > last_on]
    freed = free_seats(
        bookings=Booking.objects.filter(session__in=later, patient=episode.patient_id),
        status=Booking.Status.CANCELLED_BY_CLINIC,
        reason="Left the group.",
        now=now,
    )
    record(actor, "scheduling.end_enrollment", enrollment, site_id=episode.site_id, bookings=len(freed))
    return enrollment


def _require_enrollable(episode: Episode, group: Group, from_on: date, to_on: date | None) -> None:
    track, name = group.track, episode.patient.called
    if track.site_id != episode.site_id:
        raise Refused(f"{group.name} is at another site.")
    if not track.is_active:
        raise Refused(f"{track.name} takes nobody at the moment.")
    if to_on is not None and to_on < from_on:
        raise Refused("The last day is before the first.", status=422, to_on="Before the first day.")
    if from_on < episode.admitted_on:
        said = f"{name} is admitted from {day_words(episode.admitted_on)}."
        raise Refused(said, status=422, from_on=said)
    if episode.ended_on is not None and from_on > episode.ended_on:
        said = f"{name} was discharged on {day_words(episode.ended_on)}."
        raise Refused(said, status=422, from_on=said)
    if group.to_on is not None and from_on > group.to_on:
        said = f"{group.name} ended on {day_words(group.to_on)}."
        raise Refused(said, status=422, from_on=said)
    require_age(episode, track, from_on)


def _not_begun(group: Group, now: datetime, from_on: date, to_on: date | None = None) -> list[int]:
    sessions = TherapySession.objects.scheduled().filter(group=group, starts_at__gt=now)
    sessions = sessions.filter(occurs_on__gte=from_on)
    if to_on is not None:
        sessions = sessions.filter(occurs_on__lte=to_on)
    return list(sessions.values_list("pk", flat=True))
