"""Dates and times as sentences say them, on the site's wall clock."""

from datetime import date, datetime

from iop_clinic.clock import zone


def clock_words(instant: datetime, tz_name: str) -> str:
    """ "9:00 AM" """
    return f"{instant.astimezone(zone(tz_name)):%I:%M %p}".lstrip("0")


def day_words(day: date) -> str:
    """ "Wed 10/21" """
    return f"{day:%a} {day.month}/{day.day}"


def when_words(instant: datetime, tz_name: str) -> str:
    """ "Wed 10/21 at 9:00 AM" """
    return f"{day_words(instant.astimezone(zone(tz_name)).date())} at {clock_words(instant, tz_name)}"
