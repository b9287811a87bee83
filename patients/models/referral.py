"""Referrals: who sent the person, why, and how far along the way in they are."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from patients.models.coverage import Payer
from patients.models.patient import Patient


class Stage(models.TextChoices):
    INQUIRY = "inquiry", "Inquiry"
    SCREENING = "screening", "Screening"
    ASSESSMENT = "assessment", "Assessment"
    WAITLISTED = "waitlisted", "Waitlisted"
    ADMITTED = "admitted", "Admitted"
    REFERRED_OUT = "referred_out", "Referred out"


OPEN_STAGES = (Stage.INQUIRY, Stage.SCREENING, Stage.ASSESSMENT, Stage.WAITLISTED)


class ReferralQuerySet(models.QuerySet["Referral"]):
    def open(self) -> "ReferralQuerySet":
        return self.filter(stage__in=OPEN_STAGES)


class Referral(models.Model):
    """One request for care. `stage` is where it stands; `ReferralStep` says who moved it and when."""

    Stage = Stage

    class Source(models.TextChoices):
        SELF = "self", "The person"
        FAMILY = "family", "Family"
        HOSPITAL = "hospital", "Hospital or ER"
        PRIMARY_CARE = "primary_care", "Primary care"
        THERAPIST = "therapist", "Therapist or psychiatrist"
        SCHOOL = "school", "School"
        COURT = "court", "Court or probation"
        PAYER = "payer", "Insurance"
        OTHER = "other", "Someone else"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="referrals")
    received_on = models.DateField()
    source = models.CharField("who sent them", max_length=20, choices=Source)
    source_name = models.CharField("name of the person or place", max_length=120, blank=True)
    source_phone = models.CharField("their phone", max_length=30, blank=True)
    reason = models.TextField("why they are coming", max_length=2000)
    payer = models.ForeignKey(Payer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.INQUIRY)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["received_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(stage__in=[s.value for s in OPEN_STAGES]),
                name="referral_one_open_per_patient",
            )
        ]
        indexes = [models.Index(fields=["site", "stage", "received_on"], name="referral_pipeline")]

    def __str__(self) -> str:
        return f"Referral {self.pk}"

    def days_waiting(self, day: date) -> int:
        """Calendar days since the first contact."""
        return (day - self.received_on).days


class ReferralStep(models.Model):
    """A move from one stage to the next, with who, when and a word why."""

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="steps")
    stage = models.CharField(max_length=20, choices=Stage)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_stage_display()
