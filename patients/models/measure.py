"""Measures: one answering of one version of one instrument, and its score."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from patients.models.patient import Patient


class ResponseQuerySet(models.QuerySet["Response"]):
    def waiting(self) -> "ResponseQuerySet":
        """Asked for and not yet finished."""
        return self.filter(state__in=[Response.State.DUE, Response.State.STARTED])

    def scored(self) -> "ResponseQuerySet":
        return self.filter(state=Response.State.COMPLETE)


class Response(models.Model):
    """Answers by item id, kept raw. A total exists exactly when every scored item was answered."""

    class State(models.TextChoices):
        DUE = "due", "Due"
        STARTED = "started", "Started"
        COMPLETE = "complete", "Complete"
        INCOMPLETE = "incomplete", "Incomplete"

    class Mode(models.TextChoices):
        STAFF = "staff", "Entered by staff"
        PORTAL = "portal", "Answered in the portal"

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="For portal addresses."
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="responses")
    instrument_code = models.CharField(max_length=20)
    instrument_version = models.CharField(max_length=20)
    due_on = models.DateField()
    state = models.CharField(max_length=12, choices=State, default=State.DUE)
    mode = models.CharField(max_length=8, choices=Mode, blank=True)
    answers = models.JSONField(default=dict, help_text="Item id to value; an unanswered item is absent.")
    total = models.PositiveSmallIntegerField(null=True, editable=False)
    band = models.CharField(max_length=30, blank=True, editable=False)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="complete", total__isnull=False)
                | (~Q(state="complete") & Q(total__isnull=True)),
                name="response_total_only_when_complete",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["complete", "incomplete"], finished_at__isnull=False)
                | Q(state__in=["due", "started"], finished_at__isnull=True),
                name="response_finished_has_an_instant",
            ),
            models.UniqueConstraint(
                fields=["patient", "instrument_code", "due_on"], name="response_asked_once_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "instrument_code", "-finished_at"], name="response_trend"),
            models.Index(
                fields=["patient"], condition=Q(state__in=["due", "started"]), name="response_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"Response {self.pk}"
