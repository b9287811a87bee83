"""Who signed what, as whom and how. One table for plans and clinical documents; rows never change.

An electronic signature is bound to its signer and to a hash of the content (domain reference 4.5).
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.document import ClinicalDocument
from patients.models.plan import TreatmentPlan


class Signature(models.Model):
    """One signature, or why the patient's is missing. Exactly one of `plan` and `document` is signed."""

    class Part(models.TextChoices):
        CLINICIAN = "clinician", "Clinician"
        SUPERVISOR = "supervisor", "Supervisor"
        PRESCRIBER = "prescriber", "Prescriber"
        PATIENT = "patient", "Patient"
        GUARDIAN = "guardian", "Parent or guardian"

    class Way(models.TextChoices):
        PASSWORD = "password", "Password asked again"
        PORTAL = "portal", "In the portal"
        ON_SCREEN = "on_screen", "On the clinic's screen"
        PAPER = "paper", "On paper"
        NONE = "none", "Not signed"

    plan = models.ForeignKey(TreatmentPlan, null=True, on_delete=models.PROTECT, related_name="signatures")
    document = models.ForeignKey(
        ClinicalDocument, null=True, on_delete=models.PROTECT, related_name="signatures"
    )
    part = models.CharField("signs as", max_length=12, choices=Part)
    way = models.CharField(max_length=10, choices=Way)
    signer = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_name = models.CharField(max_length=160)
    credential = models.CharField(max_length=20, blank=True)
    drawing = models.TextField(max_length=20_000, blank=True, help_text="The drawn strokes, as path data.")
    reason = models.CharField("why not", max_length=300, blank=True)
    signed_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    content_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["signed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=False, document__isnull=True)
                | Q(plan__isnull=True, document__isnull=False),
                name="signature_signs_one_thing",
            ),
            models.UniqueConstraint(
                # Who would not sign at first may sign later.
                fields=["plan", "part"],
                condition=Q(plan__isnull=False) & ~Q(way="none"),
                name="signature_once_per_plan",
            ),
            models.UniqueConstraint(
                fields=["document", "part"],
                condition=Q(document__isnull=False),
                name="signature_once_per_document",
            ),
            models.CheckConstraint(
                condition=Q(content_sha256__regex=r"^[0-9a-f]{64}$"), name="signature_has_a_hash"
            ),
            models.CheckConstraint(condition=~Q(signed_name=""), name="signature_names_the_signer"),
            models.CheckConstraint(
                condition=Q(way="none", part__in=["patient", "guardian"]) & ~Q(reason="")
                | ~Q(way="none") & Q(reason=""),
                name="signature_missing_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(part__in=["patient", "guardian"])
                | Q(way="password", signer__isnull=False, signer=F("recorded_by")),
                name="signature_staff_sign_themselves",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Signature {self.pk}"
