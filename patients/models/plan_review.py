"""What comes after the signature: how objectives stand, reviews with evidence, and the copy offered.

Ratings and "review due" follow domain reference 5.1. What is signed or noted here is never changed.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.plan import TreatmentPlan
from patients.models.plan_parts import Objective

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Standing(models.Model):
    """How an objective stood on a day: a word, and the number it was at. Append-only; the last one counts."""

    class Progress(models.TextChoices):
        ON_TRACK = "on_track", "On track"
        SLOW = "slow", "Slow"
        MET = "met", "Met"

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="standings")
    progress = models.CharField(max_length=8, choices=Progress)
    current = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-noted_at", "-pk"]
        indexes = [models.Index(fields=["objective", "-noted_at"], name="standing_last")]
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"Standing {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.objective.audit_patient_id


class PlanReview(models.Model):
    """A look back at one version: who took part, what changes, and when the next one is due."""

    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    participants = models.CharField("who took part", max_length=300)
    summary = models.TextField("in short", max_length=2000, blank=True)
    changes_goals = models.BooleanField("the goals change", default=False)
    next_review_on = models.DateField("next review due")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, editable=False)
    content_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["-reviewed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=Q(signed_at__isnull=True), name="plan_review_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(next_review_on__gt=F("reviewed_on")), name="plan_review_next_comes_later"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, content_sha256="")
                | Q(signed_at__isnull=False, content_sha256__regex=r"^[0-9a-f]{64}$"),
                name="plan_review_signed_with_a_hash",
            ),
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
        return f"Plan review {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.plan.episode.patient_id


REVIEW_SIGNED = """
    PERFORM 1 FROM patients_planreview WHERE id IN (OLD.review_id, NEW.review_id) FOR SHARE;
    IF EXISTS (
        SELECT 1 FROM patients_planreview
        WHERE id IN (OLD.review_id, NEW.review_id) AND signed_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'pgtrigger: a signed review stays as it is';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


class ObjectiveReview(models.Model):
    """One objective in a review: how far it came, on what evidence, and what changes."""

    class Rating(models.TextChoices):
        NONE = "none", "None"
        SOME = "some", "Some"
        MODERATE = "moderate", "Moderate"
        SIGNIFICANT = "significant", "Significant"
        REGRESSED = "regressed", "Regressed"

    review = models.ForeignKey(PlanReview, on_delete=models.PROTECT, related_name="objectives")
    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="reviewed")
    rating = models.CharField("progress", max_length=12, choices=Rating, blank=True)
    status = models.CharField("from now on", max_length=12, choices=Objective.Status)
    current = models.DecimalField("now at", max_digits=6, decimal_places=1, null=True, blank=True)
    evidence = models.TextField(max_length=1000, blank=True)
    change = models.CharField("what changes", max_length=300, blank=True)

    class Meta:
        ordering = ["objective__goal__position", "objective__position"]
        constraints = [
            models.UniqueConstraint(fields=["review", "objective"], name="objective_review_once"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="signed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=REVIEW_SIGNED,
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Objective review {self.pk}"


class PlanCopy(models.Model):
    """The patient was offered a copy of the signed plan. Append-only."""

    class Answer(models.TextChoices):
        PAPER = "paper", "Took it on paper"
        PORTAL = "portal", "Reads it in the portal"
        DECLINED = "declined", "Did not want one"

    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="copies")
    answer = models.CharField(max_length=8, choices=Answer)
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-offered_at"]
        verbose_name_plural = "plan copies"
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"Plan copy {self.pk}"
