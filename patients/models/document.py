"""Clinical documents: an assessment, a safety plan, a discharge summary, each a form filled in by parts.

What a kind asks is data (`patients/documents/*.toml`). A signed version stays; a change is the next version.
Amendments: Medicare Program Integrity Manual 3.3.2.5.
"""

import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.episode import Episode
from patients.models.patient import Patient


class DocumentQuerySet(models.QuerySet["ClinicalDocument"]):
    def drafts(self) -> "DocumentQuerySet":
        return self.filter(signed_at__isnull=True)

    def signed(self) -> "DocumentQuerySet":
        return self.filter(signed_at__isnull=False, in_error__isnull=True)

    def latest_signed(self, kind: str) -> "DocumentQuerySet":
        """The version in force of one kind first."""
        return self.signed().filter(kind=kind).order_by("-version")


class ClinicalDocument(models.Model):
    """One version of one document of a patient. Answers are by question id, an unanswered one is absent."""

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="For portal addresses."
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents")
    episode = models.ForeignKey(Episode, null=True, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    form_version = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    answers = models.JSONField(default=dict)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    saved_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, editable=False)
    needs_cosignature = models.BooleanField(default=False, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "kind", "version"], name="document_version_once"),
            # A second draft of the same kind would split what is written between two forms.
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(signed_at__isnull=True), name="document_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True) | Q(signed_at__gte=F("started_at")),
                name="document_signed_after_it_was_begun",
            ),
        ]
        indexes = [
            models.Index(fields=["kind"], condition=Q(signed_at__isnull=True), name="document_open"),
            models.Index(
                fields=["signed_at"], condition=Q(needs_cosignature=True), name="document_to_cosign"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Document {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.patient_id

    def signed_content(self) -> dict[str, Any]:
        """What a signature stands for: whose document, which version of which form, every answer."""
        return {
            "patient": self.patient_id,
            "kind": self.kind,
            "form_version": self.form_version,
            "version": self.version,
            "answers": self.answers,
        }


class Addendum(models.Model):
    """Something to add to a signed document; the original stays readable beside it."""

    class Kind(models.TextChoices):
        ADDENDUM = "addendum", "Addendum"
        LATE_ENTRY = "late_entry", "Late entry"
        CORRECTION = "correction", "Correction"

    document = models.ForeignKey(ClinicalDocument, on_delete=models.PROTECT, related_name="addenda")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.ADDENDUM)
    text = models.TextField(max_length=6000)
    reason = models.CharField(max_length=300, blank=True)
    about_on = models.DateField(null=True, blank=True, help_text="The day a late entry is about.")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    credential = models.CharField(max_length=20, blank=True)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "pk"]
        verbose_name_plural = "addenda"
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="document_addendum_says_something"),
            models.CheckConstraint(
                condition=~Q(kind="correction") | ~Q(reason=""), name="document_correction_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(kind="late_entry") | Q(about_on__isnull=False),
                name="document_late_entry_names_its_day",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Addendum {self.pk}"


class EnteredInError(models.Model):
    """A signed document that was about someone else: hidden from the chart, kept, with the reason."""

    document = models.OneToOneField(ClinicalDocument, on_delete=models.PROTECT, related_name="in_error")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="document_in_error_has_a_reason")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Entered in error {self.pk}"


class DocumentClock(models.Model):
    """How many days a site gives a kind of document, where it differs from the kind's own."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    due_days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "kind"], name="document_clock_once_per_site")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.due_days} days"
