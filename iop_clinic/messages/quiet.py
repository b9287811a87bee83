"""Quiet hours: no message between 9 PM and 8 AM on the site's wall clock (domain reference 8.5)."""

from datetime import datetime, time, timedelta

from iop_clinic.clock import at_local, local_day, zone

QUIET_FROM = time(21, 0)
QUIET_UNTIL = time(8, 0)
LAST_EVENING_SEND = time(20, 0)
_DAY = timedelta(days=1)


def is_quiet(instant: datetime, tz_name: str) -> bool:
    """True in [9 PM, 8 AM) local time."""
    wall = instant.astimezone(zone(tz_name)).time()
    return wall >= QUIET_FROM or wall < QUIET_UNTIL


def morning_after(instant: datetime, tz_name: str) -> datetime:
    """The next 8 AM local time at or after this instant."""
    day = local_day(instant, tz_name)
    morning = at_local(day, QUIET_UNTIL, tz_name)
    return morning if morning >= instant else at_local(day + _DAY, QUIET_UNTIL, tz_name)


def evening_before(instant: datetime, tz_name: str) -> datetime:
    """The last 8 PM local time at or before this instant."""
    day = local_day(instant, tz_name)
    evening = at_local(day, LAST_EVENING_SEND, tz_name)
    return evening if evening <= instant else at_local(day - _DAY, LAST_EVENING_SEND, tz_name)


def earliest(instant: datetime, tz_name: str) -> datetime:
    """This instant, or the morning after when it falls into quiet hours."""
    return morning_after(instant, tz_name) if is_quiet(instant, tz_name) else instant
