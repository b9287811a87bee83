"""Times, days and counts as the portal says them: 12-hour, the clinic's zone, plain words (DESIGN.md 10)."""

from datetime import date, datetime, timedelta

from iop_clinic.clock import as_utc, local_day, minutes_between, zone
from iop_clinic.wall import wall as wall

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def day_words(day: date, today: date) -> str:
    """ "Today", "Tomorrow", "Friday" within six days, else "Mon, Nov 2"; days gone by are named alike."""
    distance = (day - today).days
    if distance in (0, 1):
        return ("Today", "Tomorrow")[distance]
    return f"{day:%A}" if -6 <= distance <= 6 else f"{day:%a}, {month_day(day)}"


def month_day(day: date) -> str:
    """ "Nov 2"."""
    return f"{day:%b} {day.day}"


def time_until(starts_at: datetime, now: datetime) -> str:
    """ "in 29 minutes", "in 3 hours" within half a day; "" for what is further off or has begun."""
    minutes = minutes_between(now, starts_at)
    if starts_at <= now or minutes > 12 * 60:
        return ""
    if minutes < 100:
        return "in 1 minute" if minutes <= 1 else f"in {minutes} minutes"
    return f"in {minutes // 60} hours" if minutes >= 120 else "in 1 hour"


def greeting(now: datetime, tz_name: str) -> str:
    """ "Good morning" until noon, "Good afternoon" until 5 pm, then "Good evening"."""
    hour = as_utc(now).astimezone(zone(tz_name)).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 17 else "Good evening"


def by_when(due_at: datetime, now: datetime, tz_name: str) -> str:
    """A clock in words: "by 10:40 am today", "by 9:00 am on Friday"; "by the end of today" at midnight."""
    last_moment = due_at - timedelta(minutes=1)
    day, today = local_day(last_moment, tz_name), local_day(now, tz_name)
    named = day_words(day, today)
    on_day = named.lower() if named in ("Today", "Tomorrow") else f"on {named}"
    if local_day(due_at, tz_name) != day:
        return f"by the end of {on_day.removeprefix('on ')}"
    return f"by {wall(due_at, tz_name)} {on_day}"


def in_words(number: int) -> str:
    """Whole numbers to ten as words, "six"; larger ones as figures."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)
