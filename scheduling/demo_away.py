"""The demo's exceptions to its weeks: a day that is closed, and a clinician's day off with one session open.

Both were planned three days ago with the clinic's own verbs, and their mail has gone out.
"""

from datetime import date, timedelta

from django.db.models import F

from iop_clinic.accounts.demo import House, Moment
from iop_clinic.accounts.models import User
from iop_clinic.clock import day_span
from iop_clinic.messages.models import Message
from scheduling import changes
from scheduling.absences import hit_by as hit_by_leave
from scheduling.absences import record_absence
from scheduling.closures import Closing, close, hit_by
from scheduling.models import Absence, Closure, TherapySession
from scheduling.public_holidays import public_holidays
from scheduling.replanning import Answer, Deed
from scheduling.substitutes import candidates_of, with_people

PLANNED_DAYS_AGO = 3
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
STAYS_OPEN = "Sleep and mood"


def plan_around(house: House, moment: Moment) -> None:
    then = moment.now - PLANNED_DAYS_AGO * DAY
    _close_a_day(house, moment)
    _give_leave(house, moment)
    Closure.objects.update(closed_at=then)
    Absence.objects.update(recorded_at=then)
    TherapySession.objects.filter(version__gt=1).update(changed_at=then)
    Message.objects.filter(kind=changes.KIND).update(
        state=Message.State.SENT, created_at=then, sent_at=F("due_at") + timedelta(seconds=9), attempts=1
    )


def _close_a_day(house: House, moment: Moment) -> None:
    """The first public holiday on a weekday two to four weeks ahead; without one a training day."""
    site, now = house.marlow, moment.now - PLANNED_DAYS_AGO * DAY
    closing = _closing(house, moment)
    answers = {session.pk: Answer(Deed.CANCEL, session.version) for session in hit_by(site, [closing], now)}
    close(actor=house.staff["priscilla"], site=site, closings=[closing], answers=answers, now=now)


def _closing(house: House, moment: Moment) -> Closing:
    first, last = moment.monday + 2 * WEEK, moment.monday + 4 * WEEK
    years = {first.year, last.year}
    for holiday in [one for year in sorted(years) for one in public_holidays(house.marlow, year)]:
        if first <= holiday.on < last and holiday.on.weekday() < 5:
            return _whole_day(house, holiday.on, holiday.name, Closure.Kind.HOLIDAY)
    return _whole_day(house, first + 3 * DAY, "Staff training day", Closure.Kind.CLOSURE)


def _whole_day(house: House, day: date, name: str, kind: str) -> Closing:
    return Closing(name, kind, *day_span(day, house.marlow.time_zone))


def _give_leave(house: House, moment: Moment) -> None:
    """Next Wednesday one clinician is at a training; others lead the sessions but one."""
    staff, site, now = house.staff["joon"], house.marlow, moment.now - PLANNED_DAYS_AGO * DAY
    starts_at, ends_at = day_span(moment.monday + WEEK + 2 * DAY, site.time_zone)
    sessions = list(with_people(hit_by_leave(staff, starts_at, ends_at, [site], now)))
    offered = candidates_of(sessions, now)
    answers = {}
    for session in sessions:
        able = [one for one in offered[session.pk] if not one.why_not]
        answers[session.pk] = _answer(session, able[0].staff if able else None)
    record_absence(
        actor=house.staff["helena"],
        staff=staff,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=Absence.Kind.TRAINING,
        answers=answers,
        now=now,
    )


def _answer(session: TherapySession, staff: User | None) -> Answer:
    if session.title == STAYS_OPEN or staff is None:
        return Answer(Deed.LEAVE, session.version)
    return Answer(Deed.SUBSTITUTE, session.version, staff=staff)
