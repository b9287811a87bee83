"""In which of the weeks to come a group does not meet and a clinician holds no visits.

Closed, away, cancelled, or before the first day. A week is numbered from 0; three queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from psycopg.types.range import TimestamptzRange

from iop_clinic.clock import local_day, zone
from scheduling.models import Absence, Closure, Group, TherapySession
from scheduling.pattern_time import Stretch, span_of_group
from scheduling.planner.problem import ALL_DAY, DAYS, ticks

Gap = tuple[int, int, int]  # week, day of it, mask


class Gaps:
    def __init__(self, stretch: Stretch, groups: Collection[int], staff: Iterable[int]) -> None:
        self.stretch = stretch
        around = TimestamptzRange(*stretch.span)
        closures = Closure.objects.standing().filter(site=stretch.site, during__overlap=around)
        self.closed = [*self._begin(), *(gap for one in closures for gap in self._of(one))]
        self.absent: dict[int, list[Gap]] = defaultdict(list)
        for one in Absence.objects.standing().filter(staff__in=list(staff), during__overlap=around):
            self.absent[one.staff_id] += self._of(one)
        self.meets, self.called_off = self._sessions(groups)

    def _begin(self) -> Iterator[Gap]:
        """The days of the first week before the first day."""
        yield from ((0, day, ALL_DAY) for day in range(self.stretch.day_of(self.stretch.from_on.weekday())))

    def _of(self, one: Absence | Closure) -> Iterator[Gap]:
        """Both ends on the site's wall clock, day by day."""
        tz_name = self.stretch.site.time_zone
        begins, ends = (at.astimezone(zone(tz_name)) for at in (one.starts_at, one.ends_at))
        first, last = local_day(one.starts_at, tz_name), local_day(one.ends_at, tz_name)
        for n in range((last - first).days + 1):
            on = first + timedelta(days=n)
            mask = ticks(_minute(begins) if on == first else 0, _minute(ends) if on == last else 24 * 60)
            week, day = divmod((on - self._week_on).days, DAYS)
            if mask and 0 <= week < settings.HORIZON_WEEKS:
                yield week, day, mask

    @property
    def _week_on(self) -> date:
        """The first day of the week that the first day is in."""
        return self.stretch.from_on - timedelta(days=self.stretch.day_of(self.stretch.from_on.weekday()))

    def _sessions(self, groups: Collection[int]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
        """Group and week of pattern days that are on the calendar, and of those that were cancelled."""
        rows = TherapySession.objects.filter(
            group__in=list(groups), pattern_on__range=(self.stretch.from_on, self.stretch.last_on)
        )
        found: dict[bool, set[tuple[int, int]]] = {True: set(), False: set()}
        for group, on, status in rows.order_by().values_list("group", "pattern_on", "status"):
            if group is not None and on is not None:
                week = (on - self._week_on).days // DAYS
                found[status == TherapySession.Status.SCHEDULED].add((group, week))
        return found[True], found[False]

    def off(self, group: Group) -> int:
        """A bit for each week in which the group does not meet."""
        day, starts, ends = span_of_group(self.stretch, group)
        mask = ticks(starts, ends)
        out = {week for week, on, closed in self.closed if on == day and closed & mask}
        out |= {week for pk, week in self.called_off if pk == group.pk}
        return sum(1 << week for week in out if (group.pk, week) not in self.meets)

    def away(self, staff: Iterable[int]) -> dict[tuple[int, int], tuple[tuple[int, int], ...]]:
        """By clinician and day: weeks and masks without visits."""
        found: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for pk in staff:
            for week, day, mask in (*self.closed, *self.absent[pk]):
                found[pk, day].append((week, mask))
        return {key: tuple(gaps) for key, gaps in found.items()}


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute
