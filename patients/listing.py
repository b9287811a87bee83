"""The list of a site's patients: in the program, or all; a page at a time in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from iop_clinic.accounts.models import Site
from patients.models import Episode, LevelOfCareStay, Patient, Referral
from patients.models.referral import Stage

PAGE_ROWS = 50
SHOWN = {"active": "In program", "discharged": "Discharged", "all": "All"}


@dataclass(frozen=True)
class ListRow:
    """A patient with the one line that says where they stand."""

    patient: Patient
    age: int
    status: str
    detail: str
    level: str
    clinician: str


def patients_of(site: Site, show: str) -> QuerySet[Patient]:
    """The site's patients by name; `show` is a key of SHOWN, anything else means active."""
    patients = Patient.objects.filter(site=site).select_related(None)
    stays = Episode.objects.filter(patient=OuterRef("pk"))
    running = Exists(stays.filter(ended_on__isnull=True))
    if show == "discharged":
        patients = patients.filter(~running, Exists(stays))
    elif show != "all":
        patients = patients.filter(running)
    return patients.order_by("family_name", "given_name", "pk")


def page_of(patients: QuerySet[Patient], number: str, day: date) -> tuple[Page[Patient], list[ListRow]]:
    """A page of patients and its rows; a number that is none means the first or the last page."""
    page = Paginator(patients, PAGE_ROWS).get_page(number)
    pks = [patient.pk for patient in page.object_list]
    episodes = _last_episodes(pks)
    stages = dict(Referral.objects.open().filter(patient__in=pks).values_list("patient_id", "stage"))
    rows = [
        _row(patient, episodes.get(patient.pk), stages.get(patient.pk), day) for patient in page.object_list
    ]
    return page, rows


def _last_episodes(pks: list[int]) -> dict[int, Any]:
    stays = LevelOfCareStay.objects.filter(episode=OuterRef("pk")).order_by("-from_on")
    rows = (
        Episode.objects.filter(patient__in=pks)
        .select_related("primary_clinician", "discharge")
        .annotate(level_code=Subquery(stays.values("level__code")[:1]))
        .order_by("admitted_on")
    )
    return {row.patient_id: row for row in rows}


def _row(patient: Patient, episode: Any, stage: str | None, day: date) -> ListRow:
    status, detail, level, clinician = "No episode", "", "", ""
    if episode is not None and episode.ended_on is None:
        status = "In program"
        detail = f"day {episode.day_number(day)}" if episode.admitted_on <= day else "starts soon"
        level, clinician = episode.level_code or "", episode.primary_clinician.full_name
    elif stage:
        status = f"Referred, {Stage(stage).label.lower()}"
    elif episode is not None:
        ended = getattr(episode, "discharge", None)
        status = ended.get_kind_display() if ended else "Discharged"
        detail = f"{episode.ended_on:%b} {episode.ended_on.day}, {episode.ended_on.year}"
    return ListRow(patient, patient.age_on(day), status, detail, level, clinician)
