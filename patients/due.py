"""When something is due, in the words of the site's wall clock, and how loudly to say it."""

from datetime import date, datetime, timedelta

from iop_clinic.clock import local_day
from iop_clinic.wall import wall

_A_BLINK = timedelta(seconds=1)


def due_day(due_at: datetime, tz_name: str) -> date:
    """The local day it must be done on; midnight ends a day, it does not begin the next."""
    return local_day(due_at - _A_BLINK, tz_name)


def due_words(due_at: datetime, now: datetime, tz_name: str) -> str:
    """ "due by 10:15 am", "due by the end of today", "due by Nov 13", "overdue since Nov 13, 4:00 pm"."""
    today, day = local_day(now, tz_name), due_day(due_at, tz_name)
    at_midnight = local_day(due_at, tz_name) != day
    clock = "" if at_midnight else wall(due_at, tz_name)
    if day == today:
        words = clock or "the end of today"
    else:
        words = f"{day_words(day, today)}, {clock}" if clock else day_words(day, today)
    return f"overdue since {words}" if due_at <= now else f"due by {words}"


def due_tone(due_at: datetime, now: datetime, tz_name: str) -> str:
    """bad when overdue, warn when due today, else nothing."""
    if due_at <= now:
        return "bad"
    return "warn" if due_day(due_at, tz_name) == local_day(now, tz_name) else ""


def day_words(day: date, today: date) -> str:
    """Nov 13, with the year when it is not this one."""
    return f"{day:%b} {day.day}" if day.year == today.year else f"{day:%b} {day.day}, {day.year}"


def due_said(due_on: date, day: date) -> str:
    """ "due Nov 3", "due today", "was due Oct 30"."""
    if due_on == day:
        return "due today"
    return f"{'was due' if due_on < day else 'due'} {day_words(due_on, day)}"
