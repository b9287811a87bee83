"""One site's day read from the rows: who was expected, what is on file, and the facts for each patient.

Ten queries whatever the number of patients; the rules live in `days` (domain reference 0.2 rule 1).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from billing.models import PayerRule, ServiceDay
from iop_clinic.accounts.models import Site
from iop_clinic.clock import local_day
from patients.models import Authorization, Consent, Coverage, LevelOfCareStay, TreatmentPlan
from scheduling.models import Booking, TherapySession
from sessions.models import Attendance, ProgressNote


@dataclass(frozen=True)
class DayRows:
    """Everything on file about one site's day, each kind of row read once."""

    site: Site
    day: date
    today: date
    now: datetime
    bookings: dict[int, list[Booking]]
    attendance: dict[int, Attendance]
    notes: dict[int, ProgressNote]
    stays: dict[int, LevelOfCareStay]
    planned: set[int]
    coverages: dict[int, list[Coverage]]
    authorizations: dict[int, list[Authorization]]
    used_units: dict[int, int]
    consents: dict[int, list[Consent]]
    rules: list[PayerRule]
    closed: dict[int, ServiceDay]


def expected_bookings(site: Site, day: date) -> list[Booking]:
    """Bookings that count that local day, of episodes at the site, by time; cancelled ones left out."""
    rows = Booking.objects.active().filter(
        episode__site=site,
        session__occurs_on=day,
        session__status=TherapySession.Status.SCHEDULED,
        session__counts_toward_hours=True,
    )
    related = rows.select_related("patient", "episode", "session__lead", "session__group__track")
    return list(related.order_by("session__starts_at", "pk"))


def read_day(site: Site, day: date, now: datetime) -> DayRows:
    bookings = expected_bookings(site, day)
    keys = [booking.pk for booking in bookings]
    patients = {booking.patient_id for booking in bookings}
    episodes = {booking.episode_id for booking in bookings}
    authorizations = Authorization.objects.filter(coverage__patient__in=patients).order_by("from_on", "pk")
    closed = ServiceDay.objects.filter(patient__in=patients, on=day).select_related("rule", "closed_by")
    plans = TreatmentPlan.objects.filter(episode__in=episodes, signed_at__isnull=False, effective_on__lte=day)
    return DayRows(
        site=site,
        day=day,
        today=local_day(now, site.time_zone),
        now=now,
        bookings=_grouped(bookings, "patient_id"),
        attendance={row.booking_id: row for row in Attendance.objects.filter(booking__in=keys)},
        notes={row.booking_id: row for row in _notes(keys)},
        stays={row.episode_id: row for row in _stays(episodes, day)},
        planned=set(plans.values_list("episode_id", flat=True)),
        coverages=_grouped(_coverages(patients), "patient_id"),
        authorizations=_grouped(authorizations, "coverage_id"),
        used_units=used_units(authorizations, besides=day),
        consents=_grouped(_consents(patients), "patient_id"),
        rules=list(PayerRule.objects.in_force_on(day).select_related("payer", "level")),
        closed={row.patient_id: row for row in closed},
    )


def used_units(authorizations: Iterable[Any], besides: date | None = None) -> dict[int, int]:
    """Units decided days have used, by authorization id: counted, never typed (0.2 rule 6)."""
    days = ServiceDay.objects.filter(authorization__in=authorizations)
    if besides is not None:
        days = days.exclude(on=besides)
    return dict(used_by_authorization(days).values_list("authorization", "used"))


def used_by_authorization(days: QuerySet[ServiceDay]) -> QuerySet[Any, Any]:
    """Of these days the billable ones: `authorization` and its units `used`."""
    billable = days.filter(verdict=ServiceDay.Verdict.BILLABLE).order_by()
    return billable.values("authorization").annotate(used=Sum("units"))


def _notes(bookings: list[int]) -> Iterable[ProgressNote]:
    """Status only: the words of a note never reach billing."""
    notes = ProgressNote.objects.filter(booking__in=bookings).select_related("author", "signature")
    return notes.defer("text", "plan", "affect", "participation", "risk")


def _stays(episodes: set[int], day: date) -> Iterable[LevelOfCareStay]:
    current = Q(to_on__isnull=True) | Q(to_on__gte=day)
    return LevelOfCareStay.objects.filter(current, episode__in=episodes, from_on__lte=day).select_related(
        "level"
    )


def _coverages(patients: set[int]) -> Iterable[Coverage]:
    return Coverage.objects.filter(patient__in=patients, rank=1).select_related("payer").order_by("from_on")


def _consents(patients: set[int]) -> Iterable[Consent]:
    signed = Consent.objects.standing().filter(patient__in=patients, kind=Consent.Kind.BILLING)
    return signed.order_by("signed_on")


def _grouped(rows: Iterable[Any], key: str) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups
