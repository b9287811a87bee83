"""Benefits asked of payers, and when they are to be asked again: monthly, and when the plan year changes.

Domain reference 3.1.
"""

import calendar
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import BenefitVerification, Coverage, Episode, Referral

PAGE_ROWS = 50


def month_after(day: date) -> date:
    """The same day of the next month, its last where it is shorter."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def ask_again_on(verified_on: date, plan_year_month: int, ends_on: date | None = None) -> date:
    """A month on, or when a plan year begins or the plan ends before that."""
    year = verified_on.year + (plan_year_month <= verified_on.month)
    days = [month_after(verified_on), date(year, plan_year_month, 1)]
    if ends_on is not None and ends_on > verified_on:
        days.append(ends_on)
    return min(days)


@transaction.atomic
def verify_benefits(*, actor: User, coverage: Coverage, now: datetime, **said: Any) -> BenefitVerification:
    """Put on file what the payer said about one plan; the same answer sent twice is one.

    `said` are the fields of `BenefitVerification`. Refused 422 for what was typed.
    """
    held = Coverage.objects.select_for_update(no_key=True, of=("self",)).select_related("patient__site")
    plan = held.get(pk=coverage.pk)
    if said["verified_on"] > local_day(now, plan.patient.site.time_zone):
        raise Refused(
            "The payer cannot have been asked in the future.", status=422, verified_on="In the future."
        )
    same = BenefitVerification.objects.filter(coverage=plan, **said).first()
    if same is not None:
        return same
    with refused_by(**_SENTENCES):
        made = BenefitVerification.objects.create(
            coverage=plan,
            recorded_by=actor,
            next_due_on=ask_again_on(said["verified_on"], said["plan_year_month"], said["ends_on"]),
            **said,
        )
    record(actor, "patients.verify_benefits", made)
    return made


def _typed(sentence: str, field: str) -> Refused:
    return Refused(sentence, status=422, **{field: sentence})


_SENTENCES = {
    "verification_by_phone_names_who_and_reference": _typed(
        "After a call, write who answered and the reference.", "representative"
    ),
    "verification_coinsurance_is_a_percent": _typed(
        "Coinsurance is at most 100 percent.", "coinsurance_percent"
    ),
    "verification_plan_year_starts_in_a_month": _typed("Choose a month.", "plan_year_month"),
    "verification_limit_has_a_unit": _typed("Say what the limit counts.", "limit_unit"),
    "verification_copay_has_a_unit": _typed("Say what the copay is for.", "copay_per"),
}


def latest_of(coverages: list[Coverage]) -> dict[int, BenefitVerification]:
    """The last answer about each plan; one query."""
    rows = BenefitVerification.objects.filter(coverage__in=coverages).select_related("recorded_by")
    rows = rows.order_by("coverage_id", "-verified_on", "-pk").distinct("coverage_id")
    return {row.coverage_id: row for row in rows}


def to_verify(site: Site, day: date) -> QuerySet[Coverage]:
    """Plans in force of people in the program or on the way in, never asked about or due again; worst first.

    Each row has `due_on`, None where nobody ever asked.
    """
    last = BenefitVerification.objects.filter(coverage=OuterRef("pk")).order_by("-verified_on", "-pk")
    running = Episode.objects.filter(patient=OuterRef("patient_id"), ended_on__isnull=True)
    coming = Referral.objects.open().filter(patient=OuterRef("patient_id"))
    return (
        Coverage.objects.in_force_on(day)
        .filter(Exists(running) | Exists(coming), patient__site=site)
        .annotate(due_on=Subquery(last.values("next_due_on")[:1]))
        .filter(Q(due_on__isnull=True) | Q(due_on__lte=day))
        .select_related("patient", "payer")
        .order_by(F("due_on").asc(nulls_first=True), "pk")
    )


def verify_page(site: Site, day: date, number: str) -> Page[Coverage]:
    """A page of plans to ask about; two queries."""
    return Paginator(to_verify(site, day), PAGE_ROWS).get_page(number)
