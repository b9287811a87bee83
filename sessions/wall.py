"""Clock times as the desk says them: 12-hour, in the site's zone (DESIGN.md 2)."""

from datetime import datetime

from iop_clinic.wall import short_wall, wall

__all__ = ["short_wall", "span", "to_the_minute", "wall"]


def span(starts_at: datetime, ends_at: datetime, tz_name: str) -> str:
    """ "9:00–10:00" on the site's wall."""
    return f"{short_wall(starts_at, tz_name)}–{short_wall(ends_at, tz_name)}"


def to_the_minute(instant: datetime) -> datetime:
    """The instant as the clock on the wall shows it. Times are recorded so; no minute is rounded later."""
    return instant.replace(second=0, microsecond=0)
