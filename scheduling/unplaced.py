"""Pattern days that could not become sessions, with what is in their way: the gaps of a week board."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F, IntegerField, Value
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, local_day
from scheduling.facts import Taken
from scheduling.models import Closure, Facilitation, Group, TherapySession
from scheduling.pattern_days import closures_by_site, horizon, is_open, times_on
from scheduling.wanted import Rule
from scheduling.words import when_words

# Written out, since building it from models takes longer than PostgreSQL's answer. The site's tracks come
# first, as an array: joined, they let the planner look at the groups of every other site too.
_LACKING = """
    SELECT g.id, wanted.day
    FROM scheduling_group AS g
    CROSS JOIN LATERAL (SELECT %(starts_on)s::date + (g.weekday - %(weekday)s + 7) %% 7 AS day) AS wanted
    WHERE g.track_id = ANY (
        ARRAY (SELECT id FROM scheduling_track WHERE site_id = %(site)s AND is_active)
    )
    AND greatest(g.from_on, g.pattern_from_on) <= wanted.day
    AND wanted.day <= least(g.to_on, %(last_on)s::date)
    AND NOT EXISTS (
        SELECT FROM scheduling_therapysession AS s WHERE s.group_id = g.id AND s.occurs_on = wanted.day
    )
    AND NOT EXISTS (
        SELECT FROM scheduling_therapysession AS s WHERE s.group_id = g.id AND s.pattern_on = wanted.day
    )
"""
PLACED_SOON = "Nothing is in the way. It is placed within the hour."


@dataclass(frozen=True)
class Unplaced:
    """A day on which a group should meet and has no session. The sentence says why; `rule` is what broke."""

    group: Group
    day: date
    starts_at: datetime
    ends_at: datetime
    sentence: str
    rule: Rule | None = None

    @property
    def day_number(self) -> int:
        """20261022, the day in this clash's address."""
        return int(f"{self.day:%Y%m%d}")


def unplaced(
    site: Site, week: Week, now: datetime, closures: Iterable[Closure] | None = None
) -> list[Unplaced]:
    """Coming pattern days of the week without a session, by day and time; closed days are not among them.

    Weeks past the horizon have none yet. One statement for a whole week, three for one with gaps when the
    site's standing closures of the week are given, else four.
    """
    last_on = min(week.ends_on, horizon(local_day(now, site.time_zone)))
    lacking = _lacking(site, week, last_on)
    if not lacking:
        return []
    rows = Group.objects.filter(pk__in=lacking).select_related("track__site", "room", "lead")
    groups = list(rows)
    closed = (
        closures_by_site(groups, week.starts_on, last_on).get(site.pk, []) if closures is None else closures
    )
    wanted = [
        (group, lacking[group.pk]) for group in groups if is_open(group, lacking[group.pk], closed, now)
    ]
    if not wanted:
        return []
    staff, rooms = _taken(site, week, [group for group, _ in wanted])
    found = [_unplaced(group, day, staff, rooms) for group, day in wanted]
    return sorted(found, key=lambda one: (one.starts_at, one.group.pk))


def _lacking(site: Site, week: Week, last_on: date) -> dict[int, date]:
    """By group number, its day of this week when that has no session; most weeks lack none."""
    asked: dict[str, int | date] = {
        "site": site.pk,
        "starts_on": week.starts_on,
        "weekday": week.starts_on.weekday(),
        "last_on": last_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, asked)
        return dict(cursor.fetchall())


def _unplaced(
    group: Group, day: date, staff: dict[int, list[Taken]], rooms: dict[int, list[Taken]]
) -> Unplaced:
    starts_at, ends_at = times_on(group, day)

    def in_the_way(taken: Iterable[Taken]) -> str:
        return next((t.words for t in taken if t.starts_at < ends_at and starts_at < t.ends_at), "")

    if words := in_the_way(staff.get(group.lead_id, [])):
        said = f"{group.lead.short_name} already leads {words}."
        return Unplaced(group, day, starts_at, ends_at, said, Rule.STAFF_BUSY)
    if group.room is not None and (words := in_the_way(rooms.get(group.room.pk, []))):
        said = f"{group.room.name} is taken by {words}."
        return Unplaced(group, day, starts_at, ends_at, said, Rule.ROOM_TAKEN)
    return Unplaced(group, day, starts_at, ends_at, PLACED_SOON)


def _taken(
    site: Site, week: Week, groups: list[Group]
) -> tuple[dict[int, list[Taken]], dict[int, list[Taken]]]:
    """What the leads (at any site) and the rooms of these groups have that week, in one statement."""
    around = TimestamptzRange(*week.span(site.time_zone))
    scheduled = TherapySession.Status.SCHEDULED
    leads = Facilitation.objects.filter(staff__in={g.lead_id for g in groups}, status=scheduled)
    roomed = TherapySession.objects.scheduled().filter(room__in={g.room_id for g in groups if g.room_id})
    by_staff = _columns(leads.filter(during__overlap=around), F("staff_id"), None, "session__")
    by_room = _columns(roomed.filter(during__overlap=around, shares_room=False), None, F("room_id"), "")
    staff: dict[int, list[Taken]] = {}
    rooms: dict[int, list[Taken]] = {}
    for lead_pk, room_pk, starts_at, ends_at, title, tz_name in by_staff.union(by_room, all=True):
        taken = Taken(starts_at, ends_at, f"{title}, {when_words(starts_at, tz_name)}")
        (staff if room_pk is None else rooms).setdefault(room_pk or lead_pk, []).append(taken)
    for found in (*staff.values(), *rooms.values()):
        found.sort(key=lambda one: one.starts_at)
    return staff, rooms


def _columns(rows: Any, lead_pk: F | None, room_pk: F | None, via: str) -> Any:
    """Rows of both kinds in the same columns; `via` leads to the session."""
    none = Value(None, output_field=IntegerField())
    numbers = {"lead_pk": lead_pk or none, "room_pk": room_pk or none}
    names = [f"{via}{name}" for name in ("starts_at", "ends_at", "title", "site__time_zone")]
    return rows.order_by().annotate(**numbers).values_list("lead_pk", "room_pk", *names)
