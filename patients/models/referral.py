"""Referrals: who sent the person, why, how urgent, and how far along the way in they are."""

from datetime import date, datetime

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.coverage import Payer
from patients.models.episode import Episode
from patients.models.patient import Patient


class Stage(models.TextChoices):
    INQUIRY = "inquiry", "Inquiry"
    SCREENING = "screening", "Screening"
    ASSESSMENT = "assessment", "Assessment"
    WAITLISTED = "waitlisted", "Waitlisted"
    ADMITTED = "admitted", "Admitted"
    CLOSED = "closed", "Closed"


OPEN_STAGES = (Stage.INQUIRY, Stage.SCREENING, Stage.ASSESSMENT, Stage.WAITLISTED)
# The access clock runs until someone has been assessed.
UNSEEN_STAGES = (Stage.INQUIRY, Stage.SCREENING)


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


# Sent by a person of their own life: named on their referral only, never in the directory.
PRIVATE_SOURCES = (Source.SELF, Source.FAMILY)


class ReferralSource(models.Model):
    """A place or colleague who sends people: kept once per site, named by each later referral."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("who they are", max_length=20, choices=Source)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                F("site"), F("kind"), Lower("name"), name="referral_source_once_per_site"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="referral_source_has_a_name"),
            models.CheckConstraint(
                condition=~Q(kind__in=[kind.value for kind in PRIVATE_SOURCES]),
                name="referral_source_is_no_private_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Referral source {self.pk}"


class ReferralQuerySet(models.QuerySet["Referral"]):
    def open(self) -> "ReferralQuerySet":
        return self.filter(stage__in=OPEN_STAGES)

    def late(self, now: datetime) -> "ReferralQuerySet":
        """Not assessed by the end of the access clock."""
        return self.filter(stage__in=UNSEEN_STAGES, see_by__lt=now)

    def to_contact(self, day: date) -> "ReferralQuerySet":
        return self.open().filter(next_contact_on__lte=day)


class Referral(models.Model):
    """One request for care. `stage` is where it stands; `ReferralStep` says who moved it and when.

    `see_by` is the end of the access clock as the site set it on the day of the first contact.
    """

    Stage = Stage
    Source = Source

    class Urgency(models.TextChoices):
        ROUTINE = "routine", "Routine"
        URGENT = "urgent", "Urgent"

    class Outcome(models.TextChoices):
        ADMITTED_ELSEWHERE = "admitted_elsewhere", "Admitted elsewhere"
        NO_INSURANCE_MATCH = "no_insurance_match", "Insurance does not match"
        DECLINED = "declined", "Declined"
        NOT_REACHED = "not_reached", "Could not be reached"
        NEEDS_HIGHER = "needs_higher", "Needs a higher level of care"
        NEEDS_LOWER = "needs_lower", "Needs a lower level of care"
        NO_CAPACITY = "no_capacity", "No place for them"
        OTHER = "other", "Another reason"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="referrals")
    received_on = models.DateField()
    received_at = models.DateTimeField(help_text="Starts the access clock.")
    see_by = models.DateTimeField()
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.ROUTINE)
    source = models.CharField("who sent them", max_length=20, choices=Source)
    sender = models.ForeignKey(ReferralSource, null=True, on_delete=models.PROTECT, related_name="referrals")
    source_name = models.CharField("name of the person", max_length=120, blank=True)
    source_phone = models.CharField("their phone", max_length=30, blank=True)
    reason = models.TextField("why they are coming", max_length=2000)
    payer = models.ForeignKey(Payer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.INQUIRY)
    outcome = models.CharField("why it ended", max_length=20, choices=Outcome, blank=True)
    outcome_words = models.CharField(max_length=300, blank=True)
    next_contact_on = models.DateField(null=True, blank=True)
    episode = models.OneToOneField(Episode, null=True, on_delete=models.PROTECT, related_name="referral")

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["received_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(stage__in=[s.value for s in OPEN_STAGES]),
                name="referral_one_open_per_patient",
            ),
            models.CheckConstraint(
                condition=(Q(stage="closed") & ~Q(outcome="")) | (~Q(stage="closed") & Q(outcome="")),
                name="referral_closed_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="other") | ~Q(outcome_words=""), name="referral_other_outcome_has_words"
            ),
            models.CheckConstraint(
                condition=Q(see_by__gte=F("received_at")), name="referral_clock_ends_after_it_starts"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "stage", "received_on"], name="referral_pipeline"),
            models.Index(fields=["site", "received_on"], name="referral_by_day"),
        ]

    def __str__(self) -> str:
        return f"Referral {self.pk}"

    @property
    def sent_by_name(self) -> str:
        return self.sender.name if self.sender else self.source_name

    @property
    def sent_by_phone(self) -> str:
        return self.sender.phone if self.sender else self.source_phone

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


class ContactTry(models.Model):
    """Someone tried to reach the person referred: when, how, and what came of it."""

    class Channel(models.TextChoices):
        PHONE = "phone", "Phone"
        EMAIL = "email", "E-mail"
        TEXT = "text", "Text"
        IN_PERSON = "in_person", "In person"
        LETTER = "letter", "Letter"

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        LEFT_MESSAGE = "left_message", "Left a message"
        NO_ANSWER = "no_answer", "No answer"
        WRONG_NUMBER = "wrong_number", "Wrong number or address"
        SENT = "sent", "Sent"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="contact_tries")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel)
    outcome = models.CharField(max_length=14, choices=Outcome)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "contact tries"
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Contact try {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.referral.patient_id
