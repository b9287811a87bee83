"""Everyone's week side by side, the shortest first: the hours board, and the rail of Today."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week
from patients.models import Episode
from sessions.hours import Ledger
from sessions.ledger import ledgers_at

_PATIENT = ("patient__given_name", "patient__preferred_name", "patient__family_name")
_CLINICIAN = ("primary_clinician__given_name", "primary_clinician__family_name")


@dataclass(frozen=True, slots=True)
class PersonWeek:
    """One person's week as the board shows it."""

    patient_id: int
    name: str
    clinician: str
    ledger: Ledger
    short_minutes: int


def week_at(*, site: Site, week: Week, now: datetime) -> list[PersonWeek]:
    """Everyone in the program of the site that week."""
    there = Episode.objects.filter(site=site, admitted_on__lte=week.ends_on)
    return weeks_of_people(there.exclude(ended_on__lt=week.starts_on), site=site, week=week, now=now)


def weeks_of_people(
    episodes: QuerySet[Episode], *, site: Site, week: Week, now: datetime
) -> list[PersonWeek]:
    """The week of each of these episodes of one site, the shortest first: four statements."""
    people = list(episodes.order_by().values_list("pk", "patient_id", *_PATIENT, *_CLINICIAN))
    ledgers = ledgers_at(site=site, episode_ids=[person[0] for person in people], week=week, now=now)
    rows = [
        PersonWeek(
            patient_id,
            f"{preferred or given} {family}",
            f"{clinician_given} {clinician_family}",
            ledgers[pk],
            ledgers[pk].short_minutes,
        )
        for pk, patient_id, given, preferred, family, clinician_given, clinician_family in people
    ]
    return sorted(rows, key=_shortest_first)


def _shortest_first(row: PersonWeek) -> tuple[int, str, int]:
    return -row.short_minutes, row.name, row.patient_id
