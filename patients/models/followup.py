"""Follow-ups: something a named person must do for a patient by a time, closed with an outcome."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from patients.models.measure import Response
from patients.models.patient import Patient

CALLS_AHEAD = timedelta(days=7)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> "FollowUpQuerySet":
        return self.filter(closed_at__isnull=True)

    def in_sight(self, now: datetime) -> "FollowUpQuerySet":
        """Open, less the calls after discharge that are more than a week ahead."""
        later = Q(kind=FollowUp.Kind.AFTER_DISCHARGE, due_at__gt=now + CALLS_AHEAD)
        return self.open().exclude(later)


class FollowUp(models.Model):
    """Opened once per trigger of a response; it cannot be closed without saying what came of it."""

    class Kind(models.TextChoices):
        RISK = "risk", "Risk"
        OUTREACH = "outreach", "Missed session"
        AFTER_DISCHARGE = "after_discharge", "Call after discharge"

    class Level(models.TextChoices):
        ELEVATED = "elevated", "Today, before they leave"
        HIGH = "high", "Now, same visit"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="follow_ups")
    kind = models.CharField(max_length=20, choices=Kind)
    level = models.CharField(max_length=10, choices=Level, default=Level.ELEVATED)
    trigger_code = models.CharField(max_length=40, help_text="For example phq9.item9.")
    response = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="follow_ups")
    subject_id = models.BigIntegerField(null=True, help_text="For example the missed booking.")
    summary = models.CharField(max_length=200)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    outcome = models.CharField(max_length=500, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        verbose_name = "follow-up"
        verbose_name_plural = "follow-ups"
        constraints = [
            models.UniqueConstraint(
                fields=["response", "trigger_code"],
                condition=Q(response__isnull=False),
                name="follow_up_once_per_response_trigger",
            ),
            models.UniqueConstraint(
                fields=["trigger_code", "subject_id"],
                condition=Q(subject_id__isnull=False),
                name="follow_up_once_per_subject_trigger",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")),
                name="follow_up_closed_with_an_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "due_at"], condition=Q(closed_at__isnull=True), name="follow_up_open_by_due"
            )
        ]

    def __str__(self) -> str:
        return f"Follow-up {self.pk}"
