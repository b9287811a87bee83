"""The days a weekly pattern asks for, and those that still lack their session.

Wall-clock times stay what they are over clock changes (`clock.at_local`); closed time is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q
from psycopg.types.range import TimestamptzRange

from iop_clinic.clock import at_local, day_span
from scheduling.group_override import covered
from scheduling.models import Closure, Group, Override, TherapySession

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


def horizon(day: date, weeks: int | None = None) -> date:
    """The last day for which sessions are made when `day` is today; `weeks` is else HORIZON_WEEKS."""
    return day + (weeks or settings.HORIZON_WEEKS) * _WEEK - _DAY


def days_of(group: Group, first_on: date, last_on: date) -> Iterator[date]:
    """Local days on which the pattern asks for a session, both ends included."""
    day = first_on + timedelta(days=(group.weekday - first_on.weekday()) % 7)
    while day <= last_on:
        if group.meets_on(day):
            yield day
        day += _WEEK


def times_on(group: Group, day: date) -> tuple[datetime, datetime]:
    """First and last instant of the group on that day: as long as the pattern says, by the site's wall."""
    starts_at = at_local(day, group.starts, group.track.site.time_zone)
    return starts_at, starts_at + timedelta(minutes=group.minutes)


def session_of(group: Group, day: date) -> TherapySession:
    """What the pattern asks for on that day, not saved: site's wall clock, room, lead, seats, choices."""
    starts_at, ends_at = times_on(group, day)
    return TherapySession(
        site=group.track.site,
        group=group,
        occurs_on=day,
        pattern_on=day,
        kind=group.kind,
        title=group.name,
        starts_at=starts_at,
        ends_at=ends_at,
        break_minutes=group.break_minutes,
        mode=group.mode,
        room=group.room,
        lead=group.lead,
        capacity=group.capacity,
        override=group.override,
        shares_room=Override.Rule.ROOM_TAKEN in covered(group),
    )


def missing_days(
    groups: Sequence[Group],
    first_on: date,
    last_on: date,
    now: datetime | None,
) -> dict[int, list[date]]:
    """By group number, pattern days from `first_on` to `last_on` with no session, neither closed nor begun.

    A session that was moved away or cancelled still fills its day. Two queries, however many groups.
    """
    asked = {group.pk: list(days_of(group, first_on, last_on)) for group in groups}
    filled = _filled(asked, first_on, last_on)
    lacking = {pk: [day for day in days if (pk, day) not in filled] for pk, days in asked.items()}
    if not any(lacking.values()):
        return {}
    closures = closures_by_site(groups, first_on, last_on)
    for group in groups:
        closed = closures.get(group.track.site_id, [])
        lacking[group.pk] = [day for day in lacking[group.pk] if is_open(group, day, closed, now)]
    return {pk: days for pk, days in lacking.items() if days}


def _filled(groups: Iterable[int], first_on: date, last_on: date) -> set[tuple[int | None, date | None]]:
    days = (first_on, last_on)
    rows = TherapySession.objects.filter(
        Q(occurs_on__range=days) | Q(pattern_on__range=days), group__in=groups
    )
    found = rows.order_by().values_list("group_id", "occurs_on", "pattern_on")
    return {(pk, day) for pk, occurs_on, pattern_on in found for day in (occurs_on, pattern_on)}


def closures_by_site(groups: Iterable[Group], first_on: date, last_on: date) -> dict[int, list[Closure]]:
    """Standing closures by site, of the days and a day around them, whatever the zone."""
    sites = {group.track.site_id for group in groups}
    starts_at, ends_at = day_span(first_on - _DAY, "UTC")[0], day_span(last_on + _DAY, "UTC")[1]
    around = TimestamptzRange(starts_at, ends_at)
    found: dict[int, list[Closure]] = {}
    for closure in Closure.objects.standing().filter(site__in=sites, during__overlap=around):
        found.setdefault(closure.site_id, []).append(closure)
    return found


def is_open(group: Group, day: date, closures: Iterable[Closure], now: datetime | None) -> bool:
    """Whether the group could meet on this day of its pattern: not closed, not begun by `now`."""
    starts_at, ends_at = times_on(group, day)
    if now is not None and starts_at <= now:
        return False
    return not any(one.starts_at < ends_at and starts_at < one.ends_at for one in closures)
