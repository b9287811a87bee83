"""Everyone short of hours in one week, the ways to reach them, and what is offered to whom.

The ledger says what is missing and which days of care there were; `ways_for_short` says what could be done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, local_day, week_of
from iop_clinic.durations import duration, in_hours
from iop_clinic.wall import wall
from patients.models import Episode
from patients.weeks import all_own_weeks
from scheduling.make_up_offers import SEATS, ways_left
from scheduling.models import Booking, HeldSeat, MakeUpOffer, TherapySession
from scheduling.short_ways import Short, ShortWay, ways_for_short, worth_offering
from scheduling.words import day_words, when_words
from sessions.hours import Ledger
from sessions.ledger import ledgers_at
from sessions.models import Attendance

RELATED = ("patient__site", "site", "primary_clinician")


@dataclass(frozen=True)
class OfferedWay:
    """One way of an offer as the desk reads it."""

    number: int
    seats: Sequence[HeldSeat]

    @property
    def words(self) -> str:
        """ "Skills group, Thu 10/22 at 9:00 am, and Arts, Fri 10/23 at 1:00 pm" """
        return ", and ".join(_named(seat.session) for seat in self.seats)


@dataclass(frozen=True)
class OpenOffer:
    """An offer nobody has answered, at one moment."""

    offer: MakeUpOffer
    now: datetime

    @property
    def ways(self) -> list[OfferedWay]:
        return [
            OfferedWay(number, seats) for number, seats in ways_left(self.offer.seats.all(), self.now).items()
        ]

    @property
    def until(self) -> str:
        return when_words(self.offer.expires_at, self.offer.episode.site.time_zone)


@dataclass(frozen=True)
class WayRow:
    """One way with what it gives."""

    way: ShortWay
    ledger: Ledger
    is_ticked: bool

    @property
    def words(self) -> str:
        return ", and ".join(_named(session) for session in self.way.sessions)

    @property
    def places(self) -> str:
        """ "Cedar, Ruth, 2 seats free" """
        pairs = zip(self.way.sessions, self.way.seats_free, strict=True)
        return "; ".join(f"{s.place}, {s.lead.given_name}, {_seats(free)} free" for s, free in pairs)

    @property
    def gives(self) -> str:
        """ "reaches 9 h", "40 min still short" """
        if self.way.still_short_minutes:
            return f"{duration(self.way.still_short_minutes)} still short"
        return f"reaches {in_hours(self.ledger.reachable_minutes + self.way.minutes)}"

    @property
    def trips(self) -> str:
        return {0: "", 1: "one extra trip"}.get(self.way.extra_trips, f"{self.way.extra_trips} extra trips")

    @property
    def not_covered(self) -> str:
        """ "Not covered: Fri 10/23" """
        days = " and ".join(day_words(day) for day in self.way.uncovered)
        return f"Not covered: {days}" if days else ""


@dataclass(frozen=True)
class ShortPerson:
    """One person's row: the week, what is offered, what was answered last, and what could be done."""

    episode: Episode
    week: Week
    ledger: Ledger
    ways: Sequence[ShortWay]
    open: OpenOffer | None = None
    answered: MakeUpOffer | None = None

    @property
    def rows(self) -> list[WayRow]:
        ticked = {way.key for way in self.proposed}
        return [WayRow(way, self.ledger, way.key in ticked) for way in self.ways]

    @property
    def proposed(self) -> list[ShortWay]:
        """What one press offers; what was declined once is offered again only by choosing it."""
        return worth_offering(self.ways)

    @property
    def takes_offers(self) -> bool:
        """Short, nothing open, and no answer this week that says to leave them alone."""
        declined = self.answered is not None and self.answered.answer == MakeUpOffer.Answer.DECLINED
        return bool(self.ledger.short_minutes and self.proposed) and self.open is None and not declined

    @property
    def last_answer(self) -> str:
        """ "Declined Wed 10/21 at 9:12 am" """
        if self.answered is None or self.answered.answered_at is None:
            return ""
        when = when_words(self.answered.answered_at, self.episode.site.time_zone)
        return f"Last offer: {self.answered.get_answer_display().lower()} {when}"


@dataclass(frozen=True)
class ShortWeek:
    """The page of one week at one site; a person's own week may begin on another day."""

    week: Week
    people: Sequence[ShortPerson]

    @cached_property
    def short(self) -> int:
        return sum(1 for person in self.people if person.ledger.short_minutes)

    @cached_property
    def offered(self) -> int:
        return sum(1 for person in self.people if person.open)

    @cached_property
    def to_offer(self) -> list[ShortPerson]:
        return [person for person in self.people if person.takes_offers]

    def of(self, patient_pk: int) -> ShortPerson | None:
        return next((one for one in self.people if one.episode.patient_id == patient_pk), None)


def short_week(*, site: Site, on: date, now: datetime, patient_pk: int | None = None) -> ShortWeek:
    """Everyone short in their week with that day, or with an open offer; the shortest first.

    A constant count of statements.
    """
    week = week_of(on, site.week_starts_weekday)
    there = Episode.objects.filter(site=site, admitted_on__lte=week.ends_on).exclude(
        ended_on__lt=week.starts_on
    )
    if patient_pk is not None:
        there = there.filter(patient=patient_pk)
    episodes = {one.pk: one for one in there.select_related(*RELATED)}
    own = all_own_weeks(one.patient_id for one in episodes.values())
    weeks = {pk: own[one.patient_id].of(on) for pk, one in episodes.items()}
    ledgers = ledgers_at(site=site, weeks=weeks, now=now)
    offers = _offers(weeks)
    short = [pk for pk in episodes if ledgers[pk].short_minutes]
    care = _care_days([episodes[pk] for pk in short], local_day(now, site.time_zone))
    asked = [
        Short(episodes[pk], weeks[pk], ledgers[pk].short_minutes, care.get(pk, frozenset()))
        for pk in short
        if pk not in offers or offers[pk].answer
    ]
    ways = ways_for_short(asked, now)
    shown = {*short, *(pk for pk, one in offers.items() if not one.answer)}
    people = [
        _person(episodes[pk], weeks[pk], ledgers[pk], ways.get(pk, []), offers.get(pk), now) for pk in shown
    ]
    return ShortWeek(week, sorted(people, key=_shortest_first))


def _person(
    episode: Episode,
    week: Week,
    ledger: Ledger,
    ways: list[ShortWay],
    offer: MakeUpOffer | None,
    now: datetime,
) -> ShortPerson:
    if offer is None or offer.answer:
        return ShortPerson(episode, week, ledger, ways, answered=offer)
    offer.episode = episode
    return ShortPerson(episode, week, ledger, ways, open=OpenOffer(offer, now))


def _shortest_first(person: ShortPerson) -> tuple[int, str, int]:
    return -person.ledger.short_minutes, person.episode.patient.full_name, person.episode.pk


def _offers(weeks: Mapping[int, Week]) -> dict[int, MakeUpOffer]:
    """The latest offer of their week to each episode, by its number: an open one is the latest."""
    days = {week.starts_on for week in weeks.values()}
    rows = MakeUpOffer.objects.filter(episode__in=weeks, week_starts_on__in=days)
    found = rows.prefetch_related(SEATS).order_by("offered_at", "pk")
    return {row.episode_id: row for row in found if row.week_starts_on == weeks[row.episode_id].starts_on}


def _care_days(episodes: Sequence[Episode], today: date) -> dict[int, frozenset[date]]:
    """Days of care by episode: attended ones, and those still booked; what a payer's approval is used for."""
    attended = Attendance.objects.attended().filter(booking=OuterRef("pk"))
    counted = Booking.objects.active().filter(
        Q(session__occurs_on__gte=today) | Exists(attended),
        patient__in=[one.patient_id for one in episodes],
        session__status=TherapySession.Status.SCHEDULED,
        session__counts_toward_hours=True,
    )
    days: dict[int, set[date]] = {}
    for patient_pk, day in counted.order_by().values_list("patient", "session__occurs_on").distinct():
        days.setdefault(patient_pk, set()).add(day)
    return {one.pk: frozenset(days.get(one.patient_id, ())) for one in episodes}


def _named(session: TherapySession) -> str:
    starts = wall(session.starts_at, session.site.time_zone)
    return f"{session.title}, {day_words(session.occurs_on)} {starts}"


def _seats(free: int) -> str:
    return "1 seat" if free == 1 else f"{free} seats"
