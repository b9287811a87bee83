"""Dated places in weekly groups: enroll books every session not begun, leaving frees them.

Everything in the patient's way is looked at before anything is saved.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.choices import Clashing
from scheduling.clashes import refused_in_words
from scheduling.models import Booking, Enrollment, Group, Override, TherapySession
from scheduling.overrides import allow
from scheduling.place_rules import clashes_of_place
from scheduling.seats import free_seats, require_track_takes, take_seats
from scheduling.turns import lock_episode, lock_group, lock_sessions, taking_turns
from scheduling.waitlist import require_unpromised_seat
from scheduling.wanted import Clash
from scheduling.words import day_words


@dataclass(frozen=True)
class Place:
    """A place as it is asked for. `skip` are dates without a seat; `anyway` goes ahead for a reason."""

    group: Group
    from_on: date
    to_on: date | None = None
    skip: frozenset[date] = frozenset()
    anyway: bool = False


@taking_turns
def enroll(
    *,
    actor: User,
    episode: Episode,
    group: Group,
    from_on: date,
    to_on: date | None = None,
    skip: Collection[date] = (),
    override: Override | None = None,
    now: datetime,
) -> Enrollment:
    """A place from `from_on` (to `to_on`), and a booking in every planned session not begun, but `skip`.

    All or nothing: Clashing 409 holds each date in the way, but those an `override` covers; Refused 409
    says why the track does not take them; 422 for dates outside the episode or the group.
    """
    place = Place(group, from_on, to_on, frozenset(skip), anyway=override is not None)
    (enrollment,) = _take(actor, episode, [place], lambda clashes: override, now)
    return enrollment


@taking_turns
def enroll_in(
    *, actor: User, episode: Episode, places: Iterable[Place], reason: str = "", now: datetime
) -> list[Enrollment]:
    """Each of these places, or none of them. `reason` is for those that go ahead anyway."""
    asked = sorted(places, key=lambda place: place.group.pk)
    if not asked:
        raise Refused("Choose at least one group.", status=422, groups="Choose at least one group.")
    site = episode.site
    return _take(
        actor,
        episode,
        asked,
        lambda clashes: allow(actor=actor, site=site, clashes=clashes, reason=reason),
        now,
    )


def _take(
    actor: User,
    episode: Episode,
    asked: Sequence[Place],
    allowed: Callable[[list[Clash]], Override | None],
    now: datetime,
) -> list[Enrollment]:
    """Places of one episode in groups in the order of their numbers; `allowed` answers for going ahead."""
    episode = lock_episode(episode.pk)
    made = [_make(actor, episode, place, now) for place in asked]
    sessions = lock_sessions(pk for place in asked for pk in _seats_of(episode, place, now))
    ahead = _settle(episode, asked, sessions)
    override = allowed(ahead)
    going = {clash.wanted.session_pk for clash in ahead}
    overridden = {session.group_id for session in sessions if session.pk in going}
    for enrollment in made:
        if enrollment.group_id in overridden:
            enrollment.override = override
            enrollment.save(update_fields=["override"])
    booked = take_seats(actor=actor, sessions=sessions, episode=episode, now=now)
    for enrollment in made:
        seats = sum(booking.session.group_id == enrollment.group_id for booking in booked)
        record(
            actor,
            "scheduling.enroll",
            enrollment,
            site_id=episode.site_id,
            group_id=enrollment.group_id,
            bookings=seats,
        )
    return made


def _make(actor: User, episode: Episode, place: Place, now: datetime) -> Enrollment:
    group = lock_group(place.group.pk)
    require_enrollable(episode, group, place.from_on, place.to_on)
    require_unpromised_seat(group, episode, place.from_on, now, place.to_on)
    with refused_in_words():
        return Enrollment.objects.create(
            episode=episode, group=group, from_on=place.from_on, to_on=place.to_on, enrolled_by=actor
        )


def _seats_of(episode: Episode, place: Place, now: datetime) -> list[int]:
    last_on = place.to_on or episode.ended_on
    return not_begun(place.group, now, place.from_on, last_on, without=place.skip)


def _settle(episode: Episode, asked: Sequence[Place], sessions: list[TherapySession]) -> list[Clash]:
    """The clashes that go ahead; Clashing when any other is left."""
    anyway = {place.group.pk for place in asked if place.anyway}
    by_pk = {session.pk: session.group_id for session in sessions}
    ahead: list[Clash] = []
    left: list[Clash] = []
    for clash in clashes_of_place(episode.patient, sessions):
        goes_on = clash.can_override and by_pk[clash.wanted.session_pk or 0] in anyway
        (ahead if goes_on else left).append(clash)
    if left:
        raise Clashing(left)
    return ahead


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
    later = [s for s in lock_sessions(not_begun(group, now, enrollment.from_on)) if s.occurs_on > last_on]
    freed = free_seats(
        bookings=Booking.objects.filter(session__in=later, patient=episode.patient_id),
        status=Booking.Status.CANCELLED_BY_CLINIC,
        reason="Left the group.",
        now=now,
    )
    record(actor, "scheduling.end_enrollment", enrollment, site_id=episode.site_id, bookings=len(freed))
    return enrollment


def require_enrollable(episode: Episode, group: Group, from_on: date, to_on: date | None) -> None:
    """409 or 422 for a group that takes nobody, or for days outside the episode or the group."""
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
    require_track_takes(episode, track, from_on)


def not_begun(
    group: Group,
    now: datetime,
    from_on: date,
    to_on: date | None = None,
    without: Collection[date] = (),
) -> list[int]:
    """Numbers of the group's planned sessions of these days that have not begun."""
    sessions = TherapySession.objects.scheduled().filter(group=group, starts_at__gt=now)
    sessions = sessions.filter(occurs_on__gte=from_on).exclude(occurs_on__in=without)
    if to_on is not None:
        sessions = sessions.filter(occurs_on__lte=to_on)
    return list(sessions.values_list("pk", flat=True))
