"""Closing a day: billable and not billable days are decided once and frozen, holds stay open.

Twice, or two people at once, changes nothing: a site's closings take turns on the site's row, and each
patient's day is unique (domain reference 0.2 rules 1 and 6).
"""

from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from billing.day_rows import expected_bookings, read_day, used_units
from billing.models import ServiceDay
from billing.patient_day import PatientDay, patient_days
from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.models import Authorization
from scheduling.models import Booking, TherapySession

CLOSED_AS = {"billable": ServiceDay.Verdict.BILLABLE, "not_billable": ServiceDay.Verdict.NOT_BILLABLE}


def days_at(*, site: Site, day: date, now: datetime) -> list[PatientDay]:
    """The day of every patient expected at the site, with the decision; a constant number of queries."""
    return patient_days(read_day(site, day, now))


@transaction.atomic
def close_day(*, actor: User, site: Site, day: date, now: datetime) -> list[ServiceDay]:
    """Freeze the site's decided days and return the new ones; Refused for a day that is not over."""
    if day >= local_day(now, site.time_zone):
        raise Refused(f"{day:%A} is not over yet. A day can be closed from the next morning on.")
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    _lock_authorizations(site, day)
    ready = [
        found
        for found in days_at(site=site, day=day, now=now)
        if found.closed is None and found.decision.verdict in CLOSED_AS
    ]
    closed = ServiceDay.objects.bulk_create(service_day(found, site, day, actor) for found in ready)
    for row in closed:
        record(actor, "billing.day_decided", row, site_id=site.pk, on=str(day))
    billable = sum(row.verdict == ServiceDay.Verdict.BILLABLE for row in closed)
    record(actor, "billing.day_closed", site, site_id=site.pk, on=str(day), billable=billable)
    return closed


def _lock_authorizations(site: Site, day: date) -> None:
    """Their units must not be used by another closing while this one counts them."""
    patients = {booking.patient_id for booking in expected_bookings(site, day)}
    rows = Authorization.objects.filter(coverage__patient__in=patients).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def service_day(found: PatientDay, site: Site, day: date, actor: User) -> ServiceDay:
    """The row a decided day is frozen as, not saved yet; holds have none."""
    decision = found.decision
    used = found.authorization if decision.units and found.rule and found.rule.needs_authorization else None
    return ServiceDay(
        site=site,
        patient=found.patient,
        episode=found.episode,
        on=day,
        verdict=CLOSED_AS[decision.verdict],
        minutes=decision.minutes,
        rule=found.rule,
        authorization=used,
        units=decision.units,
        amount_cents=decision.amount_cents,
        why=decision.why[:200],
        verdicts=[asdict(reason) for reason in decision.reasons],
        closed_by=actor,
    )


def units_left(authorization: Authorization, day: date | None = None) -> int:
    """Approved units no billable day has used; `day` itself is left out of the count."""
    used = used_units([authorization], besides=day).get(authorization.pk, 0)
    return max(0, authorization.units_approved - used)


def _counting(site: Site, before: date) -> QuerySet[Booking]:
    return Booking.objects.active().filter(
        episode__site=site,
        session__occurs_on__lt=before,
        session__status=TherapySession.Status.SCHEDULED,
        session__counts_toward_hours=True,
    )


def last_clinic_day(*, site: Site, before: date) -> date | None:
    """The latest day before `before` on which anyone was expected."""
    return _counting(site, before).aggregate(on=Max("session__occurs_on"))["on"]


def undecided_days(*, site: Site, before: date, since: date) -> dict[date, int]:
    """Days in [since, before) with patients nobody has decided on yet, newest first, and how many."""
    decided = ServiceDay.objects.filter(patient=OuterRef("patient"), on=OuterRef("session__occurs_on"))
    open_rows = _counting(site, before).filter(~Exists(decided), session__occurs_on__gte=since)
    pairs = open_rows.order_by().values_list("session__occurs_on", "patient").distinct()
    counts: dict[date, int] = {}
    for on, _ in pairs:
        counts[on] = counts.get(on, 0) + 1
    return dict(sorted(counts.items(), reverse=True))
