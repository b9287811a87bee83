"""Which tracks someone still on the way in waits for: their place in line before there is a stay."""

from django.db import models
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from patients.models import Referral
from scheduling.models.group import Track


class ReferralWish(models.Model):
    """A referral would take a place in a track, from a day on."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="+")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="wishes")
    earliest_on = models.DateField("could start from")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["added_at", "pk"]
        verbose_name_plural = "referral wishes"
        constraints = [models.UniqueConstraint(fields=["referral", "track"], name="wish_once_per_track")]

    def __str__(self) -> str:
        return f"Wish {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.referral.patient_id
