"""The weekly pattern's free time: who and what is taken on each weekday in any week of a stretch of weeks.

A week is the site's own; a day is 0 to 6 of it, a minute counts from local midnight.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from iop_clinic.accounts.models import Site
from iop_clinic.clock import day_span, zone
from scheduling.models import (
    Booking,
    CoFacilitator,
    Enrollment,
    Facilitation,
    Group,
    TherapySession,
    WorkingHours,
)
from scheduling.planner.problem import DAYS, Appointment, Mode, free_except, ticks

Span = tuple[int, int, int]  # day of the site's week, minutes from and to
OPENS, CLOSES = 6 * 60, 22 * 60
USUAL_FROM, USUAL_TO = 8 * 60, 18 * 60
LONGEST_FROM, LONGEST_TO = 8 * 60, 21 * 60


@dataclass(frozen=True)
class Stretch:
    """The weeks a plan is for, from its first day on."""

    site: Site
    from_on: date

    @property
    def last_on(self) -> date:
        return self.from_on + timedelta(weeks=settings.HORIZON_WEEKS) - timedelta(days=1)

    @property
    def week_ends_on(self) -> date:
        """The seventh day."""
        return self.from_on + timedelta(days=6)

    @property
    def span(self) -> tuple[datetime, datetime]:
        tz_name = self.site.time_zone
        return day_span(self.from_on, tz_name)[0], day_span(self.last_on, tz_name)[1]

    def day_of(self, weekday: int) -> int:
        """0 to 6 of the site's week for a Monday (0) to Sunday (6)."""
        return (weekday - self.site.week_starts_weekday) % DAYS

    def weekday_of(self, day: int) -> int:
        return (day + self.site.week_starts_weekday) % DAYS

    def first_date(self, day: int) -> date:
        """The first date on or after the first day that is this day of the week."""
        return self.from_on + timedelta(days=(self.weekday_of(day) - self.from_on.weekday()) % DAYS)


def minute_of(at: time) -> int:
    return at.hour * 60 + at.minute


def masks(taken: Iterable[Span], within: list[int]) -> tuple[int, ...]:
    """For each day what is left of `within`."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for day, starts, ends in taken:
        spans[day].append((starts, ends))
    return tuple(free_except(spans[day], within[day]) for day in range(DAYS))


def every_day(starts: int = OPENS, ends: int = CLOSES) -> list[int]:
    return [ticks(starts, ends)] * DAYS


def longer(works: list[int]) -> list[int]:
    """The hours that could be opened on the days someone works."""
    return [ticks(LONGEST_FROM, LONGEST_TO) if mask else 0 for mask in works]


def working_time(stretch: Stretch, staff_ids: Iterable[int]) -> dict[int, list[int]]:
    """By clinician, their hours at the site; who has none on record anywhere is there from 8 to 6."""
    rows = WorkingHours.objects.filter(staff__in=list(staff_ids))
    found: dict[int, list[int]] = {}
    for row in rows:
        days = found.setdefault(row.staff_id, [0] * DAYS)
        if row.site_id == stretch.site.pk:
            days[stretch.day_of(row.weekday)] |= ticks(minute_of(row.starts), minute_of(row.ends))
    return defaultdict(lambda: every_day(USUAL_FROM, USUAL_TO), found)


def led_by(stretch: Stretch, staff_ids: list[int], without: Iterable[int]) -> dict[int, set[Span]]:
    """By clinician, what they lead or help to lead, at whichever site; sessions of `without` series aside."""
    rows = Facilitation.objects.filter(staff__in=staff_ids, status=TherapySession.Status.SCHEDULED)
    found = _spans(stretch, rows, "staff", without)
    for pk, span in _led_patterns(stretch, staff_ids):
        found[pk].add(span)
    return found


def roomed(stretch: Stretch, without: Iterable[int]) -> dict[int, set[Span]]:
    """By room of the site, when it is taken."""
    rows = TherapySession.objects.scheduled().filter(room__site=stretch.site)
    found = _spans(stretch, rows, "room", without, via="")
    for group in _patterns(stretch).filter(room__isnull=False):
        found[group.room_id].add(span_of_group(stretch, group))
    return found


def booked(stretch: Stretch, patient_id: int, without: Iterable[int], groups: Iterable[int]) -> set[Span]:
    """When the patient has other appointments; of `groups` and of `without` series aside."""
    rows = Booking.objects.active().filter(patient=patient_id)
    rows = rows.exclude(session__group__in=list(groups))
    return _spans(stretch, rows, "patient", without)[patient_id]


def booked_of(
    stretch: Stretch, patient_ids: list[int], without: Iterable[int], places: QuerySet[Enrollment]
) -> dict[int, set[Span]]:
    """The same of several people, by patient; the groups in which each has one of these places aside."""
    seat = places.filter(episode=OuterRef("episode"), group=OuterRef("session__group"))
    rows = Booking.objects.active().filter(~Exists(seat), patient__in=patient_ids)
    return _spans(stretch, rows, "patient", without)


def span_of_group(stretch: Stretch, group: Group) -> Span:
    starts = minute_of(group.starts)
    return stretch.day_of(group.weekday), starts, starts + group.minutes


def visit_of(stretch: Stretch, session: TherapySession) -> Appointment:
    """The hour of a visit, on its day of the week."""
    starts_at = session.starts_at.astimezone(zone(stretch.site.time_zone))
    starts = minute_of(starts_at.time())
    return Appointment(
        kind=session.kind,
        clinician=session.lead_id,
        day=stretch.day_of(starts_at.weekday()),
        starts=starts,
        ends=starts + session.scheduled_minutes,
        office=None if session.mode == Mode.VIDEO else session.room_id,
    )


def _spans(
    stretch: Stretch, rows: Any, key: str, without: Iterable[int], via: str = "session__"
) -> dict[int, set[Span]]:
    starts_at, ends_at = stretch.span
    rows = rows.filter(**{f"{via}starts_at__lt": ends_at, f"{via}ends_at__gt": starts_at})
    rows = rows.exclude(**{f"{via}series__in": list(without)})
    tz, found = zone(stretch.site.time_zone), defaultdict[int, set[Span]](set)
    for pk, begins_at, stops_at in rows.order_by().values_list(key, f"{via}starts_at", f"{via}ends_at"):
        begins, stops = begins_at.astimezone(tz), stops_at.astimezone(tz)
        lasts = int((stops_at - begins_at).total_seconds()) // 60
        starts = begins.hour * 60 + begins.minute
        ends = (
            min(starts + lasts, 24 * 60) if stops.date() != begins.date() else stops.hour * 60 + stops.minute
        )
        found[pk].add((stretch.day_of(begins.weekday()), starts, ends))
    return found


def _patterns(stretch: Stretch) -> Any:
    """Weekly groups of the site that meet in these weeks, also where no session is made yet."""
    running = Q(to_on__isnull=True) | Q(to_on__gte=stretch.from_on)
    return Group.objects.filter(running, track__site=stretch.site, from_on__lte=stretch.last_on)


def _led_patterns(stretch: Stretch, staff_ids: list[int]) -> list[tuple[int, Span]]:
    groups = {group.pk: group for group in _patterns(stretch)}
    led = [(one.lead_id, span_of_group(stretch, one)) for one in groups.values()]
    helped = CoFacilitator.objects.filter(group__in=groups).values_list("staff", "group")
    led += [(staff, span_of_group(stretch, groups[group])) for staff, group in helped]
    return [(pk, span) for pk, span in led if pk in set(staff_ids)]
