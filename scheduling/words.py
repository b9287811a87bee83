"""Dates and times as sentences say them, on the site's wall clock."""

from datetime import date, datetime, time, timedelta

from iop_clinic.clock import zone
from iop_clinic.wall import hour_of_day, time_of_day, wall


def day_words(day: date) -> str:
    """ "Wed 10/21" """
    return f"{day:%a} {day.month}/{day.day}"


def when_words(instant: datetime, tz_name: str) -> str:
    """ "Wed 10/21 at 9:00 am" """
    return f"{day_words(instant.astimezone(zone(tz_name)).date())} at {wall(instant, tz_name)}"


def message_words(instant: datetime, tz_name: str) -> str:
    """ "Wed 10/21 at 9:00 AM", as every message says it (DESIGN.md 10)."""
    local = instant.astimezone(zone(tz_name))
    return f"{day_words(local.date())} at {local.hour % 12 or 12}:{local:%M %p}"


def span_words(starts_at: datetime, ends_at: datetime, tz_name: str) -> str:
    """ "Thu 11/26", "Thu 11/26 to Fri 11/27", "Thu 11/26, 1:00 pm to 5:00 pm", or both with day and time."""
    starts, ends = (at.astimezone(zone(tz_name)) for at in (starts_at, ends_at))
    first, last = day_words(starts.date()), day_words(ends.date())
    if starts.time() == ends.time() == time.min:
        last = day_words(ends.date() - timedelta(days=1))
        return first if first == last else f"{first} to {last}"
    begins, stops = wall(starts_at, tz_name), wall(ends_at, tz_name)
    if starts.date() == ends.date():
        return f"{first}, {begins} to {stops}"
    return f"{first}, {begins} to {last}, {stops}"


def minute_words(minute: int) -> str:
    """Minutes after midnight as the wall clock shows them: 800 -> "1:20 pm"."""
    return time_of_day(time(*divmod(minute % 1440, 60)))


def hour_words(minute: int) -> str:
    """600 -> "10 am"."""
    return hour_of_day(minute // 60 % 24)


def week_words(first_on: date, last_on: date) -> str:
    """ "October 19–24, 2026", "October 26 – November 1, 2026", "December 28, 2026 – January 3, 2027" """
    if first_on.month == last_on.month:
        return f"{first_on:%B} {first_on.day}–{last_on.day}, {last_on.year}"
    began = "" if first_on.year == last_on.year else f", {first_on.year}"
    return f"{first_on:%B} {first_on.day}{began} – {last_on:%B} {last_on.day}, {last_on.year}"
