"""The audit trail: who did what to whose record, when, from where. Append-only in PostgreSQL itself.

45 CFR 164.312(b) audit controls. A row holds identifiers and words of ours, never what a record says.
"""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, patient_id: int) -> "AuditQuerySet":
        """Everything done to this patient's record, and every list that showed their name."""
        return self.filter(Q(patient_id=patient_id) | Q(detail__contains={"patients": [patient_id]}))


class AuditEvent(models.Model):
    """One read, write, refusal or sign-in. `patient_id` is a plain number: this floor knows no patients."""

    class Outcome(models.TextChoices):
        DONE = "done"
        REFUSED = "refused"

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    actor_role = models.CharField(max_length=20, blank=True)
    verb = models.CharField(max_length=60)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.DONE)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True)
    patient_id = models.BigIntegerField(null=True)
    site_id = models.BigIntegerField(null=True)
    request_id = models.UUIDField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    detail = models.JSONField(
        default=dict, help_text="Identifiers and counts only; patients: whose names a list showed."
    )

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
            models.Index(fields=["actor", "-at"], name="audit_by_actor"),
            models.Index(fields=["verb", "-at"], name="audit_by_verb"),
            models.Index(fields=["-at"], name="audit_by_day"),
            GinIndex(fields=["detail"], opclasses=["jsonb_path_ops"], name="audit_by_patients_shown"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="never_truncated",
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'pgtrigger: the audit trail is append-only';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} at {self.at:%Y-%m-%d %H:%M} UTC"
