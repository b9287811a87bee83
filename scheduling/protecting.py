"""Taking the mark of a substance-use record off a stay: not while the person has a place in such a track."""

from datetime import datetime

from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients import protecting
from patients.models import Episode
from scheduling.models import Booking, Enrollment, Track, WaitlistEntry
from scheduling.turns import lock_episode, taking_turns


@taking_turns
def unmark_substance_use(*, actor: User, episode: Episode, reason: str, now: datetime) -> Episode:
    """Refused 409 while they have a place, a seat or wait in a substance-use track, 422 without a reason."""
    episode = lock_episode(episode.pk)
    track = _still_in(episode, now)
    if track is not None:
        name = episode.patient.called
        raise Refused(f"{name} has a place in {track.name}, a substance-use program. End it first.")
    return protecting.unmark_substance_use(actor=actor, episode=episode, reason=reason)


def _still_in(episode: Episode, now: datetime) -> Track | None:
    today = local_day(now, episode.site.time_zone)
    held = Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=today), episode=episode)
    coming = Booking.objects.active().filter(episode=episode, session__ends_at__gt=now)
    waits = WaitlistEntry.objects.waiting().filter(episode=episode)
    return Track.objects.filter(
        Q(groups__in=held.values("group"))
        | Q(groups__in=coming.values("session__group"))
        | Q(groups__in=waits.values("group")),
        is_part2=True,
    ).first()
