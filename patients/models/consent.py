"""Consents on file: what was agreed, by whom, until when, and whether it was taken back.

A row without a signature waits for one. Elements of a release: 42 CFR 2.31 (domain reference 8.3).
"""

from datetime import date, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from iop_clinic.accounts.models import User
from patients.models.consent_rules import CONSENT_CONSTRAINTS, CONSENT_TRIGGERS
from patients.models.consent_terms import RELEASING, ConsentKind, Purpose, Recipient, Scope
from patients.models.patient import Patient


class RelatedPerson(models.Model):
    """Someone close to the patient: who may sit in a family session, once the patient has agreed to it."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="related_persons")
    name = models.CharField(max_length=160)
    relationship = models.CharField(max_length=60)
    phone = models.CharField(max_length=30, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "name"], name="related_person_once_per_patient")
        ]

    def __str__(self) -> str:
        return f"Related person {self.pk}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def waiting(self) -> "ConsentQuerySet":
        """Asked for, not signed yet."""
        return self.filter(signed_on__isnull=True)

    def standing(self) -> "ConsentQuerySet":
        """Signed and not taken back, whenever it begins or ends."""
        return self.filter(signed_on__isnull=False, revoked_at__isnull=True)

    def in_force_on(self, day: date) -> "ConsentQuerySet":
        return self.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=day), revoked_at__isnull=True, signed_on__lte=day
        )

    def releasing(self) -> "ConsentQuerySet":
        """Those that let something leave the house."""
        return self.filter(kind__in=RELEASING)


class Consent(models.Model):
    """A consent. A revoked one stops what it allowed from that instant; it stays on file."""

    Kind = ConsentKind

    class Way(models.TextChoices):
        PAPER = "paper", "On paper"
        ON_SCREEN = "on_screen", "On the clinic’s screen"
        PORTAL = "portal", "In the portal"

    class SignedAs(models.TextChoices):
        PATIENT = "patient", "The patient"
        GUARDIAN = "guardian", "Parent or guardian"
        REPRESENTATIVE = "representative", "Legal representative"

    class RevokedHow(models.TextChoices):
        WRITTEN = "written", "In writing"
        VERBAL = "verbal", "In person or by phone"
        PORTAL = "portal", "In the portal"
        EVENT = "event", "The event it was to last until has come"
        NOT_RECORDED = "not_recorded", "Not recorded"

    public_id = models.UUIDField(
        db_default=RandomUUID(), unique=True, editable=False, help_text="For portal addresses."
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=ConsentKind)
    related_person = models.ForeignKey(
        RelatedPerson, null=True, blank=True, on_delete=models.PROTECT, related_name="consents"
    )
    discloser = models.CharField("who discloses", max_length=200, blank=True)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope), default=list, blank=True, verbose_name="what"
    )
    scope_words = models.CharField("what, in words", max_length=300, blank=True)
    recipient_names = ArrayField(models.CharField(max_length=160), default=list, blank=True)
    recipient_classes = ArrayField(
        models.CharField(max_length=20, choices=Recipient), default=list, blank=True
    )
    intermediary = models.CharField(max_length=160, blank=True)
    intermediary_members = models.CharField("for whom", max_length=300, blank=True)
    purpose = models.CharField(max_length=20, choices=Purpose, blank=True)
    purpose_words = models.CharField(max_length=200, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    expires_event = models.CharField("holds until this happens", max_length=200, blank=True)
    ends_with_treatment = models.BooleanField(default=False)
    is_irrevocable = models.BooleanField("cannot be taken back before its event", default=False)
    wording_version = models.CharField(max_length=20, blank=True)
    shown = models.JSONField(
        default=list, blank=True, help_text="What was shown: title and words of each part."
    )
    signed_on = models.DateField(null=True)
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_name = models.CharField("signed by", max_length=160, blank=True)
    signed_as = models.CharField(max_length=14, choices=SignedAs, default=SignedAs.PATIENT)
    signed_authority = models.CharField("why they may sign", max_length=160, blank=True)
    way = models.CharField(max_length=10, choices=Way, default=Way.PAPER, blank=True)
    drawing = models.TextField(max_length=20_000, blank=True, help_text="The drawn strokes, as path data.")
    content_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_how = models.CharField(max_length=12, choices=RevokedHow, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    revocation_dated_on = models.DateField(null=True, editable=False)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-signed_on"]
        constraints = CONSENT_CONSTRAINTS
        triggers = CONSENT_TRIGGERS

    def __str__(self) -> str:
        return f"Consent {self.pk}"

    @property
    def words(self) -> str:
        """What it is a consent to; one to family sessions names the person, a release who receives."""
        if self.related_person is not None:
            return f"Family sessions with {self.related_person.name}"
        names = ", ".join(self.recipient_names)
        return f"{self.get_kind_display()} to {names}" if names else str(self.get_kind_display())

    @property
    def is_release(self) -> bool:
        return self.kind in RELEASING

    def begun_on(self, day: date) -> bool:
        """Signed by that day."""
        return self.signed_on is not None and self.signed_on <= day

    def signed_content(self, signed_at: datetime) -> dict[str, Any]:
        """What a signature stands for: whose, the words shown, who signed as whom and how."""
        return {
            "patient": self.patient_id,
            "kind": self.kind,
            "wording_version": self.wording_version,
            "shown": self.shown,
            "signed_name": self.signed_name,
            "signed_as": self.signed_as,
            "signed_authority": self.signed_authority,
            "way": self.way,
            "drawing": self.drawing,
            "signed_at": signed_at.isoformat(),
        }


REQUIRED_FOR_ADMISSION = (ConsentKind.TREATMENT, ConsentKind.PRIVACY_NOTICE)
