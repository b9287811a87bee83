"""Two people of one site who are not to share a group: family, a former couple, a conflict."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from patients.models.patient import Patient


class KeptApartQuerySet(models.QuerySet["KeptApart"]):
    def standing(self) -> "KeptApartQuerySet":
        return self.filter(ended_at__isnull=True)

    def of(self, patient_id: int) -> "KeptApartQuerySet":
        """Whichever of the two this is."""
        return self.filter(Q(first=patient_id) | Q(second=patient_id))


class KeptApart(models.Model):
    """The same for both; one row, the lower number first. An ended one stays on file."""

    first = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_by = models.ForeignKey(User, null=True, editable=False, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = KeptApartQuerySet.as_manager()

    class Meta:
        ordering = ["recorded_at", "pk"]
        verbose_name_plural = "people kept apart"
        constraints = [
            # One row says it of both, so that it cannot hold one way only.
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="kept_apart_lower_number_first"),
            models.UniqueConstraint(
                fields=["first", "second"], condition=Q(ended_at__isnull=True), name="kept_apart_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="kept_apart_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="kept_apart_end_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"Kept apart {self.pk}"

    def other_than(self, patient_id: int) -> Patient:
        return self.second if self.first_id == patient_id else self.first
