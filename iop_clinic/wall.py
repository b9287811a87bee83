"""Clock times as every page says them: "9:05 am", or "09:05" where the clinic chose 24 hours (DESIGN.md 2).

Who answers a request says whose choice it is, with `saying_hours`; the choice is read when a time is
first said. Messages are neutral and stay with 12 hours: scheduling/words.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, time

from iop_clinic.clock import as_utc, zone

TWELVE, TWENTY_FOUR = 12, 24
_hours: ContextVar[Callable[[], int]] = ContextVar("hours", default=lambda: TWELVE)


@contextmanager
def saying_hours(hours: Callable[[], int]) -> Iterator[None]:
    """Until the end of the block, times are said by this many hours, 12 or 24."""
    before = _hours.set(hours)
    try:
        yield
    finally:
        _hours.reset(before)


def say_hours(hours: int) -> None:
    """From here to the end of the block of `saying_hours`, times are said by this many hours."""
    _hours.set(lambda: hours)


def has_24_hours() -> bool:
    return _hours.get()() == TWENTY_FOUR


def time_of_day(at: time) -> str:
    """ "9:05 am" or "09:05"."""
    return f"{short_time(at)}{_half(at)}"


def short_time(at: time) -> str:
    """ "9:05" or "09:05", where the half of the day is plain."""
    return f"{at:%H:%M}" if has_24_hours() else f"{at.hour % 12 or 12}:{at.minute:02}"


def hour_of_day(hour: int) -> str:
    """ "9 am" or "09:00"."""
    return time_of_day(time(hour)).replace(":00 ", " ")


def _half(at: time) -> str:
    return "" if has_24_hours() else " am" if at.hour < 12 else " pm"


def wall(instant: datetime, tz_name: str) -> str:
    """ "9:05 am" on the site's wall."""
    return time_of_day(_local(instant, tz_name))


def short_wall(instant: datetime, tz_name: str) -> str:
    """ "9:05" on the site's wall, where the half of the day is plain."""
    return short_time(_local(instant, tz_name))


def to_the_second(instant: datetime, tz_name: str) -> str:
    """ "9:05:31 am", where what came first matters."""
    at = _local(instant, tz_name)
    return f"{short_time(at)}:{at.second:02}{_half(at)}"


def _local(instant: datetime, tz_name: str) -> time:
    return as_utc(instant).astimezone(zone(tz_name)).time()
