"""Local days, weeks and minutes: the only place that knows time zones and daylight-saving changes.

Instants are aware and answered in UTC; a day is the clinic's local date (domain reference 0.2, rule 13).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Weekdays by number, as every `weekday` here counts them.
WEEKDAYS = tuple(
    enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")),
)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


def zone(tz_name: str) -> ZoneInfo:
    """The IANA zone of that name; ValueError when there is none."""
    try:
        return ZoneInfo(tz_name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"There is no time zone called {tz_name!r}.") from error


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC; ValueError for a naive one."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise ValueError("An instant needs its time zone.")
    return instant.astimezone(UTC)


def local_day(instant: datetime, tz_name: str) -> date:
    """The calendar date on the clinic's wall at that instant."""
    return as_utc(instant).astimezone(zone(tz_name)).date()


def at_local(day: date, wall_time: time, tz_name: str) -> datetime:
    """The UTC instant at which the clinic's wall clock shows `wall_time` on `day`.

    A time the spring change skips moves forward to the first minute that exists (2:30 becomes 3:00);
    a time the autumn change repeats means its first occurrence.
    """
    if wall_time.tzinfo is not None:
        raise ValueError("A wall time has no time zone of its own.")
    tz = zone(tz_name)
    wall = datetime.combine(day, wall_time).replace(fold=0)
    if not _exists(wall, tz):
        wall = wall.replace(second=0, microsecond=0)
        while not _exists(wall, tz):
            wall += _MINUTE
    return wall.replace(tzinfo=tz).astimezone(UTC)


def _exists(wall: datetime, tz: ZoneInfo) -> bool:
    there_and_back = wall.replace(tzinfo=tz).astimezone(UTC).astimezone(tz)
    return there_and_back.replace(tzinfo=None, fold=0) == wall


def day_span(day: date, tz_name: str) -> tuple[datetime, datetime]:
    """First instant of the local day and first of the next, in UTC: 23, 24 or 25 hours apart."""
    return at_local(day, time.min, tz_name), at_local(day + _DAY, time.min, tz_name)


@dataclass(frozen=True, order=True, slots=True)
class Week:
    """Seven local days beginning on `starts_on`, whichever weekday the payer's week begins with."""

    starts_on: date

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.starts_on + n * _DAY for n in range(7))

    @property
    def ends_on(self) -> date:
        """The last day of the week, still inside it."""
        return self.starts_on + 6 * _DAY

    def on_weekday(self, weekday: int) -> date:
        """The day of this week that is a Monday (0) to Sunday (6)."""
        return self.starts_on + (weekday - self.starts_on.weekday()) % 7 * _DAY

    def contains(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

    def __contains__(self, day: date) -> bool:
        return self.contains(day)

    def __iter__(self) -> Iterator[date]:
        return iter(self.days)

    def next(self) -> "Week":
        return Week(self.starts_on + 7 * _DAY)

    def previous(self) -> "Week":
        return Week(self.starts_on - 7 * _DAY)

    def span(self, tz_name: str) -> tuple[datetime, datetime]:
        """First instant of the week and first of the next, in UTC: 167, 168 or 169 hours apart."""
        return day_span(self.starts_on, tz_name)[0], day_span(self.ends_on, tz_name)[1]


def week_of(day: date, starts_weekday: int = 0) -> Week:
    """The week holding `day`; 0 is Monday, 6 is Sunday (the boundary is the payer's)."""
    if not 0 <= starts_weekday <= 6:
        raise ValueError("A week starts on weekday 0 (Monday) to 6 (Sunday).")
    return Week(day - (day.weekday() - starts_weekday) % 7 * _DAY)


def age_on(born_on: date, day: date) -> int:
    """Whole years lived on `day`; someone born on February 29 turns on March 1 of a common year."""
    if day < born_on:
        raise ValueError("The day is before the date of birth.")
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (not had_birthday)


def minutes_between(start_at: datetime, end_at: datetime) -> int:
    """Whole minutes passed from one instant to the other, floored; 0 when the end is not later.

    Counted in UTC: two datetimes of one zone would be subtracted on the wall, an hour off over a change.
    """
    return max(timedelta(), as_utc(end_at) - as_utc(start_at)) // _MINUTE


def overlap_minutes(a_start: datetime, a_end: datetime, b_start: datetime, b_end: datetime) -> int:
    """Whole minutes two spans of instants share, floored; 0 when they do not meet."""
    starts_at = max(as_utc(a_start), as_utc(b_start))
    ends_at = min(as_utc(a_end), as_utc(b_end))
    return minutes_between(starts_at, ends_at)
