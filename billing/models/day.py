"""Service days: the decision on one patient's day, with every rule's verdict, as it was closed."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from billing.models.rule import PayerRule
from iop_clinic.accounts.models import Site, User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models import Authorization, Episode, Patient


class ServiceDay(models.Model):
    """Closed once, then frozen: what was billable, or why it was not. Holds are never closed."""

    class Verdict(models.TextChoices):
        BILLABLE = "billable", "Billable"
        NOT_BILLABLE = "not_billable", "Not billable"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    verdict = models.CharField(max_length=12, choices=Verdict)
    minutes = models.PositiveSmallIntegerField()
    rule = models.ForeignKey(PayerRule, null=True, on_delete=models.PROTECT, related_name="+")
    authorization = models.ForeignKey(Authorization, null=True, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveSmallIntegerField()
    amount_cents = models.PositiveIntegerField()
    why = models.CharField(max_length=200)
    verdicts = models.JSONField(help_text="Each rule: key, title, passed, words.")
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "on"], name="service_day_closed_once"),
            models.CheckConstraint(
                condition=Q(verdict="billable", units__gt=0, rule__isnull=False)
                | Q(verdict="not_billable", units=0, amount_cents=0),
                name="service_day_units_follow_verdict",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "on"], name="service_day_by_site"),
            models.Index(fields=["authorization"], name="service_day_units_used"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Day {self.pk}"
