"""The treatment plan: one version of it, and how long a site gives itself. Shape: domain reference 5.1."""

from datetime import date
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import Site, User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.episode import Episode


class PlanQuerySet(models.QuerySet["TreatmentPlan"]):
    def drafts(self) -> "PlanQuerySet":
        return self.filter(signed_at__isnull=True)

    def signed(self) -> "PlanQuerySet":
        return self.filter(signed_at__isnull=False)

    def in_force_on(self, day: date) -> "PlanQuerySet":
        """Signed versions that have begun, the latest first."""
        return self.signed().filter(effective_on__lte=day).order_by("-version")


class TreatmentPlan(models.Model):
    """One version of the plan. Signed versions are frozen; a change is a new version."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField(default=1)
    is_interim = models.BooleanField("interim plan for the first days", default=False)
    effective_on = models.DateField()
    review_due_on = models.DateField()
    strengths = models.TextField(max_length=1000, blank=True)
    needs = models.TextField(max_length=1000, blank=True)
    abilities = models.TextField(max_length=1000, blank=True)
    preferences = models.TextField(max_length=1000, blank=True)
    barriers = models.TextField("what may get in the way", max_length=1000, blank=True)
    cultural_factors = models.TextField("culture, faith, language", max_length=1000, blank=True)
    discharge_criteria = models.TextField("ready to leave when", max_length=1000, blank=True)
    stay_weeks = models.PositiveSmallIntegerField("estimated stay in weeks", null=True, blank=True)
    aftercare = models.TextField("afterwards", max_length=1000, blank=True)
    needs_cosignature = models.BooleanField(default=False, editable=False)
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "version"], name="plan_version_once"),
            # A second draft would split what is written between two forms.
            models.UniqueConstraint(
                fields=["episode"], condition=Q(signed_at__isnull=True), name="plan_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(review_due_on__gt=F("effective_on")), name="plan_review_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="plan_signature_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(stay_weeks__isnull=True) | Q(stay_weeks__gte=1, stay_weeks__lte=104),
                name="plan_stay_is_within_two_years",
            ),
        ]
        indexes = [
            models.Index(fields=["signed_at"], condition=Q(needs_cosignature=True), name="plan_to_cosign")
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Plan version {self.version}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id

    def covers(self, day: date) -> bool:
        return self.signed_at is not None and self.effective_on <= day


# What a plan says beside its problems, in the order in which pages and paper show it.
ABOUT_THE_PERSON = ("strengths", "needs", "abilities", "preferences", "barriers", "cultural_factors")
WAY_OUT = ("discharge_criteria", "aftercare")


def said_of(plan: TreatmentPlan, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Label and words of those fields that say something."""
    rows = [(label_of(name), getattr(plan, name)) for name in names]
    return [(label, words) for label, words in rows if words]


def label_of(name: str) -> str:
    """What pages and paper call a field of the plan."""
    field: Any = TreatmentPlan._meta.get_field(name)
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]


class PlanClock(models.Model):
    """How many days a site gives itself, where it differs from the usual (domain reference 4.4)."""

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="+")
    interim_days = models.PositiveSmallIntegerField("interim plan after admission", default=1)
    full_days = models.PositiveSmallIntegerField("full plan after admission", default=7)
    review_days = models.PositiveSmallIntegerField("days between reviews", default=30)
    signature_days = models.PositiveSmallIntegerField("for the other signatures", default=10)
    prescriber_signs = models.BooleanField("a prescriber signs every plan", default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(review_days__gte=1, review_days__lte=366), name="plan_clock_reviews_within_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"Plan clock {self.pk}"


def clock_of(site: Site) -> PlanClock:
    """The site's own days, else the usual ones."""
    return PlanClock.objects.filter(site=site).first() or PlanClock(site=site)
