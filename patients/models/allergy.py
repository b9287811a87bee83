"""Allergies, and "no known allergies" as a fact of its own: never both at once. What ended stays on file."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Lower

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.medication import whole
from patients.models.patient import Patient

SAID_ONCE = (
    "patient_id", "none_known", "substance", "reaction", "severity", "recorded_by_id", "recorded_at",
)  # fmt: skip


class AllergyQuerySet(models.QuerySet["Allergy"]):
    def standing(self) -> "AllergyQuerySet":
        return self.filter(ended_at__isnull=True)


class Allergy(models.Model):
    """A substance with its reaction, or the answer that none is known."""

    class Severity(models.TextChoices):
        MILD = "mild", "Mild"
        MODERATE = "moderate", "Moderate"
        SEVERE = "severe", "Severe"
        UNKNOWN = "unknown", "Not known"

    class Ending(models.TextChoices):
        OVER = "over", "No longer so"
        ERROR = "error", "Entered in error"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="allergies")
    none_known = models.BooleanField(default=False)
    substance = models.CharField(max_length=120, blank=True)
    reaction = models.CharField(max_length=200, blank=True)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.UNKNOWN)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_because = models.CharField(max_length=300, blank=True, editable=False)
    ending = models.CharField(max_length=10, choices=Ending, blank=True, editable=False)

    objects = AllergyQuerySet.as_manager()

    class Meta:
        ordering = ["substance", "pk"]
        verbose_name_plural = "allergies"
        triggers = [
            pgtrigger.Protect(name="said_once", operation=pgtrigger.UpdateOf(*SAID_ONCE) | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(none_known=True, substance="") | (Q(none_known=False) & ~Q(substance="")),
                name="allergy_names_a_substance_or_none",
            ),
            models.CheckConstraint(
                condition=whole("ended")
                & (Q(ended_at__isnull=True, ending="") | (Q(ended_at__isnull=False) & ~Q(ending=""))),
                name="allergy_end_is_whole",
            ),
            models.UniqueConstraint(
                F("patient"), Lower("substance"), condition=Q(ended_at__isnull=True), name="allergy_once"
            ),
            ExclusionConstraint(
                name="allergy_or_none_known",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (Cast("none_known", models.IntegerField()), RangeOperators.NOT_EQUAL),
                ],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Allergy {self.pk}"

    @property
    def words(self) -> str:
        return "No known allergies" if self.none_known else self.substance
