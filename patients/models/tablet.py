"""A tablet handed to one patient for a few check-ins; who gave it, until when, and when it came back.

The device then holds no sign-in, only the public id of this row in its own session.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import User
from patients.models.measure import Response
from patients.models.patient import Patient


class Handover(models.Model):
    """Opens these responses of this patient and nothing else, until it is ended or late."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="handovers")
    responses = models.ManyToManyField(Response, related_name="+")
    handed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-handed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("handed_at")), name="handover_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at__isnull=True), name="handover_one_open_per_patient"
            ),
        ]

    def __str__(self) -> str:
        return f"Handover {self.pk}"
