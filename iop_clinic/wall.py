"""Clock times as every page says them: 12-hour, "9:05 am", in the site's zone (DESIGN.md 2 and its pictures).

Messages write "9:05 AM" instead, as DESIGN.md 10 does: scheduling/words.py.
"""

from datetime import datetime

from iop_clinic.clock import as_utc, zone


def wall(instant: datetime, tz_name: str) -> str:
    """ "9:05 am" on the site's wall."""
    local = as_utc(instant).astimezone(zone(tz_name))
    return f"{short_wall(instant, tz_name)} {'am' if local.hour < 12 else 'pm'}"


def short_wall(instant: datetime, tz_name: str) -> str:
    """ "9:05" on the site's wall, where the half of the day is plain."""
    local = as_utc(instant).astimezone(zone(tz_name))
    return f"{local.hour % 12 or 12}:{local.minute:02}"


def to_the_second(instant: datetime, tz_name: str) -> str:
    """ "9:05:31 am", where what came first matters."""
    local = as_utc(instant).astimezone(zone(tz_name))
    return f"{short_wall(instant, tz_name)}:{local.second:02} {'am' if local.hour < 12 else 'pm'}"
