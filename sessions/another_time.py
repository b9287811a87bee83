"""Another time for what was cancelled, in the patient's words, and what each way makes of the week."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.crypto import salted_hmac

from iop_clinic.clock import Week, local_day
from iop_clinic.durations import duration
from patients.portal_words import day_words, wall
from patients.weeks import own_weeks
from scheduling.lost_time import countable_minutes, lost_of
from scheduling.makeups import Way, ways_for
from scheduling.models import Booking, TherapySession
from scheduling.portal_times import BY_VIDEO, place_words
from sessions.hours import Ledger
from sessions.ledger import ledger_of
from sessions.my_week import ONE_LINE, to_make_up

SHOWN = 6


def key_of(lost: Booking, session: TherapySession) -> str:
    """What a form and an address name a session by: no number of ours is in the portal's addresses."""
    return salted_hmac("sessions.another_time", f"{lost.public_id}:{session.pk}").hexdigest()[:20]


@dataclass(frozen=True)
class Choice:
    """One way as the patient reads it."""

    lost: Booking
    way: Way
    today: date
    this_week: Week
    ledger: Ledger

    @property
    def key(self) -> str:
        return key_of(self.lost, self.way.session)

    @property
    def day(self) -> str:
        return day_words(self.way.session.occurs_on, self.today)

    @property
    def details(self) -> str:
        """ "Saturday, 10:00 am to 11:30 am, Cedar room, with Joon. 8 places free."."""
        session, free = self.way.session, self.way.seats_free
        tz_name = session.site.time_zone
        times = f"{wall(session.starts_at, tz_name)} to {wall(session.ends_at, tz_name)}"
        places = "1 place" if free == 1 else f"{free} places"
        where = place_words(session).replace(BY_VIDEO, BY_VIDEO.lower())
        return f"{self.day}, {times}, {where}, with {session.lead.given_name}. {places} free."

    @property
    def gain(self) -> str:
        """ "90 min, no extra trip"."""
        trip = "one extra trip" if self.way.is_extra_trip else "no extra trip"
        week = ", next week" if self.way.is_next_week else ""
        return f"{self.way.minutes}{ONE_LINE}min, {trip}{week}"

    @property
    def week_becomes(self) -> str:
        """ "Your week becomes 9 h 10.", or "That week" for one that is still to come."""
        total = duration(self.ledger.reachable_minutes + self.way.minutes).replace(" ", ONE_LINE)
        is_this = self.way.session.occurs_on in self.this_week
        return f"{'Your' if is_this else 'That'} week becomes {total}."

    @property
    def bar(self) -> dict[str, Any]:
        """The hours bar with this way in it."""
        ledger, made = self.ledger, self.way.minutes
        segments = [(s.kind, s.label, s.minutes, "") for s in ledger.segments]
        return {
            "goal_minutes": ledger.goal_minutes,
            "attended_minutes": ledger.attended_minutes,
            "booked_minutes": ledger.booked_minutes,
            "made_minutes": made,
            "segments": [*segments, ("made", f"{self.way.session.occurs_on:%a}", made, "")],
        }


@dataclass(frozen=True)
class AnotherTime:
    """The page of one lost appointment."""

    lost: Booking
    choices: list[Choice]
    made: Booking | None

    def is_made_by(self, key: str) -> bool:
        """This very choice was saved before."""
        return self.made is not None and key_of(self.lost, self.made.session) == key

    @property
    def minutes(self) -> str:
        """ "80 minutes"."""
        return to_make_up(countable_minutes(self.lost.session))


def another_time(booking: Booking, now: datetime) -> AnotherTime:
    """The ways of a booking, with the week each falls in; or the seat that makes it up already."""
    lost = lost_of(booking)
    made = Booking.objects.active().filter(makes_up=lost).select_related("session__site").first()
    ways = ways_for(booking, now)[:SHOWN]
    own, today = own_weeks(booking.patient), local_day(now, lost.session.site.time_zone)
    week = own.of(lost.session.occurs_on)
    ledgers: dict[Week, Ledger] = {}
    choices = []
    for way in ways:
        falls_in = own.after(week) if way.is_next_week else week
        if falls_in not in ledgers:
            ledgers[falls_in] = ledger_of(episode=booking.episode, week=falls_in, now=now)
        choices.append(Choice(lost, way, today, own.of(today), ledgers[falls_in]))
    return AnotherTime(lost, choices, made)
