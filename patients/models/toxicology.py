"""Toxicology: what was collected, and the result of each substance. Clinical readers only, as Part 2 is.

What a result said stays; a pending one is filled in, and the lab's word on a positive one is added.
"""

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.medication import whole
from patients.models.patient import Patient


class ToxScreenQuerySet(models.QuerySet["ToxScreen"]):
    def true(self) -> "ToxScreenQuerySet":
        """Without what was entered in error."""
        return self.filter(error_at__isnull=True)

    def unexpected(self) -> "ToxScreenQuerySet":
        """With a positive result that nobody expected and the lab did not take back."""
        return self.true().filter(Exists(ToxLine.objects.unexpected().filter(screen=OuterRef("pk"))))


class ToxScreen(models.Model):
    """One specimen. `resulted_at` is when the last result was in."""

    class Kind(models.TextChoices):
        URINE = "urine", "Urine"
        ORAL = "oral", "Oral fluid"
        BREATH = "breath", "Breath"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="tox_screens")
    collected_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind)
    observed = models.BooleanField("collection was observed", default=False)
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    resulted_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    error_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    error_at = models.DateTimeField(null=True, editable=False)
    error_because = models.CharField(max_length=300, blank=True, editable=False)

    objects = ToxScreenQuerySet.as_manager()

    class Meta:
        ordering = ["-collected_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-collected_at"], name="tox_screen_by_day")]
        triggers = [
            pgtrigger.Protect(
                name="said_once",
                operation=pgtrigger.UpdateOf(
                    "patient_id", "collected_at", "kind", "observed", "ordered_by_id", "note"
                )
                | pgtrigger.Delete,
            ),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(resulted_at__isnull=True) | Q(resulted_at__gte=F("collected_at")),
                name="tox_screen_results_after_collection",
            ),
            models.CheckConstraint(condition=whole("error"), name="tox_screen_error_is_whole"),
        ]

    def __str__(self) -> str:
        return f"Tox screen {self.pk}"

    @property
    def all_negative(self) -> bool:
        """Nothing to say line by line: negative throughout, and nothing prescribed was looked for."""
        return all(line.result == ToxLine.Result.NEGATIVE and not line.expected for line in self.lines.all())


class ToxLineQuerySet(models.QuerySet["ToxLine"]):
    def unexpected(self) -> "ToxLineQuerySet":
        """Positive without a prescription for it; not when the lab says otherwise."""
        return self.filter(result="positive", expected=False).exclude(confirmation="refuted")


class ToxLine(models.Model):
    """One substance of the panel. Expected: prescribed, so a positive result is what one hopes for."""

    class Result(models.TextChoices):
        NEGATIVE = "negative", "Negative"
        POSITIVE = "positive", "Positive"
        INVALID = "invalid", "Invalid"
        PENDING = "pending", "Pending"

    class Confirmation(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed by lab"
        REFUTED = "refuted", "Not confirmed by lab"

    screen = models.ForeignKey(ToxScreen, on_delete=models.PROTECT, related_name="lines")
    substance = models.CharField(max_length=60)
    expected = models.BooleanField("expected, prescribed", default=False)
    result = models.CharField(max_length=10, choices=Result)
    confirmation = models.CharField(max_length=10, choices=Confirmation, blank=True)

    objects = ToxLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["screen"],
                condition=Q(result="positive", expected=False),
                name="tox_line_unexpected",
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="result_stays",
                operation=pgtrigger.UpdateOf("screen_id", "substance", "expected", "result"),
                condition=pgtrigger.Q(old__result__in=["negative", "positive", "invalid"]),
            ),
            pgtrigger.Protect(name="line_stays", operation=pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(substance=""), name="tox_line_names_a_substance"),
            models.CheckConstraint(
                condition=Q(confirmation="") | Q(result="positive"), name="tox_line_lab_speaks_of_a_positive"
            ),
            models.UniqueConstraint(F("screen"), Lower("substance"), name="tox_line_substance_once"),
        ]

    def __str__(self) -> str:
        return f"Tox line {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.screen.patient_id

    @property
    def is_unexpected(self) -> bool:
        lab_took_it_back = self.confirmation == self.Confirmation.REFUTED
        return self.result == self.Result.POSITIVE and not self.expected and not lab_took_it_back

    @property
    def is_missing(self) -> bool:
        """Prescribed and not found."""
        return self.result == self.Result.NEGATIVE and self.expected
