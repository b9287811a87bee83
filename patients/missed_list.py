"""Missed measures of a site: one line for each person and measure that nobody answered since. Paged."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Min, Q, QuerySet

from iop_clinic.accounts.models import Site, User
from patients.due import day_words
from patients.missing import unanswered
from patients.models import Episode, FollowUp, Patient
from patients.scoring import load_instruments

PAGE_ROWS = 50


@dataclass(frozen=True)
class MissedRow:
    """How often in a row one person has missed one measure, and the follow-up about it."""

    patient: Patient
    measure: str
    count: int
    since: str
    last: str
    clinician: str
    follow_up: FollowUp | None

    @property
    def words(self) -> str:
        return "once" if self.count == 1 else f"{self.count} in a row"


def missed_at(site: Site, day: date, whose: int | None = None) -> QuerySet[Any, Any]:
    """The longest runs first; `whose` keeps one clinician's patients."""
    rows = unanswered(site, day, whose).order_by().values("patient_id", "instrument_code")
    counted = rows.annotate(count=Count("pk"), since_on=Min("due_on"), last_on=Max("due_on"))
    return counted.order_by("-count", "-last_on", "patient_id", "instrument_code")


def missed_page(
    site: Site, day: date, number: str, whose: int | None = None
) -> tuple[Page[Any], list[MissedRow]]:
    """A page of them; five queries."""
    page = Paginator(missed_at(site, day, whose), PAGE_ROWS).get_page(number)
    found = list(page.object_list)
    people = [row["patient_id"] for row in found]
    patients = Patient.objects.in_bulk(people)
    stays = Episode.objects.active_on(day).filter(site=site, patient__in=people)
    clinicians = {
        stay.patient_id: stay.primary_clinician for stay in stays.select_related("primary_clinician")
    }
    opened = FollowUp.objects.open().filter(kind=FollowUp.Kind.MEASURES, patient__in=people)
    told = {(one.patient_id, one.trigger_code): one for one in opened.select_related("owner")}
    return page, [_row(row, patients, clinicians, told, day) for row in found]


def _row(
    row: dict[str, Any],
    patients: dict[int, Patient],
    clinicians: dict[int, User],
    told: dict[tuple[int, str], FollowUp],
    day: date,
) -> MissedRow:
    pk, code = row["patient_id"], row["instrument_code"]
    instrument, clinician = load_instruments().get(code), clinicians.get(pk)
    return MissedRow(
        patient=patients[pk],
        measure=instrument.name if instrument else code,
        count=row["count"],
        since=day_words(row["since_on"], day),
        last=day_words(row["last_on"], day),
        clinician=clinician.full_name if clinician else "",
        follow_up=told.get((pk, f"missed.{code}")),
    )


def clinicians_at(site: Site, day: date, user: User) -> QuerySet[User]:
    """Who is someone's primary clinician at the site now, and who asks, by name."""
    stays = Episode.objects.active_on(day).filter(site=site)
    return User.objects.filter(Q(pk__in=stays.values("primary_clinician")) | Q(pk=user.pk))
