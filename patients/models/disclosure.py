"""What left the house about a patient: what, to whom, why, and what allowed it. Append-only.

Accounting: 42 CFR 2.25 and 45 CFR 164.528. Emergencies: 2.51. Written by `disclosing.disclose` alone.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from iop_clinic.accounts.models import Site, User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.consent import Consent
from patients.models.consent_terms import EXCEPTIONS, Basis, Purpose, Recipient, Scope
from patients.models.patient import Patient

# Waits for a revocation under way, and then sees it.
CONSENT_STANDS = """
    IF NEW.consent_id IS NOT NULL THEN
        PERFORM 1 FROM patients_consent
        WHERE id = NEW.consent_id AND patient_id = NEW.patient_id
            AND signed_on IS NOT NULL AND revoked_at IS NULL
        FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'pgtrigger: no signed consent of this patient stands behind this disclosure'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
"""


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def to_review(self) -> "DisclosureQuerySet":
        """Emergencies nobody has looked at yet."""
        return self.filter(basis=Basis.EMERGENCY, review__isnull=True)


class Disclosure(models.Model):
    """One thing told or sent to someone outside, or to the patient."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="disclosures")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    is_part2 = models.BooleanField("substance-use record (42 CFR Part 2)")
    recipient = models.CharField("to whom", max_length=200)
    recipient_kind = models.CharField(max_length=20, choices=Recipient)
    intermediary = models.CharField("by way of", max_length=160, blank=True)
    purpose = models.CharField(max_length=20, choices=Purpose)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    what = models.CharField("in words", max_length=300, blank=True)
    basis = models.CharField("allowed by", max_length=20, choices=Basis)
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT, related_name="disclosures")
    reason = models.CharField(max_length=500, blank=True)
    notice_version = models.CharField(max_length=20, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    content_bytes = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-at"], name="disclosure_by_patient"),
            models.Index(fields=["site", "-at"], name="disclosure_by_site"),
            models.Index(fields=["site"], condition=Q(basis="emergency"), name="disclosure_emergencies"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(recipient=""), name="disclosure_names_a_recipient"),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="disclosure_says_what"),
            models.CheckConstraint(
                condition=Q(basis="consent", consent__isnull=False)
                | ~Q(basis="consent") & Q(consent__isnull=True),
                name="disclosure_by_consent_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(basis__in=EXCEPTIONS) | ~Q(reason=""), name="disclosure_exception_has_a_reason"
            ),
            # Treatment, payment and operations alone open no substance-use record.
            models.CheckConstraint(
                condition=Q(is_part2=False) | ~Q(basis="care"), name="disclosure_part2_needs_more_than_care"
            ),
            models.CheckConstraint(
                condition=Q(is_part2=False) | Q(basis="access") | ~Q(notice_version=""),
                name="disclosure_part2_carries_the_notice",
            ),
            models.CheckConstraint(
                condition=Q(basis="access", recipient_kind="patient")
                | ~Q(basis="access") & ~Q(recipient_kind="patient"),
                name="disclosure_access_is_the_patients",
            ),
            models.CheckConstraint(
                condition=Q(content_bytes__isnull=True, content_sha256="")
                | Q(content_bytes__isnull=False, content_sha256__regex=r"^[0-9a-f]{64}$"),
                name="disclosure_content_has_hash_and_size",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
            pgtrigger.Trigger(
                name="consent_stands", when=pgtrigger.Before, operation=pgtrigger.Insert, func=CONSENT_STANDS
            ),
        ]

    def __str__(self) -> str:
        return f"Disclosure {self.pk}"

    @property
    def waits_for_review(self) -> bool:
        """An emergency nobody has looked at."""
        return self.basis == Basis.EMERGENCY and not hasattr(self, "review")

    @property
    def scope_list(self) -> str:
        """The scopes in words, "Diagnosis, treatment plan"."""
        labels = [Scope(one).label for one in self.scopes]
        return ", ".join([*labels[:1], *(label[:1].lower() + label[1:] for label in labels[1:])])


class DisclosureReview(models.Model):
    """The privacy officer looked at an emergency disclosure, and what they noted. Append-only."""

    disclosure = models.OneToOneField(Disclosure, on_delete=models.PROTECT, related_name="review")
    note = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="disclosure_review_has_a_note")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Disclosure review {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.disclosure.patient_id
