"""What someone takes, as dated rows: a change ends one row and begins the next, so each day's list stays.

We write down what is taken; nothing is prescribed here (domain reference 3.3 and 5.4).
"""

from datetime import date
from typing import Any

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.patient import Patient

SAID_ONCE = (
    "patient_id", "drug", "dose", "route", "schedule", "as_needed", "reason", "source", "prescribed_here",
    "prescriber", "from_on", "follows_id", "because", "recorded_by_id", "recorded_at",
)  # fmt: skip


def whole(name: str, **also: Any) -> Q:
    """`name`_at, _by and _because are all there or none is; `also` holds where they are."""
    none = Q(**{f"{name}_at__isnull": True, f"{name}_by__isnull": True, f"{name}_because": ""})
    there = Q(**{f"{name}_at__isnull": False, f"{name}_by__isnull": False}, **also)
    return none | (there & ~Q(**{f"{name}_because": ""}))


class MedicationQuerySet(models.QuerySet["MedicationStatement"]):
    def true(self) -> "MedicationQuerySet":
        """Without what was entered in error."""
        return self.filter(error_at__isnull=True)

    def on(self, day: date) -> "MedicationQuerySet":
        """The list of that day; `to_on` is the last day it was taken."""
        return self.true().filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)

    def running(self, day: date) -> "MedicationQuerySet":
        """Of that list, what nobody stopped or changed."""
        return self.on(day).filter(ended_at__isnull=True)


class MedicationStatement(models.Model):
    """One drug at one dose and schedule for a span of days. `follows` is the row this one changed."""

    class Source(models.TextChoices):
        PATIENT = "patient", "Patient"
        RELATIVE = "relative", "Relative"
        PHARMACY = "pharmacy", "Pharmacy"
        OUTSIDE = "outside", "Prescriber outside"
        OURS = "ours", "Our prescriber"

    class Route(models.TextChoices):
        MOUTH = "mouth", "By mouth"
        TONGUE = "tongue", "Under the tongue"
        INJECTION = "injection", "Injection"
        PATCH = "patch", "Patch"
        NOSE = "nose", "In the nose"
        INHALED = "inhaled", "Inhaled"
        SKIN = "skin", "On the skin"
        OTHER = "other", "Other"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medications")
    drug = models.CharField(max_length=120)
    dose = models.CharField(max_length=60)
    route = models.CharField(max_length=10, choices=Route, default=Route.MOUTH)
    schedule = models.CharField(max_length=120, help_text="For example every morning.")
    as_needed = models.BooleanField(default=False)
    reason = models.CharField("what it is for", max_length=200, blank=True)
    source = models.CharField("who said so", max_length=10, choices=Source)
    prescribed_here = models.BooleanField(default=False)
    prescriber = models.CharField(max_length=120, blank=True)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True, help_text="The last day.")
    follows = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="followed_by"
    )
    because = models.CharField("why it was started or changed", max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_because = models.CharField(max_length=300, blank=True, editable=False)
    error_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    error_at = models.DateTimeField(null=True, editable=False)
    error_because = models.CharField(max_length=300, blank=True, editable=False)

    objects = MedicationQuerySet.as_manager()

    class Meta:
        ordering = ["drug", "from_on", "pk"]
        indexes = [models.Index(OpClass(Upper("drug"), "text_pattern_ops"), name="medication_by_drug_start")]
        triggers = [
            pgtrigger.Protect(name="said_once", operation=pgtrigger.UpdateOf(*SAID_ONCE) | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(drug="") & ~Q(dose="") & ~Q(schedule=""), name="medication_says_what_and_how"
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="medication_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(source="ours") | Q(prescribed_here=True), name="medication_ours_is_from_here"
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(because=""), name="medication_change_has_a_reason"
            ),
            models.CheckConstraint(
                condition=whole("ended", to_on__isnull=False), name="medication_end_is_whole"
            ),
            models.CheckConstraint(condition=whole("error"), name="medication_error_is_whole"),
            # The same drug at two doses is two lines; the same line twice is a slip.
            models.UniqueConstraint(
                F("patient"), Lower("drug"), Lower("dose"), Lower("schedule"),
                condition=Q(to_on__isnull=True, error_at__isnull=True),
                name="medication_line_once",
            ),
            models.UniqueConstraint(
                fields=["follows"], condition=Q(error_at__isnull=True), name="medication_changed_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Medication {self.pk}"

    @property
    def words(self) -> str:
        return f"{self.drug} {self.dose}"
