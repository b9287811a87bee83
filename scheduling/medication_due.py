"""Who is due for a medication visit at a site, and whether one is booked: the prescriber's list.

When a visit is due is said in `patients/medication_due.py`; this floor adds what is on the calendar.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import week_of
from patients.due import day_words
from patients.medication_due import due_episodes, due_tone
from scheduling.models import Booking
from scheduling.models.group import Kind

PAGE_ROWS = 50


@dataclass(frozen=True)
class DueRow:
    """A stay with `due_on`, `last_on` and `has_reports`, when its visit is due in words, the one booked."""

    episode: Any
    words: str
    tone: str
    booked: Booking | None


@dataclass(frozen=True)
class DueList:
    page: Page[Any]
    rows: list[DueRow]
    overdue: int

    @property
    def coming(self) -> int:
        return self.page.paginator.count - self.overdue

    @property
    def headline(self) -> str:
        if not self.page.paginator.count:
            return "Nobody is due this week"
        said = [f"{self.overdue} overdue"] if self.overdue else []
        return ", ".join(said + ([f"{self.coming} due this week"] if self.coming else []))


def medication_due(site: Site, day: date, now: datetime, number: str, whose: User | None = None) -> DueList:
    """Overdue or due by the end of the site's week, a page at a time: four statements.

    `whose` keeps one primary clinician's patients.
    """
    found = due_episodes(site, week_of(day, site.week_starts_weekday).ends_on)
    if whose is not None:
        found = found.filter(primary_clinician=whose)
    overdue = found.order_by().aggregate(count=Count("pk", filter=Q(due_on__lt=day)))["count"]
    page = Paginator(found, PAGE_ROWS).get_page(number)
    booked = _booked([one.patient_id for one in page.object_list], now)
    rows = [_row(one, day, booked.get(one.patient_id)) for one in page.object_list]
    return DueList(page, rows, overdue)


def _row(episode: Any, day: date, booked: Booking | None) -> DueRow:
    words = "Today" if episode.due_on == day else day_words(episode.due_on, day)
    return DueRow(episode, words, due_tone(episode.due_on, day), booked)


def _booked(patients: list[int], now: datetime) -> dict[int, Booking]:
    """The next medication visit of each."""
    rows = Booking.objects.filter(
        patient__in=patients, status="booked", session__kind=Kind.MEDICATION, session__starts_at__gt=now
    )
    ordered = rows.select_related("session__lead").order_by("-session__starts_at")
    return {row.patient_id: row for row in ordered}
