"""The treatment plan: goals in the patient's own words, each with a measurable objective."""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import User
from patients.models.episode import Episode

SIGNED_WORDS_STAY = """
    IF EXISTS (
        SELECT 1 FROM patients_treatmentplan
        WHERE id IN (OLD.plan_id, NEW.plan_id) AND signed_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'pgtrigger: the goals of a signed plan stay as they are';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


class TreatmentPlan(models.Model):
    """One version of the plan. Signed versions are frozen; a change is a new version."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField(default=1)
    effective_on = models.DateField()
    review_due_on = models.DateField()
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "version"], name="plan_version_once"),
            models.CheckConstraint(
                condition=Q(review_due_on__gt=F("effective_on")), name="plan_review_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="plan_signature_is_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"Plan version {self.version}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id

    def covers(self, day: date) -> bool:
        return self.signed_at is not None and self.effective_on <= day


class Goal(models.Model):
    """What the person wants, and the objective that shows whether it is coming nearer."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        MET = "met", "Met"
        STOPPED = "stopped", "Stopped"

    class Progress(models.TextChoices):
        ON_TRACK = "on_track", "On track"
        SLOW = "slow", "Slow"
        MET = "met", "Met"

    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="goals")
    position = models.PositiveSmallIntegerField()
    statement = models.CharField("in their own words", max_length=200)
    objective = models.CharField("measurable objective", max_length=300)
    instrument_code = models.CharField(max_length=20, blank=True)
    baseline = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    target = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    current = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    target_on = models.DateField()
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    progress = models.CharField(max_length=8, choices=Progress, default=Progress.ON_TRACK)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="goal_position_once"),
        ]
        triggers = [
            # How a goal stands may be noted at any time; its words and numbers are part of what was signed.
            pgtrigger.Trigger(
                name="signed_words_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "plan_id",
                    "position",
                    "statement",
                    "objective",
                    "instrument_code",
                    "baseline",
                    "target",
                    "target_on",
                )
                | pgtrigger.Delete,
                func=SIGNED_WORDS_STAY,
            )
        ]

    def __str__(self) -> str:
        return f"Goal {self.position}"

    @property
    def audit_patient_id(self) -> int:
        return self.plan.episode.patient_id
