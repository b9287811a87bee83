"""Measures nobody answered: a week that has ended makes them missed, and misses in a row open a follow-up.

Only what a rule asked for is ever missed. One follow-up a run: it hangs on the first miss of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day, week_of
from patients.followups import STAND_INS
from patients.models import Episode, FollowUp, Patient, Response
from patients.scoring import due_by, load_instruments

LEVEL = FollowUp.Level.WATCH


class Miss(NamedTuple):
    """One missed response that nothing answered after it."""

    pk: int
    patient_id: int
    instrument_code: str
    due_on: date


@dataclass(frozen=True)
class Run:
    """Misses of one measure in a row, up to now."""

    first: Miss
    count: int

    @property
    def trigger_code(self) -> str:
        return f"missed.{self.first.instrument_code}"

    @property
    def summary(self) -> str:
        """ "PHQ-9 not answered 2 times in a row, since Oct 5. Ask in the room."."""
        name, since = load_instruments()[self.first.instrument_code].name, self.first.due_on
        return (
            f"{name} not answered {self.count} times in a row, since {since:%b} {since.day}. Ask in the room."
        )


@transaction.atomic
def mark_missed(*, site: Site, now: datetime) -> int:
    """What a rule asked for in a week that is over and nobody finished; the number newly missed."""
    week = week_of(local_day(now, site.time_zone), site.week_starts_weekday)
    waiting = Response.objects.waiting().exclude(moment="").filter(week_on__lt=week.starts_on)
    at_site = waiting.filter(patient__in=Patient.objects.filter(site=site).values("pk"))
    count = at_site.update(state=Response.State.MISSED)
    if count:
        record(None, "patients.mark_missed", site_id=site.pk, rows=count)
    return count


@transaction.atomic
def open_for_misses(*, site: Site, now: datetime) -> int:
    """One follow-up for each run as long as the site's number or longer; five statements for a site."""
    day = local_day(now, site.time_zone)
    runs = runs_of(trailing_misses(site, day), site.missed_measures_alert)
    opened = FollowUp.objects.filter(
        trigger_code__startswith="missed.", response__in=[run.first.pk for run in runs]
    )
    known = set(opened.values_list("response_id", flat=True))
    new = [run for run in runs if run.first.pk not in known]
    owners = _owners(site, day, [run.first.patient_id for run in new]) if new else {}
    rows = [
        _follow_up(run, site, owners[run.first.patient_id], now)
        for run in new
        if run.first.patient_id in owners
    ]
    FollowUp.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)
    if rows:
        patients = [row.patient_id for row in rows]
        record(None, "patients.open_for_misses", site_id=site.pk, patients=patients)
    return len(rows)


def unanswered(site: Site, day: date, whose: int | None = None) -> QuerySet[Response]:
    """Misses of the running stays with no answer to that measure after them; `whose`: one clinician's."""
    stays = Episode.objects.active_on(day).filter(
        site=site, patient=OuterRef("patient"), admitted_on__lte=OuterRef("due_on")
    )
    if whose is not None:
        stays = stays.filter(primary_clinician=whose)
    later = Response.objects.filter(
        patient=OuterRef("patient"),
        instrument_code=OuterRef("instrument_code"),
        due_on__gt=OuterRef("due_on"),
        finished_at__isnull=False,
    )
    return Response.objects.missed().filter(Exists(stays), ~Exists(later), patient__site=site)


def trailing_misses(site: Site, day: date) -> list[Miss]:
    """The same in the order of person, measure and day; one query."""
    columns = ("pk", "patient_id", "instrument_code", "due_on")
    ordered = unanswered(site, day).order_by("patient_id", "instrument_code", "due_on")
    return [Miss(*row) for row in ordered.values_list(*columns)]


def runs_of(misses: Iterable[Miss], least: int) -> list[Run]:
    """Runs of `least` or more; `misses` in the order of person, measure and day."""
    grouped = (
        list(run) for _, run in groupby(misses, key=lambda miss: (miss.patient_id, miss.instrument_code))
    )
    return [
        Run(run[0], len(run))
        for run in grouped
        if len(run) >= least and run[0].instrument_code in load_instruments()
    ]


def _owners(site: Site, day: date, patients: list[int]) -> dict[int, int]:
    """Who treats each of them, else the first person of the site who may; two queries."""
    stays = Episode.objects.active_on(day).filter(site=site, patient__in=patients)
    treating = dict(
        stays.filter(primary_clinician__is_active=True).values_list("patient_id", "primary_clinician_id")
    )
    order = {role: place for place, role in enumerate(STAND_INS)}
    staff = User.objects.filter(Q(role__in=STAND_INS), is_active=True, sites=site).values_list("role", "pk")
    stand_in = min(((order[role], pk) for role, pk in staff), default=None)  # type: ignore[index]
    if stand_in is None:
        return treating
    return {pk: treating.get(pk, stand_in[1]) for pk in patients}


def _follow_up(run: Run, site: Site, owner_id: int, now: datetime) -> FollowUp:
    return FollowUp(
        site=site,
        patient_id=run.first.patient_id,
        kind=FollowUp.Kind.MEASURES,
        level=LEVEL,
        trigger_code=run.trigger_code,
        response_id=run.first.pk,
        summary=run.summary,
        owner_id=owner_id,
        due_at=due_by(LEVEL, now, site.time_zone),
    )
