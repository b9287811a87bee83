"""Everyone's week side by side, the shortest first: the hours board, and the rail of Today."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week
from patients.models import Episode
from patients.weeks import payer_weeks, weeks_from
from sessions.hours import Ledger
from sessions.ledger import ledgers_at
from sessions.week_page import week_words

_PATIENT = ("patient__given_name", "patient__preferred_name", "patient__family_name")
_CLINICIAN = ("primary_clinician__given_name", "primary_clinician__family_name")


@dataclass(frozen=True, slots=True)
class PersonWeek:
    """One person's week as the board shows it."""

    patient_id: int
    name: str
    clinician: str
    week: Week
    ledger: Ledger
    short_minutes: int

    @property
    def days(self) -> str:
        """ "Sun Oct 18 to Sat 24"."""
        return week_words(self.week)


def weeks_of_people(episodes: QuerySet[Episode], *, site: Site, on: date, now: datetime) -> list[PersonWeek]:
    """Of each of these episodes of one site the own week that holds the day `on`, the shortest first.

    Four statements.
    """
    columns = ("pk", "patient_id", *_PATIENT, *_CLINICIAN, payer_weeks("patient_id"))
    people = list(episodes.order_by().values_list(*columns))
    weeks = {person[0]: weeks_from(site.week_starts_weekday, person[-1]).of(on) for person in people}
    ledgers = ledgers_at(site=site, weeks=weeks, now=now)
    rows = [
        PersonWeek(
            patient_id,
            f"{preferred or given} {family}",
            f"{clinician_given} {clinician_family}",
            weeks[pk],
            ledgers[pk],
            ledgers[pk].short_minutes,
        )
        for pk, patient_id, given, preferred, family, clinician_given, clinician_family, _ in people
    ]
    return sorted(rows, key=_shortest_first)


def _shortest_first(row: PersonWeek) -> tuple[int, str, int]:
    return -row.short_minutes, row.name, row.patient_id
