"""Other hours than at admission: for one week or from a day on, with the reason. What was said stays.

The stays of the episode follow; they say which hours hold on which day.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.episode import Episode


class Prescription(models.Model):
    """Minutes and days a week, from `from_on` to `to_on`; without an end, until something else is said."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="prescriptions")
    prescribed_minutes = models.PositiveSmallIntegerField(help_text="Minutes a week.")
    days_a_week = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    prescribed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prescribed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-prescribed_at", "-pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(prescribed_minutes__gte=60), name="prescription_is_an_hour_or_more"
            ),
            models.CheckConstraint(
                condition=Q(days_a_week__gte=1, days_a_week__lte=7), name="prescription_days_a_week_exist"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="prescription_has_a_reason"),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="prescription_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"Prescription {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id
