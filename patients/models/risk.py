"""What a clinician saw or heard that asks for a person at once; the log of it stays as it was written."""

import pgtrigger
from django.db import models
from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.patient import Patient


class RiskReport(models.Model):
    """One telling; `code` is an event of the risk table. Its follow-up says what came of it."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="risk_reports")
    code = models.CharField(max_length=40)
    words = models.CharField(max_length=1000)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["-told_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="risk_report_says_something")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Risk report {self.pk}"
