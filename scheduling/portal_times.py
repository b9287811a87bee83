"""A booking as the portal shows it: when, where, with whom, and the times offered to someone running late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import QuerySet

from iop_clinic.clock import local_day, minutes_between
from patients.models import Patient
from patients.portal_words import day_words, time_until, wall
from scheduling.models import Booking, TherapySession

MAP_SEARCH = "https://www.openstreetmap.org/search"
LATE_MINUTES = (10, 20, 30, 45, 60)
OFFERED = 3
BY_VIDEO = "By video"


def place_words(session: TherapySession) -> str:
    """ "Cedar room", "Office 1", or "By video"."""
    if session.mode == TherapySession.Mode.VIDEO or session.room is None:
        return BY_VIDEO
    name = session.room.name
    return name if "room" in name.lower() or "office" in name.lower() else f"{name} room"


def portal_bookings(patient: Patient) -> QuerySet[Booking]:
    """The patient's own bookings with what their pages show, in order of time."""
    related = ("session__site", "session__room", "session__lead")
    return (
        Booking.objects.filter(patient=patient).select_related(*related).order_by("session__starts_at", "pk")
    )


@dataclass(frozen=True)
class Appointment:
    """One booking with its words, at one moment."""

    booking: Booking
    now: datetime

    @property
    def tz_name(self) -> str:
        return self.booking.session.site.time_zone

    @property
    def today(self) -> date:
        return local_day(self.now, self.tz_name)

    @property
    def is_kept(self) -> bool:
        """Neither side cancelled it."""
        scheduled = self.booking.session.status == TherapySession.Status.SCHEDULED
        return self.booking.is_active and scheduled

    @property
    def is_lost(self) -> bool:
        """Given back by the patient, or called off by the clinic; not the end of a place in a group."""
        return self.is_called_off or self.booking.status == Booking.Status.CANCELLED_BY_PATIENT

    @property
    def is_called_off(self) -> bool:
        """The clinic cancelled the session itself."""
        by_clinic = self.booking.status == Booking.Status.CANCELLED_BY_CLINIC
        return by_clinic and self.booking.session.status == TherapySession.Status.CANCELLED

    @property
    def is_over(self) -> bool:
        return self.booking.session.ends_at <= self.now

    @property
    def has_begun(self) -> bool:
        return self.booking.session.has_begun(self.now)

    @property
    def is_today(self) -> bool:
        return self.booking.session.is_on(self.today)

    @property
    def is_ahead(self) -> bool:
        """Still to come, or running right now."""
        return self.is_kept and not self.is_over

    @property
    def may_confirm(self) -> bool:
        """Not yet said in any way that they will come."""
        said = self.booking.confirmed_at or self.booking.running_late_until
        return self.is_kept and not self.has_begun and said is None

    @property
    def may_cancel(self) -> bool:
        return self.is_kept and not self.has_begun

    @property
    def may_run_late(self) -> bool:
        return self.is_ahead and self.is_today

    @property
    def starts(self) -> str:
        """ "9:00 am"."""
        return wall(self.booking.session.starts_at, self.tz_name)

    @property
    def ends(self) -> str:
        return wall(self.booking.session.ends_at, self.tz_name)

    @property
    def day(self) -> str:
        """ "Today", "Friday", "Mon, Nov 2"."""
        return day_words(self.booking.session.occurs_on, self.today)

    @property
    def on_day(self) -> str:
        """ "today", "tomorrow", "on Friday": the day inside a sentence."""
        return self.day.lower() if self.day in ("Today", "Tomorrow") else f"on {self.day}"

    @property
    def lead_in(self) -> str:
        """ "Next, in 29 minutes", "Now, until 10:00 am", or "Next"."""
        if self.has_begun:
            return f"Now, until {self.ends}"
        until = time_until(self.booking.session.starts_at, self.now)
        return f"Next, {until}" if until else "Next"

    @property
    def state_words(self) -> str:
        """How the booking stands, in a sentence."""
        if not self.booking.is_active and self.booking.status == Booking.Status.CANCELLED_BY_PATIENT:
            return "You told us that you can’t come."
        if not self.is_kept:
            return "The clinic cancelled this session."
        if self.is_over:
            return "This session is over. What counted is on My week."
        if self.was_moved:
            return "This session has a new time."
        return (
            "You are expected."
            if self.booking.confirmed_at is None
            else "You confirmed that you will be here."
        )

    @property
    def title(self) -> str:
        """ "Process group with Ruth"."""
        return f"{self.booking.session.title} with {self.booking.session.lead.given_name}"

    @property
    def is_video(self) -> bool:
        return self.booking.session.mode == TherapySession.Mode.VIDEO

    @property
    def place(self) -> str:
        """ "Cedar room, 14 Marlow Street", or "By video"."""
        session = self.booking.session
        there = place_words(session)
        return there if there == BY_VIDEO else f"{there}, {session.site.street}"

    @property
    def brief_place(self) -> str:
        """ "Cedar, Ruth": room and first name of the lead, for a list."""
        return f"{self.booking.session.place}, {self.booking.session.lead.given_name}"

    @property
    def map_url(self) -> str:
        """A map search for the street address: no name in it, nothing is loaded until it is pressed."""
        return f"{MAP_SEARCH}?{urlencode({'query': self.booking.session.site.address})}"

    @property
    def late_until(self) -> str:
        """ "9:20 am" when the patient has said so; "" otherwise."""
        until = self.booking.running_late_until
        return wall(until, self.tz_name) if until else ""

    @property
    def was_moved(self) -> bool:
        return self.booking.session.version > 1


@dataclass(frozen=True)
class LateChoice:
    """A time offered to someone running late; `at` is the instant the clinic is told."""

    key: str
    time: str
    words: str
    at: datetime


def late_choices(late: Appointment, others: Iterable[Appointment]) -> list[LateChoice]:
    """10, 20 and 30 minutes late (later ones once those have passed), and the next session of the day."""
    starts_at, ends_at = late.booking.session.starts_at, late.booking.session.ends_at
    times = [(minutes, starts_at + timedelta(minutes=minutes)) for minutes in LATE_MINUTES]
    choices = [
        LateChoice(str(minutes), wall(at, late.tz_name), f"{minutes} minutes late", at)
        for minutes, at in times
        if late.now < at < ends_at
    ][:OFFERED]
    following = next_of_the_day(late, others)
    if following is not None:
        at = following.booking.session.starts_at
        key, words = str(minutes_between(starts_at, at)), f"For {following.booking.session.title}"
        choices = [choice for choice in choices if choice.at < at]
        choices.append(LateChoice(key, following.starts, words, at))
    return choices


def next_of_the_day(late: Appointment, others: Iterable[Appointment]) -> Appointment | None:
    """The next session this person is expected at on the same day."""
    ends_at, day = late.booking.session.ends_at, late.booking.session.occurs_on
    later = [o for o in others if o.is_kept and o.booking.session.is_on(day)]
    later = [o for o in later if o.booking.session.starts_at >= ends_at and not o.has_begun]
    return min(later, key=lambda o: o.booking.session.starts_at, default=None)
