"""A whole week at once: places in weekly groups and the visits beside them, all of it or none.

What was looked at is what is booked: groups by number, visits by clinician, weekday, time and room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local
from iop_clinic.refusal import Refused
from patients.models import Episode, RelatedPerson
from scheduling.choices import Choice
from scheduling.enrolling import Place, enroll_in
from scheduling.evaluation import Rule, clashes_of
from scheduling.models import Enrollment, Group, Room, Series
from scheduling.models.group import Kind, Mode
from scheduling.turns import keep_open, lock_episode, lock_group, lock_people_and_rooms, taking_turns
from scheduling.visits import book_visit, visits_of

NOT_THEN = {Rule.CLOSED, Rule.ABSENT}
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class VisitAsked:
    """A visit of the week as it was looked at; without a room it is by video. `weekday`: 0 is Monday."""

    kind: str
    lead: User
    weekday: int
    starts: time
    minutes: int
    room: Room | None = None
    relatives: tuple[RelatedPerson, ...] = ()

    @property
    def every_weeks(self) -> int:
        return 2 if self.kind == Kind.FAMILY else 1

    @property
    def is_once(self) -> bool:
        return self.kind == Kind.MEDICATION


@dataclass(frozen=True)
class BookedWeek:
    """What was booked, and the dates left out because the site is closed or the clinician away."""

    places: list[Enrollment]
    visits: list[Series]
    left_out: list[date]


@taking_turns
def book_week(
    *,
    actor: User,
    episode: Episode,
    from_on: date,
    groups: Sequence[Group],
    visits: Sequence[VisitAsked],
    now: datetime,
) -> BookedWeek:
    """Places from `from_on` without a last day, and the visits for HORIZON_WEEKS weeks of it.

    All or nothing: refused as `enroll_in` and `book_visit` refuse, 422 when nothing is asked for.
    """
    if not groups and not visits:
        raise Refused("There is nothing in this week to book.", status=422)
    keep_open(episode.site_id)
    episode = lock_episode(episode.pk)
    for pk in sorted({group.pk for group in groups}):
        lock_group(pk)
    lock_people_and_rooms({one.lead.pk for one in visits}, {one.room.pk for one in visits if one.room})
    begins = max(from_on, episode.admitted_on)
    places = [Place(group, begins) for group in groups]
    taken = enroll_in(actor=actor, episode=episode, places=places, now=now) if places else []
    booked, left_out = [], list[date]()
    for one in visits:
        series, skipped = _dates_of(episode, one, begins, now)
        booked.append(_book(actor, one, series, skipped, now))
        left_out += skipped
    record(actor, "scheduling.book_week", episode, groups=len(taken), visits=len(booked))
    return BookedWeek(taken, booked, sorted(set(left_out)))


def _dates_of(episode: Episode, one: VisitAsked, from_on: date, now: datetime) -> tuple[Series, list[date]]:
    """The visit's dates as a series not saved, and those on which it cannot be; a single one moves on."""
    first_on = from_on + timedelta(days=(one.weekday - from_on.weekday()) % 7)
    if at_local(first_on, one.starts, episode.site.time_zone) <= now:
        first_on += WEEK
    last_on = _last_on(episode, first_on, from_on)
    series = _series(episode, one, first_on, last_on, 1 if one.is_once else one.every_weeks)
    out = {clash.wanted.occurs_on for clash in clashes_of(visits_of(series)) if clash.rule in NOT_THEN}
    if one.is_once:
        day = next((day for day in series.days if day not in out), first_on)
        return _series(episode, one, day, day, 1), []
    return series, sorted(out)


def _last_on(episode: Episode, first_on: date, from_on: date) -> date:
    last_on = from_on + settings.HORIZON_WEEKS * WEEK - timedelta(days=1)
    if episode.expected_end_on is not None:
        last_on = min(last_on, episode.expected_end_on)
    return max(first_on, last_on)


def _series(episode: Episode, one: VisitAsked, first_on: date, last_on: date, every_weeks: int) -> Series:
    steps = (last_on - first_on).days // 7 // every_weeks
    return Series(
        site=episode.site,
        episode=episode,
        kind=one.kind,
        first_on=first_on,
        last_on=first_on + steps * every_weeks * WEEK,
        every_weeks=every_weeks,
        starts=one.starts,
        minutes=one.minutes,
        mode=Mode.IN_PERSON if one.room else Mode.VIDEO,
        room=one.room,
        lead=one.lead,
    )


def _book(actor: User, one: VisitAsked, series: Series, skipped: list[date], now: datetime) -> Series:
    return book_visit(
        actor=actor,
        episode=series.episode,
        kind=one.kind,
        starts_at=at_local(series.first_on, one.starts, series.site.time_zone),
        minutes=one.minutes,
        lead=one.lead,
        room=one.room,
        mode=series.mode,
        times=len(series.days),
        every_weeks=series.every_weeks,
        relatives=one.relatives if one.kind == Kind.FAMILY else (),
        choices={day: Choice(skip=True) for day in skipped},
        now=now,
    )
