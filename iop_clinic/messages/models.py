"""The outbox: a message is a row with a key that makes sending it twice impossible.

Due and expiry are instants judged by the database's clock; a claim is a lease, so a worker that
dies gives its rows back by itself.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site


class Message(models.Model):
    """One e-mail owed to one person about one occurrence and version of it.

    `subject_id` (for instance a booking) and `patient_id` are plain numbers: this floor knows no rooms.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENT = "sent", "Sent"
        WITHDRAWN = "withdrawn", "Withdrawn"
        SKIPPED = "skipped", "Skipped"
        FAILED = "failed", "Failed"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    unique_key = models.CharField(max_length=120, unique=True)
    subject_id = models.BigIntegerField()
    subject_version = models.PositiveIntegerField(default=1)
    patient_id = models.BigIntegerField(null=True, help_text="Empty: to a member of the staff.")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    to_address = models.EmailField()
    subject_line = models.CharField(max_length=120)
    body = models.TextField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=160, blank=True, help_text="Why it was not sent, in words.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_by = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-due_at"]
        constraints = [
            models.CheckConstraint(condition=Q(due_at__lt=F("expires_at")), name="message_due_before_expiry"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="message_sent_has_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(sent_at__lte=F("expires_at")),
                name="message_never_sent_after_expiry",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["skipped", "failed", "withdrawn"]) | ~Q(reason=""),
                name="message_not_sent_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="pending"), name="message_pending_by_due"),
            models.Index(fields=["kind", "subject_id"], name="message_by_subject"),
            models.Index(fields=["patient_id", "-due_at"], name="message_by_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Heartbeat(models.Model):
    """When beat and a worker last did their round; `/healthz` reads it."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
