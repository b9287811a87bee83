"""Files put on a chart: scanned or sent. Their bytes lie outside the web root, under a random name."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.patient import Patient


class UploadQuerySet(models.QuerySet["Upload"]):
    def shown(self) -> "UploadQuerySet":
        return self.filter(in_error__isnull=True)


class Upload(models.Model):
    """One file. Never changed or deleted: a wrong one is entered in error, with the reason."""

    class Kind(models.TextChoices):
        ID_CARD = "id_card", "ID card"
        INSURANCE_CARD = "insurance_card", "Insurance card"
        REFERRAL = "referral", "Referral or hospital papers"
        OUTSIDE_RECORD = "outside_record", "Record from elsewhere"
        LAB = "lab", "Lab or toxicology result"
        SIGNED_FORM = "signed_form", "Signed form"
        LEGAL = "legal", "Court or custody paper"
        OTHER = "other", "Something else"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="uploads")
    kind = models.CharField(max_length=16, choices=Kind)
    title = models.CharField("what it is", max_length=120)
    content_type = models.CharField(max_length=40)
    byte_count = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_name = models.CharField(max_length=32, unique=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(content_type__in=["application/pdf", "image/jpeg", "image/png", "image/tiff"]),
                name="upload_is_of_a_known_type",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="upload_says_what_it_is"),
            models.CheckConstraint(condition=Q(byte_count__gt=0), name="upload_is_not_empty"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="upload_has_a_hash"),
            # The name becomes a path: nothing but 32 letters of a random number may stand here.
            models.CheckConstraint(
                condition=Q(stored_name__regex=r"^[0-9a-f]{32}$"), name="upload_name_is_no_path"
            ),
        ]
        indexes = [models.Index(fields=["patient", "-uploaded_at"], name="upload_by_patient")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"File {self.pk}"


class UploadInError(models.Model):
    """A file that was about someone else: hidden from the chart, kept, with the reason."""

    upload = models.OneToOneField(Upload, on_delete=models.PROTECT, related_name="in_error")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "uploads in error"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="upload_in_error_has_a_reason")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"File in error {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.upload.patient_id
