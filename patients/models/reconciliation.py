"""Going through the medication list: who did it with whom, how each line stood. Signed, never changed.

Also what the patient reported in between, and how many days lie between medication visits.
"""

import pgtrigger
from django.db import models
from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.episode import Episode
from patients.models.medication import MedicationStatement
from patients.models.patient import Patient

# Lines come with the signature; afterwards none can be added.
NO_LINE_MORE = """
    IF (SELECT count(*) FROM patients_reconciledline WHERE reconciliation_id = NEW.reconciliation_id)
        >= (SELECT line_count FROM patients_reconciliation WHERE id = NEW.reconciliation_id)
    THEN
        RAISE EXCEPTION 'pgtrigger: a signed reconciliation takes no more lines';
    END IF;
    RETURN NEW;
"""


class Reconciliation(models.Model):
    """The list was gone through on a day, with someone, by whom. At a medication visit it is that visit."""

    class With(models.TextChoices):
        PATIENT = "patient", "Patient"
        RELATIVE = "relative", "Relative"
        PHARMACY = "pharmacy", "Pharmacy"
        OUTSIDE = "outside", "Prescriber outside"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="reconciliations")
    on = models.DateField()
    with_whom = models.CharField(max_length=10, choices=With)
    at_visit = models.BooleanField("at a medication visit", default=False)
    note = models.CharField(max_length=500, blank=True)
    line_count = models.PositiveSmallIntegerField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    credential = models.CharField(max_length=20)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["-signed_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-on"], name="reconciliation_by_day")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(credential=""), name="reconciliation_names_the_credential")
        ]

    def __str__(self) -> str:
        return f"Reconciliation {self.pk}"


class ReconciledLine(models.Model):
    """How one line stood, whether it is taken as prescribed, and what it does besides."""

    class Standing(models.TextChoices):
        CONTINUED = "continued", "Continued"
        CHANGED = "changed", "Changed"
        STOPPED = "stopped", "Stopped"
        ADDED = "added", "Added"

    class Adherence(models.TextChoices):
        AS_PRESCRIBED = "as_prescribed", "As prescribed"
        SOMETIMES_MISSED = "sometimes_missed", "Sometimes missed"
        NOT_TAKING = "not_taking", "Not taking"
        UNKNOWN = "unknown", "Not known"

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="lines")
    statement = models.ForeignKey(MedicationStatement, on_delete=models.PROTECT, related_name="reviews")
    standing = models.CharField(max_length=10, choices=Standing)
    adherence = models.CharField(max_length=20, choices=Adherence)
    side_effects = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_line_more", when=pgtrigger.Before, operation=pgtrigger.Insert, func=NO_LINE_MORE
            ),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reconciliation", "statement"], name="reconciled_line_once_per_medication"
            )
        ]

    def __str__(self) -> str:
        return f"Reconciled line {self.pk}"


class MedicationReportQuerySet(models.QuerySet["MedicationReport"]):
    def open(self) -> "MedicationReportQuerySet":
        return self.filter(reconciliation__isnull=True)


class MedicationReport(models.Model):
    """Reported by the patient: something is different. It waits until the list is gone through."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medication_reports")
    text = models.CharField(max_length=500)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    reconciliation = models.ForeignKey(
        Reconciliation, null=True, editable=False, on_delete=models.PROTECT, related_name="reports"
    )

    objects = MedicationReportQuerySet.as_manager()

    class Meta:
        ordering = ["reported_at", "pk"]
        triggers = [
            pgtrigger.Protect(
                name="said_once",
                operation=pgtrigger.UpdateOf("patient_id", "text", "reported_by_id", "reported_at")
                | pgtrigger.Delete,
            ),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="medication_report_says_something"),
            models.UniqueConstraint(
                fields=["patient", "text"],
                condition=Q(reconciliation__isnull=True),
                name="medication_report_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Medication report {self.pk}"


class MedicationInterval(models.Model):
    """Days between medication visits of one stay, from the prescriber; none: no visits here."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="medication_intervals")
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-set_at", "-pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__isnull=True) | Q(days__gte=1, days__lte=180),
                name="medication_interval_is_a_day_to_half_a_year",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="medication_interval_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Medication interval {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id
