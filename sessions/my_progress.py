"""Hours of each week for the patient: solid done, light booked, the plan as a line (DESIGN.md 7)."""

from dataclasses import dataclass
from datetime import date, datetime

from iop_clinic.clock import Week
from iop_clinic.pictures.weeks import hours
from patients.models import Episode
from patients.portal_words import in_words, month_day
from patients.weeks import own_weeks
from scheduling.models import Booking
from sessions.hours import Ledger
from sessions.ledger import goal_in, marks_of
from sessions.my_week import ledger_from

MOST_WEEKS = 8


@dataclass(frozen=True)
class WeeklyHours:
    """The last weeks up to this one, oldest first; `this_week` is the one still running."""

    weeks: list[tuple[Week, Ledger]]
    this_week: Week

    @property
    def plan_minutes(self) -> int:
        return self.weeks[-1][1].goal_minutes

    @property
    def lead(self) -> str:
        """ "Hours each week, plan is 9"."""
        return f"Hours each week, plan is {hours(self.plan_minutes)}"

    @property
    def headline(self) -> str:
        """ "Four of five weeks in full": weeks that are over and reached their hours."""
        over = [ledger for week, ledger in self.weeks if week != self.this_week]
        full = sum(ledger.attended_minutes >= ledger.goal_minutes for ledger in over)
        if not over:
            return "Your first week"
        noun = "week" if len(over) == 1 else "weeks"
        if not full:
            return f"{in_words(len(over)).capitalize()} {noun} so far"
        return f"{in_words(full).capitalize()} of {in_words(len(over))} {noun} in full"

    @property
    def rows(self) -> list[tuple[str, int, int]]:
        """Label, attended and booked minutes of each week, as the drawing takes them."""
        return [
            (self._label(index), ledger.attended_minutes, ledger.booked_minutes)
            for index, (_, ledger) in enumerate(self.weeks)
        ]

    def _label(self, index: int) -> str:
        """ "Sep 14", "21" within the same month, "now" for this week."""
        week = self.weeks[index][0]
        if week == self.this_week:
            return "now"
        starts_on = week.starts_on
        same_month = index and self.weeks[index - 1][0].starts_on.month == starts_on.month
        return str(starts_on.day) if same_month else month_day(starts_on)


def weekly_hours(episode: Episode, today: date, now: datetime) -> WeeklyHours:
    """The ledgers of the episode's last weeks: three statements, however many weeks."""
    site = episode.patient.site
    this_week = (own := own_weeks(episode.patient)).of(today)
    weeks = [this_week]
    while len(weeks) < MOST_WEEKS and weeks[0].starts_on > episode.admitted_on:
        weeks.insert(0, own.before(weeks[0]))
    bookings = list(
        Booking.objects.filter(
            episode=episode, session__occurs_on__range=(weeks[0].starts_on, this_week.ends_on)
        ).select_related("session")
    )
    marks = marks_of(booking.pk for booking in bookings)
    stays = list(episode.stays.order_by("from_on"))
    ledgers = [
        (
            week,
            ledger_from(
                [b for b in bookings if b.session.occurs_on in week],
                marks,
                goal_minutes=goal_in(stays, week),
                now=now,
                tz_name=site.time_zone,
            ),
        )
        for week in weeks
    ]
    return WeeklyHours(ledgers, this_week)
