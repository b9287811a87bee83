"""Consents on file: what was agreed, by whom, until when, and whether it was taken back."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import User
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
    def in_force_on(self, day: date) -> "ConsentQuerySet":
        return self.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=day), revoked_at__isnull=True, signed_on__lte=day
        )


class Consent(models.Model):
    """A signed consent. A revoked one stops what it allowed from that instant; it stays on file."""

    class Kind(models.TextChoices):
        TREATMENT = "treatment", "Treatment"
        PRIVACY_NOTICE = "privacy_notice", "Privacy notice received"
        BILLING = "billing", "Bill the payer"
        REMINDERS = "reminders", "Reminders by e-mail"
        TELEHEALTH = "telehealth", "Video sessions"
        FAMILY = "family", "Family sessions with this person"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind)
    related_person = models.ForeignKey(
        RelatedPerson, null=True, blank=True, on_delete=models.PROTECT, related_name="consents"
    )
    signed_on = models.DateField()
    signed_name = models.CharField("signed by", max_length=160)
    expires_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-signed_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("signed_on")),
                name="consent_expires_after_signing",
            ),
            models.UniqueConstraint(
                fields=["patient", "kind", "related_person", "signed_on"],
                name="consent_once_per_kind_and_day",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind="family", related_person__isnull=False)
                | (~Q(kind="family") & Q(related_person__isnull=True)),
                name="consent_family_names_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Consent {self.pk}"

    @property
    def words(self) -> str:
        """What it is a consent to; one to family sessions names the person."""
        if self.related_person is not None:
            return f"Family sessions with {self.related_person.name}"
        return str(self.get_kind_display())


REQUIRED_FOR_ADMISSION = (Consent.Kind.TREATMENT, Consent.Kind.PRIVACY_NOTICE)
