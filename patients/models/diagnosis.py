"""What happened to the diagnoses of an episode: added, made primary, ended. What was said stays."""

import pgtrigger
from django.db import models
from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.episode import Diagnosis


class DiagnosisChange(models.Model):
    """One event of one diagnosis; the diagnosis itself says how things stand now."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        PRIMARY = "primary", "Made primary"
        ENDED = "ended", "Ended"

    diagnosis = models.ForeignKey(Diagnosis, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind)
    on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="added") | ~Q(reason=""), name="diagnosis_change_has_a_reason"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Diagnosis change {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.diagnosis.episode.patient_id
