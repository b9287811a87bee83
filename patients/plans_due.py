"""Lists of a site's plans: to be written, to be reviewed, not signed by everyone, waiting for a supervisor.

Paged, a fixed number of queries each. Clocks: domain reference 4.4; a site may set its own (`PlanClock`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, FloatField, Func, OuterRef, Q, QuerySet

from iop_clinic.accounts.models import Site, User
from patients.due import day_words
from patients.models import Episode, Patient, PlanClock, Signature, TreatmentPlan
from patients.models.plan import clock_of
from patients.plan_slots import wanted_parts
from patients.plan_tree import review_due_on

PAGE_ROWS = 50
SOON = timedelta(days=3)


@dataclass(frozen=True)
class DueRow:
    """One person's plan, what it waits for and since when; `plan_id` where a version is signed at once."""

    patient: Patient
    what: str
    words: str
    tone: str
    clinician: str
    plan_id: int | None = None


def to_write(
    site: Site, day: date, clock: PlanClock, whose: User | None = None, soon: timedelta = SOON
) -> QuerySet[Episode]:
    """Running stays without a full signed plan whose clock runs out within `soon`, the oldest first."""
    signed = TreatmentPlan.objects.signed().filter(episode=OuterRef("pk"))
    rows = _running(site, whose).annotate(has_any=Exists(signed))
    full_by = day + soon - timedelta(days=clock.full_days)
    interim_by = day + soon - timedelta(days=clock.interim_days)
    late = Q(admitted_on__lte=full_by) | Q(has_any=False, admitted_on__lte=interim_by)
    rows = rows.filter(late).exclude(Exists(signed.filter(is_interim=False)))
    return rows.select_related("patient", "primary_clinician").order_by("admitted_on", "pk")


def _running(site: Site, whose: User | None) -> QuerySet[Episode]:
    rows = Episode.objects.filter(site=site, ended_on__isnull=True)
    return rows if whose is None else rows.filter(primary_clinician=whose)


def latest(site: Site, whose: User | None = None) -> QuerySet[TreatmentPlan]:
    """The last signed version of each running stay."""
    later = TreatmentPlan.objects.signed().filter(
        episode=OuterRef("episode"), version__gt=OuterRef("version")
    )
    rows = TreatmentPlan.objects.signed().filter(episode__site=site, episode__ended_on__isnull=True)
    if whose is not None:
        rows = rows.filter(episode__primary_clinician=whose)
    return rows.exclude(Exists(later)).select_related("episode__patient", "episode__primary_clinician")


def to_review(
    site: Site, day: date, whose: User | None = None, soon: timedelta = SOON
) -> QuerySet[TreatmentPlan]:
    """Plans whose next review is due within `soon`, the oldest first; each with `due_on`."""
    rows = latest(site, whose).annotate(due_on=review_due_on())
    return rows.filter(due_on__lte=day + soon).order_by("due_on", "pk")


def to_be_signed(site: Site, clock: PlanClock, whose: User | None = None) -> QuerySet[TreatmentPlan]:
    """Plans the patient, a minor's guardian or the prescriber has not signed, nor said why not."""

    def without(part: str) -> Q:
        return ~Q(Exists(Signature.objects.filter(plan=OuterRef("pk"), part=part)))

    years = Func(
        "effective_on",
        "episode__patient__born_on",
        template="date_part('year', age(%(expressions)s))",
        output_field=FloatField(),
    )
    missing = without("patient") | (Q(years_old__lt=18) & without("guardian"))
    if clock.prescriber_signs:
        missing |= without("prescriber")
    rows = latest(site, whose).annotate(years_old=years).filter(missing)
    return rows.prefetch_related("signatures").order_by("signed_at", "pk")


def to_cosign(site: Site, whose: User | None = None) -> QuerySet[TreatmentPlan]:
    """Signed plans a supervisor has not signed yet, the oldest first; `whose` keeps theirs or their own."""
    cosigned = Signature.objects.filter(plan=OuterRef("pk"), part=Signature.Part.SUPERVISOR)
    rows = TreatmentPlan.objects.signed().filter(needs_cosignature=True, episode__site=site)
    if whose is not None:
        rows = rows.filter(Q(signed_by__profile__supervisor=whose) | Q(signed_by=whose))
    rows = rows.exclude(Exists(cosigned)).select_related("episode__patient", "signed_by")
    return rows.order_by("signed_at", "pk")


def due_page(
    shown: str, site: Site, day: date, number: str, whose: User | None = None
) -> tuple[Page[Any], list[DueRow]]:
    """A page of one of the lists: write, review, signatures or cosign; at most five queries."""
    clock = clock_of(site)
    found: dict[str, tuple[Callable[[], QuerySet[Any]], Callable[[Any], DueRow]]] = {
        "write": (lambda: to_write(site, day, clock, whose), lambda row: _write_row(row, day, clock)),
        "review": (lambda: to_review(site, day, whose), lambda row: _review_row(row, day)),
        "signatures": (lambda: to_be_signed(site, clock, whose), lambda row: _signature_row(row, day, clock)),
        "cosign": (lambda: to_cosign(site, whose), lambda row: _cosign_row(row, day)),
    }
    rows, said = found[shown]
    page = Paginator(rows(), PAGE_ROWS).get_page(number)
    return page, [said(row) for row in page.object_list]


def _when(due_on: date, day: date) -> tuple[str, str]:
    late = due_on < day
    return f"{'was due' if late else 'due'} {day_words(due_on, day)}", "bad" if late else "warn"


def _write_row(episode: Any, day: date, clock: PlanClock) -> DueRow:
    what, days = ("Full plan", clock.full_days) if episode.has_any else ("First plan", clock.interim_days)
    words, tone = _when(episode.admitted_on + timedelta(days=days), day)
    return DueRow(episode.patient, what, words, tone, episode.primary_clinician.full_name)


def _review_row(plan: Any, day: date) -> DueRow:
    words, tone = _when(plan.due_on, day)
    episode = plan.episode
    return DueRow(
        episode.patient, f"Version {plan.version}", words, tone, episode.primary_clinician.full_name
    )


def _signature_row(plan: TreatmentPlan, day: date, clock: PlanClock) -> DueRow:
    given = {row.part for row in plan.signatures.all()}
    parts = [part for part in wanted_parts(plan, plan.episode.patient, clock) if part not in given]
    names = [Signature.Part(part).label for part in parts if part not in ("clinician", "supervisor")]
    words, tone = _when(plan.effective_on + timedelta(days=clock.signature_days), day)
    clinician = plan.episode.primary_clinician.full_name
    return DueRow(plan.episode.patient, ", ".join(names), words, tone, clinician)


def _cosign_row(plan: TreatmentPlan, day: date) -> DueRow:
    assert plan.signed_at is not None and plan.signed_by is not None
    words = f"signed {day_words(plan.signed_at.date(), day)}"
    return DueRow(
        plan.episode.patient, f"Version {plan.version}", words, "", plan.signed_by.full_name, plan.pk
    )
