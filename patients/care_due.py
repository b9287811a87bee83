"""Certifications and continued-stay reviews due at a site: paged, a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from iop_clinic.accounts.models import Site, User
from patients.care_clocks import SOON, with_care_clocks
from patients.due import day_words, due_said
from patients.models import Episode, Patient, Payer

PAGE_ROWS = 50
LISTS = {"certifications": "Certifications", "reviews": "Continued stay"}
_DUE = {"certifications": "certify_due_on", "reviews": "review_due_on"}


@dataclass(frozen=True)
class CareDueRow:
    """One person whose certification or review is due, by when, for whom."""

    patient: Patient
    words: str
    tone: str
    payer: str
    since: str
    clinician: str


def due_at_site(
    shown: str, site: Site, day: date, whose: User | None = None, soon: timedelta = SOON
) -> QuerySet[Any, Any]:
    """Running episodes due within `soon`, the oldest first; `whose` keeps one clinician's patients."""
    running = Episode.objects.filter(site=site, ended_on__isnull=True, admitted_on__lte=day)
    if whose is not None:
        running = running.filter(primary_clinician=whose)
    due = _DUE[shown]
    found = with_care_clocks(running, day)
    in_level = found.filter(**{"care_kind__isnull": False, f"{due}__lte": day + soon})
    return in_level.select_related("patient", "primary_clinician").order_by(due, "pk")


def care_due_page(
    shown: str, site: Site, day: date, number: str, whose: User | None = None
) -> tuple[Page[Any], list[CareDueRow]]:
    """A page of what is due; three queries."""
    page = Paginator(due_at_site(shown, site, day, whose), PAGE_ROWS).get_page(number)
    found: list[Any] = list(page.object_list)
    payers = Payer.objects.in_bulk({one.care_payer for one in found if one.care_payer})
    return page, [_row(one, getattr(one, _DUE[shown]), shown, payers, day) for one in found]


def _row(one: Any, due_on: date, shown: str, payers: dict[int, Payer], day: date) -> CareDueRow:
    before = one.certified_to_on if shown == "certifications" else one.reviewed_on
    since = (
        f"{'covered to' if shown == 'certifications' else 'last'} {day_words(before, day)}" if before else ""
    )
    return CareDueRow(
        patient=one.patient,
        words=due_said(due_on, day),
        tone="bad" if due_on < day else "warn",
        payer=payers[one.care_payer].name if one.care_payer in payers else "",
        since=since or "none yet",
        clinician=one.primary_clinician.full_name,
    )
