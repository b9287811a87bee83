"""Who leads a session, lead and co-facilitators: one row each, so that nobody leads two at once.

The lead's row is written by a trigger on sessions; times and status follow the session by a composite
foreign key. Remarks are what may still be said of a session that has begun.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from scheduling.models.session import TherapySession


class Facilitation(models.Model):
    session = models.ForeignKey(TherapySession, on_delete=models.CASCADE, related_name="facilitations")
    during = DateTimeRangeField(editable=False)
    status = models.CharField(max_length=10, choices=TherapySession.Status, editable=False)
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_lead = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_lead", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "staff"], name="facilitation_once_per_session"),
            models.UniqueConstraint(
                fields=["session"], condition=Q(is_lead=True), name="facilitation_one_lead"
            ),
            ExclusionConstraint(
                name="facilitator_in_one_place",
                condition=Q(status="scheduled"),
                expressions=[("staff", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"Facilitation {self.pk}"


class Remark(models.Model):
    """A remark on a session, at any time; a session that has begun takes nothing else."""

    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="remarks")
    text = models.CharField(max_length=500)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["written_at"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="remark_says_something")]

    def __str__(self) -> str:
        return f"Remark {self.pk}"
