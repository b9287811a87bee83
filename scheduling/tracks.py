"""Tracks of a site: a set of weekly groups for one age range. Switching one off waits for its groups."""

from datetime import datetime

from django.db.models import Q

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.models import Enrollment, Group, Track, WaitlistEntry
from scheduling.turns import lock_group, taking_turns

_NAME_TAKEN = "A track of this site has that name already."


@taking_turns
def add_track(
    *,
    actor: User,
    site: Site,
    name: str,
    tone: str,
    is_part2: bool = False,
    youngest_age: int = 18,
    oldest_age: int | None = None,
) -> Track:
    """A new, empty track. Refused 422 for a name in use or ages that make no range."""
    _require_shape(name, tone, youngest_age, oldest_age)
    fields = {"tone": tone, "is_part2": is_part2, "youngest_age": youngest_age, "oldest_age": oldest_age}
    with refused_by(track_name_once_per_site=Refused(_NAME_TAKEN, status=422, name=_NAME_TAKEN)):
        track = Track.objects.create(site=site, name=name.strip(), **fields)
    record(actor, "scheduling.add_track", track)
    return track


@taking_turns
def change_track(
    *,
    actor: User,
    track: Track,
    name: str,
    tone: str,
    is_part2: bool,
    youngest_age: int,
    oldest_age: int | None,
    is_active: bool,
    now: datetime,
) -> Track:
    """New name, ages or marks.

    Refused 409 when it is switched off while groups of it still meet, or becomes a substance-use program
    while someone in it has a stay that is not marked as such a record.
    """
    _require_shape(name, tone, youngest_age, oldest_age)
    rows = Track.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    track = rows.get(pk=track.pk)
    if track.is_active and not is_active:
        _require_no_groups(track, now)
    if is_part2 and not track.is_part2:
        _require_marked_stays(track, now)
    wanted = {
        "name": name.strip(),
        "tone": tone,
        "is_part2": is_part2,
        "youngest_age": youngest_age,
        "oldest_age": oldest_age,
        "is_active": is_active,
    }
    changed = [field for field, value in wanted.items() if getattr(track, field) != value]
    for field in changed:
        setattr(track, field, wanted[field])
    with refused_by(track_name_once_per_site=Refused(_NAME_TAKEN, status=422, name=_NAME_TAKEN)):
        track.save(update_fields=changed)
    record(actor, "scheduling.change_track", track, changed=changed)
    return track


def _require_shape(name: str, tone: str, youngest_age: int, oldest_age: int | None) -> None:
    if not name.strip():
        raise Refused("Give the track a name.", status=422, name="Give the track a name.")
    if tone not in Track.Tone.values:
        raise Refused("Choose a color.", status=422, tone="Choose one.")
    if not 0 <= youngest_age <= 120:
        raise Refused("Choose an age from 0 to 120.", status=422, youngest_age="From 0 to 120.")
    if oldest_age is not None and not youngest_age <= oldest_age <= 120:
        said = "The oldest age is below the youngest, or above 120."
        raise Refused(said, status=422, oldest_age=said)


def _require_marked_stays(track: Track, now: datetime) -> None:
    """Locks the groups, so that nobody gets in meanwhile."""
    groups = [lock_group(pk).pk for pk in track.groups.order_by("pk").values_list("pk", flat=True)]
    today = local_day(now, track.site.time_zone)
    held = Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=today), group__in=groups)
    waits = WaitlistEntry.objects.waiting().filter(group__in=groups)
    inside = Q(pk__in=held.values("episode")) | Q(pk__in=waits.values("episode"))
    count = Episode.objects.filter(inside, is_part2=False).count()
    if count:
        people = "1 person has" if count == 1 else f"{count} people have"
        said = f"{people} a place in {track.name} with a stay that is no substance-use record. Mark it first."
        raise Refused(said, is_part2=said)


def _require_no_groups(track: Track, now: datetime) -> None:
    today = local_day(now, track.site.time_zone)
    meeting = Group.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=today), track=track).count()
    if meeting:
        groups = "1 group still meets" if meeting == 1 else f"{meeting} groups still meet"
        raise Refused(f"{groups} in {track.name}. End {'it' if meeting == 1 else 'them'} first.")
