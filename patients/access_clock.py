"""By when someone referred is to be seen; business days. Clocks: domain reference 4.4, each site its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from iop_clinic.accounts.models import Site
from iop_clinic.clock import at_local, local_day

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Hours for an urgent first contact, business days for another, and where the wall clock hangs."""

    urgent_hours: int
    routine_days: int
    tz_name: str


def policy_of(site: Site) -> AccessPolicy:
    return AccessPolicy(site.urgent_access_hours, site.routine_access_days, site.time_zone)


def received_instant(received_on: date, now: datetime, tz_name: str) -> datetime:
    """Now for a first contact of today; of an earlier day the first instant, so that no clock runs late."""
    if received_on == local_day(now, tz_name):
        return now
    return at_local(received_on, time.min, tz_name)


def see_by(received_at: datetime, *, urgent: bool, policy: AccessPolicy) -> datetime:
    """Urgent: so many hours on. Routine: the end of the n-th business day after the first contact's day."""
    if urgent:
        return received_at + timedelta(hours=policy.urgent_hours)
    last = business_days_after(local_day(received_at, policy.tz_name), policy.routine_days)
    return at_local(last + _DAY, time.min, policy.tz_name)


def business_days_after(day: date, count: int) -> date:
    """The `count`-th Monday to Friday after `day`; `day` itself for 0."""
    days = _weekdays_after(day)
    for _ in range(count):
        day = next(days)
    return day


def business_days_between(first: date, last: date) -> int:
    """Mondays to Fridays after `first`, up to `last`; 0 when it is not later."""
    return sum(1 for n in range((last - first).days) if (first + (n + 1) * _DAY).weekday() < _SATURDAY)


def _weekdays_after(day: date) -> Iterator[date]:
    while True:
        day += _DAY
        if day.weekday() < _SATURDAY:
            yield day
