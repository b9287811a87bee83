"""A patient's week as the portal tells it: the ledger, and day by day what happened and what comes.

The minutes are those of `sessions.ledger`; the words are for the person themselves (DESIGN.md 10, 12.07).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from iop_clinic.clock import Week, local_day
from iop_clinic.durations import duration
from patients.models import Episode, LevelOfCareStay, Patient
from patients.portal_words import day_words
from scheduling.models import Booking, SeatOffer, TherapySession
from scheduling.portal_times import Appointment, portal_bookings
from sessions.hours import Ledger, Line, Segment, Slot, week_ledger
from sessions.ledger import UNMARKED, Mark, attendance_of, entry_of

ENOUGH_BOOKINGS = 60
MARK = ("arrived_at", "left_at", "absence")
ONE_LINE = "\N{NO-BREAK SPACE}"  # keeps "2 h 20" on one line
LABEL_FROM_PART = 7  # a seventh of the bar, about 46 px on a phone


@dataclass(frozen=True)
class Standing:
    """How one booking stands: tone of the chip, icon, words."""

    tone: str
    mark: str
    words: str


def with_goal(patient: Patient, week: Week) -> QuerySet[Episode]:
    """The patient's episodes, the latest first, each with the minutes prescribed for the week as `goal`.

    `is_offered` says whether a place in a group is held for them now, so that most weeks need not ask more.
    """
    stays = LevelOfCareStay.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on),
        episode=OuterRef("pk"),
        from_on__lte=week.ends_on,
    )
    goal = Subquery(stays.order_by("-from_on").values("prescribed_minutes")[:1])
    offered = Exists(SeatOffer.objects.standing().filter(entry__episode=OuterRef("pk")))
    episodes = Episode.objects.filter(patient=patient).annotate(goal=goal, is_offered=offered)
    return episodes.select_related("primary_clinician").order_by("-admitted_on")


def ledger_from(
    bookings: Iterable[Booking], marks: dict[int, Mark], *, goal_minutes: int, now: datetime, tz_name: str
) -> Ledger:
    """The ledger of one week's bookings; what the clinic cancelled is nobody's missed time."""
    entries = [
        entry_of(
            Slot(
                b.session.starts_at, b.session.ends_at, b.session.break_minutes, b.session.counts_toward_hours
            ),
            b.status,
            marks.get(b.pk, UNMARKED),
            label=b.session.title,
            day=b.session.occurs_on,
            key=b.pk,
        )
        for b in bookings
        if not cancelled_by_clinic(b)
    ]
    return week_ledger(entries, goal_minutes=goal_minutes, now=now, tz_name=tz_name)


@dataclass(frozen=True)
class MyWeek:
    """What the page of one week shows: the next session, the hours, and the days that hold something."""

    next: Appointment | None
    hours: "Hours"
    days: list["Day"]
    today: date
    week: Week
    lost: list[Appointment]

    @property
    def to_make_up(self) -> Appointment | None:
        """The first of this week that has no other time yet."""
        return next((a for a in self.lost if a.booking.session.occurs_on in self.week), None)

    @property
    def called_off(self) -> list[Appointment]:
        """What the clinic cancelled and is still to be made up."""
        return [a for a in self.lost if a.is_called_off]

    @property
    def coming(self) -> list["Day"]:
        """Today and what follows: it is looked for first."""
        return [day for day in self.days if day.on >= self.today]

    @property
    def earlier(self) -> list["Day"]:
        return [day for day in self.days if day.on < self.today]


def my_week(patient: Patient, episode: Episode, week: Week, now: datetime) -> MyWeek:
    """This week's bookings with their attendance, and enough of what follows to name the next: one statement.

    `episode` is one of `with_goal`; only its own minutes count toward its hours.
    """
    tz_name, goal_minutes = patient.site.time_zone, getattr(episode, "goal", None) or 0
    attended = {column: attendance_of(column) for column in MARK}
    ahead = portal_bookings(patient).annotate(**attended).filter(session__occurs_on__gte=week.starts_on)
    ahead = ahead[:ENOUGH_BOOKINGS]
    appointments = [Appointment(booking, now) for booking in ahead]
    of_week = [a for a in appointments if a.booking.session.occurs_on in week]
    bookings = [a.booking for a in of_week if a.booking.episode_id == episode.pk]
    marks: dict[int, Mark] = {b.pk: tuple(getattr(b, column) for column in MARK) for b in bookings}
    ledger = ledger_from(bookings, marks, goal_minutes=goal_minutes, now=now, tz_name=tz_name)
    upcoming = next((a for a in appointments if a.is_ahead), None)
    today = local_day(now, tz_name)
    days, lost = days_of(of_week, ledger, today), lost_among(appointments, episode, week)
    return MyWeek(upcoming, Hours(ledger), days, today, week, lost)


def lost_among(ahead: Sequence[Appointment], episode: Episode, week: Week) -> list[Appointment]:
    """Appointments of this week and the next that were cancelled, counted, and have no other time yet."""
    made_up = {a.booking.makes_up_id for a in ahead if a.booking.is_active}
    mine = (a for a in ahead if a.booking.episode_id == episode.pk and a.booking.makes_up_id is None)
    cancelled = (a for a in mine if a.is_lost and a.booking.pk not in made_up)
    soon = (a for a in cancelled if a.booking.session.occurs_on <= week.next().ends_on)
    return [a for a in soon if a.booking.session.counts_toward_hours]


def cancelled_by_clinic(booking: Booking) -> bool:
    called_off = booking.session.status == TherapySession.Status.CANCELLED
    return called_off or booking.status == Booking.Status.CANCELLED_BY_CLINIC


@dataclass(frozen=True)
class Row:
    """One booking of the week: the appointment, and how it stands in a word or in minutes."""

    appointment: Appointment
    standing: Standing


@dataclass(frozen=True)
class Day:
    name: str
    on: date
    rows: list[Row]


def days_of(appointments: Sequence[Appointment], ledger: Ledger, today: date) -> list[Day]:
    """The days of the week that hold something, in order."""
    lines = {line.entry.key: line for line in ledger.lines}
    by_day = groupby(appointments, key=lambda a: a.booking.session.occurs_on)
    return [
        Day(day_words(on, today), on, [Row(a, standing(a, lines.get(a.booking.pk))) for a in of_day])
        for on, of_day in by_day
    ]


def standing(appointment: Appointment, line: Line | None) -> Standing:
    """How one booking stands, without blame: "58 min", "Missed", "You cancelled", "New time"."""
    if cancelled_by_clinic(appointment.booking):
        return Standing("line", "ban", "Clinic cancelled")
    if not appointment.booking.is_active:
        return Standing("line", "ban", "You cancelled")
    if line is None or line.state == "booked" or not appointment.has_begun:
        return _ahead(appointment)
    return _happened(line)


def _ahead(appointment: Appointment) -> Standing:
    if appointment.is_over:
        return Standing("line", "check", "Over")
    if appointment.late_until:
        return Standing("info", "clock", f"Late, {appointment.late_until}")
    if appointment.was_moved:
        return Standing("info", "calendar", "New time")
    if appointment.booking.confirmed_at is not None:
        return Standing("ok", "check", "Confirmed")
    return Standing("line", "circle-dashed", "Booked")


def _happened(line: Line) -> Standing:
    if line.state == "not_counted":
        return _outside_the_hours(line)
    if line.state == "running":
        return Standing("info", "map-pin", "Now")
    if line.state == "attended":
        return Standing("ok", "check", _attended_words(line))
    if line.state == "absent":
        return Standing("line", "x", "Missed")
    return Standing("line", "hourglass", "Not counted yet")


def _outside_the_hours(line: Line) -> Standing:
    """A visit that never counts toward the hours still took place, or did not."""
    if line.entry.visit is not None:
        return Standing("ok", "check", "Done")
    return Standing("line", "x", "Missed") if line.entry.absence else Standing("line", "check", "Over")


def _attended_words(line: Line) -> str:
    """ "60 min", or "48 of 60 min" where less counted than was planned."""
    if line.attended_minutes < line.scheduled_minutes:
        return f"{line.attended_minutes} of {line.scheduled_minutes} min"
    return f"{line.attended_minutes} min"


@dataclass(frozen=True)
class Hours:
    """The hours card: its headline and the bar."""

    ledger: Ledger

    @property
    def headline(self) -> str:
        """ "80 minutes to make up", "You are on track", or "This week is done"."""
        ledger = self.ledger
        if ledger.short_minutes:
            return f"{to_make_up(ledger.short_minutes)} to make up"
        return "This week is done" if ledger.attended_minutes >= ledger.goal_minutes else "You are on track"

    @property
    def bar(self) -> dict[str, Any]:
        """What the hours bar draws; days are whole words where they fit."""
        ledger = self.ledger
        return {
            "goal_minutes": ledger.goal_minutes,
            "attended_minutes": ledger.attended_minutes,
            "booked_minutes": ledger.booked_minutes,
            "segments": [(s.kind, self._label(s), s.minutes, "") for s in ledger.segments],
        }

    def _label(self, segment: Segment) -> str:
        """The day, where the phone's bar has room for the word."""
        wide_enough = segment.minutes * LABEL_FROM_PART >= self.ledger.scale_minutes
        return segment.label if wide_enough else ""


def to_make_up(minutes: int) -> str:
    """ "80 minutes", "2 h 10": minutes are said in minutes under 100 (DESIGN.md 6)."""
    if minutes == 1:
        return "1 minute"
    return f"{minutes} minutes" if minutes < 100 else duration(minutes).replace(" ", ONE_LINE)
