"""Clock times as the desk says them: 12-hour, in the site's zone (DESIGN.md 2)."""

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


def span(starts_at: datetime, ends_at: datetime, tz_name: str) -> str:
    """ "9:00–10:00" on the site's wall."""
    return f"{short_wall(starts_at, tz_name)}–{short_wall(ends_at, tz_name)}"


def to_the_minute(instant: datetime) -> datetime:
    """The instant as the clock on the wall shows it. Times are recorded so; no minute is rounded later."""
    return instant.replace(second=0, microsecond=0)
