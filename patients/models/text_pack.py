"""Text packs: the wording of an instrument whose owner does not let it ship (domain reference 6.1).

A clinic that holds the permission imports it, and says who holds which; the newest one in force counts.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED


class TextPackQuerySet(models.QuerySet["TextPack"]):
    def in_force(self) -> "TextPackQuerySet":
        """The newest of each instrument; none where the newest was withdrawn."""
        newest = self.order_by("instrument_code", "-pk").distinct("instrument_code").values("pk")
        return self.filter(pk__in=newest, withdrawal__isnull=True)


class TextPack(models.Model):
    """One wording of one instrument. `wording` holds `lead`, `items` and `answers` by their ids."""

    instrument_code = models.CharField(max_length=20)
    instrument_version = models.CharField(max_length=20)
    wording = models.JSONField()
    holder = models.CharField(max_length=120)
    reference = models.CharField(max_length=200)
    permitted_on = models.DateField()
    attested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TextPackQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(holder="") & ~Q(reference=""), name="text_pack_names_its_permission"
            ),
        ]
        indexes = [models.Index(fields=["instrument_code", "-id"], name="text_pack_newest")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Text pack {self.pk}"


class TextPackWithdrawal(models.Model):
    """A wording that may not be shown any more; it stays on file with who ended it and why."""

    pack = models.OneToOneField(TextPack, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="text_pack_withdrawn_for_a_reason")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Text pack withdrawal {self.pk}"
