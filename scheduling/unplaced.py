"""Pattern days that could not become sessions, with what is in their way: the gaps of a week board."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, local_day
from scheduling.facts import Taken, taken_by
from scheduling.models import Facilitation, Group, TherapySession
from scheduling.pattern_days import horizon, missing_days, times_on

PLACED_SOON = "Nothing is in the way. It is placed within the hour."


@dataclass(frozen=True)
class Unplaced:
    """A day on which a group should meet and has no session. The sentence says why."""

    group: Group
    day: date
    starts_at: datetime
    ends_at: datetime
    sentence: str


def unplaced(site: Site, week: Week, now: datetime) -> list[Unplaced]:
    """Coming pattern days of the week without a session, by day and time; closed days are not among them.

    Weeks past the horizon have none yet. Two statements for a whole week, up to five for one with gaps.
    """
    last_on = min(week.ends_on, horizon(local_day(now, site.time_zone)))
    meets = Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on)
    rows = Group.objects.filter(meets, track__site=site, track__is_active=True, from_on__lte=last_on)
    groups = {group.pk: group for group in rows.select_related("track__site", "room", "lead")}
    lacking = missing_days(list(groups.values()), week.starts_on, last_on, now)
    wanted = [(groups[pk], day) for pk, days in lacking.items() for day in days]
    if not wanted:
        return []
    staff, rooms = _taken(site, week, [group for group, _ in wanted])
    found = [_unplaced(group, day, staff, rooms) for group, day in wanted]
    return sorted(found, key=lambda one: (one.starts_at, one.group.pk))


def _unplaced(
    group: Group, day: date, staff: dict[int, list[Taken]], rooms: dict[int, list[Taken]]
) -> Unplaced:
    starts_at, ends_at = times_on(group, day)

    def in_the_way(taken: Iterable[Taken]) -> str:
        return next((t.words for t in taken if t.starts_at < ends_at and starts_at < t.ends_at), "")

    if words := in_the_way(staff.get(group.lead_id, [])):
        sentence = f"{group.lead.short_name} already leads {words}."
    elif group.room is not None and (words := in_the_way(rooms.get(group.room.pk, []))):
        sentence = f"{group.room.name} is taken by {words}."
    else:
        sentence = PLACED_SOON
    return Unplaced(group, day, starts_at, ends_at, sentence)


def _taken(
    site: Site, week: Week, groups: list[Group]
) -> tuple[dict[int, list[Taken]], dict[int, list[Taken]]]:
    """What the leads (at any site) and the rooms of these groups have that week, by their numbers."""
    around = TimestamptzRange(*week.span(site.time_zone))
    scheduled = TherapySession.Status.SCHEDULED
    leads = Facilitation.objects.filter(staff__in={g.lead_id for g in groups}, status=scheduled)
    roomed = TherapySession.objects.scheduled().filter(room__in={g.room_id for g in groups if g.room_id})
    return (
        taken_by(leads.filter(during__overlap=around), "staff_id"),
        taken_by(roomed.filter(during__overlap=around, shares_room=False), "room_id", ""),
    )
