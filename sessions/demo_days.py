"""How each demo person's day went: on time, late, gone early or absent, with this week's stories on top.

A plan says what will have happened by the end of the day; `demo.py` records the part the clock has reached.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from iop_clinic.accounts.demo import Moment, chance
from patients.demo_cast import TRACK_DAYS, Person
from patients.demo_chart import last_track_day
from sessions.models import Attendance

EXCUSES = ("Child care fell through", "Medical appointment", "Court date", "Sick at home", "Family emergency")


@dataclass(frozen=True)
class DayPlan:
    """One person's day. `misses_after` sessions are attended, the rest is excused with `reason`."""

    absence: str = ""
    reason: str = ""
    late_minutes: int = -4
    early_minutes: int = 0
    misses_after: int | None = None
    no_checkout: bool = False


def plan_of(person: Person, day: date, moment: Moment) -> DayPlan:
    """The story of the day where there is one, else chance; the last day before today went well for most."""
    told = _story(person, day, moment)
    if told is not None:
        return told
    draw = chance("day", person.name, day)
    on_time = DayPlan(late_minutes=-draw.randint(0, 11))
    if person.has("steady") or day in (moment.today, last_track_day(person.track, moment)):
        return on_time
    luck = draw.random()
    if luck < 0.04:
        return DayPlan(absence=Attendance.Absence.NO_SHOW)
    if luck < 0.08:
        return DayPlan(absence=Attendance.Absence.EXCUSED, reason=draw.choice(EXCUSES))
    if luck < 0.09:
        return DayPlan(absence=Attendance.Absence.LATE_CANCEL, reason="Called an hour before")
    if luck < 0.16:
        return DayPlan(late_minutes=draw.randint(6, 24))
    if luck < 0.20:
        return DayPlan(late_minutes=-draw.randint(0, 11), early_minutes=draw.randint(8, 35))
    return on_time


def _story(person: Person, day: date, moment: Moment) -> DayPlan | None:
    this_week = [d for d in _track_days(person, moment) if d <= moment.today]
    first = this_week[0] if this_week else None
    if day == moment.today and (today := _today(person)) is not None:
        return today
    if day == first and (short := _short_from_the_start(person)) is not None:
        return short
    if person.has("gone") and day in this_week[:2]:
        return DayPlan(absence=Attendance.Absence.NO_SHOW)
    if day == last_track_day(person.track, moment):
        return _last_day(person, is_this_week=day >= moment.monday)
    return None


def _today(person: Person) -> DayPlan | None:
    if person.has("late_today"):
        return DayPlan(late_minutes=35)
    if person.has("texted_today"):
        return DayPlan(late_minutes=19)
    if person.has("late9_today"):
        return DayPlan(late_minutes=9)
    if person.has("excused_today"):
        return DayPlan(absence=Attendance.Absence.EXCUSED, reason="Surgery follow-up")
    return None


def _last_day(person: Person, *, is_this_week: bool) -> DayPlan | None:
    """The day that waits for the biller."""
    if person.has("checkout"):
        return DayPlan(no_checkout=True)
    if is_this_week and person.has("short45"):
        return DayPlan(late_minutes=45)
    if is_this_week and person.has("short60"):
        return DayPlan(misses_after=1, reason="School exam")
    return None


def _short_from_the_start(person: Person) -> DayPlan | None:
    """The first day of this week."""
    if person.has("short80"):
        return DayPlan(late_minutes=20, misses_after=2, reason="Left at 11:05 for child care")
    if person.has("makeup"):
        return DayPlan(late_minutes=-3, misses_after=1, reason="Medical appointment")
    return None


def _track_days(person: Person, moment: Moment) -> list[date]:
    return [moment.monday + timedelta(days=weekday) for weekday in TRACK_DAYS[person.track]]
