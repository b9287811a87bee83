"""What a payer said about a plan's benefits, and the estimate a person who pays themself was given.

Fields: domain reference 3.1. Good faith estimates: No Surprises Act, 45 CFR 149.610.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.coverage import Coverage
from patients.models.patient import Patient


class BenefitVerification(models.Model):
    """One answer about one plan. Never changed: the next answer is the next row. Money is in cents."""

    class Product(models.TextChoices):
        HMO = "hmo", "HMO"
        PPO = "ppo", "PPO"
        EPO = "epo", "EPO"
        POS = "pos", "POS"
        MEDICAID = "medicaid", "Medicaid managed care"
        MEDICARE = "medicare", "Medicare"
        OTHER = "other", "Other"

    class Relationship(models.TextChoices):
        SELF = "self", "The patient"
        SPOUSE = "spouse", "Spouse or partner"
        PARENT = "parent", "Parent"
        OTHER = "other", "Someone else"

    class Said(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Not said"

    class Per(models.TextChoices):
        VISIT = "visit", "a visit"
        DAY = "day", "a day"

    class LimitUnit(models.TextChoices):
        DAYS = "days", "days a year"
        VISITS = "visits", "visits a year"
        HOURS = "hours", "hours a year"

    class Source(models.TextChoices):
        PHONE = "phone", "Phone"
        PORTAL = "portal", "Portal"
        EDI_271 = "271", "271 answer"

    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="verifications")
    verified_on = models.DateField("asked on")
    source = models.CharField("asked by", max_length=6, choices=Source)
    representative = models.CharField("who answered", max_length=80, blank=True)
    reference = models.CharField("call or answer reference", max_length=60, blank=True)

    product = models.CharField(max_length=10, choices=Product)
    group_number = models.CharField(max_length=40, blank=True)
    policy_holder = models.CharField(max_length=160, blank=True)
    relationship = models.CharField("policy holder is", max_length=10, choices=Relationship)
    effective_on = models.DateField("plan effective", null=True, blank=True)
    ends_on = models.DateField("plan ends", null=True, blank=True)
    plan_year_month = models.PositiveSmallIntegerField("plan year starts in", default=1)
    carve_out_payer = models.CharField("behavioral health is with", max_length=120, blank=True)
    carve_out_phone = models.CharField("their phone", max_length=30, blank=True)
    in_network = models.CharField("we are in network", max_length=7, choices=Said, default=Said.UNKNOWN)

    iop_covered = models.CharField("IOP is covered", max_length=7, choices=Said)
    telehealth_covered = models.CharField(
        "IOP by video is covered", max_length=7, choices=Said, default=Said.UNKNOWN
    )
    limit_count = models.PositiveSmallIntegerField("limit", null=True, blank=True)
    limit_unit = models.CharField("limit is in", max_length=6, choices=LimitUnit, blank=True)
    authorization_needed = models.CharField(
        "authorization needed", max_length=7, choices=Said, default=Said.UNKNOWN
    )
    authorization_way = models.CharField("how to ask for it", max_length=160, blank=True)

    deductible_cents = models.PositiveIntegerField("deductible", null=True, blank=True)
    deductible_met_cents = models.PositiveIntegerField("of it met", null=True, blank=True)
    family_deductible_cents = models.PositiveIntegerField("family deductible", null=True, blank=True)
    family_deductible_met_cents = models.PositiveIntegerField("of it met", null=True, blank=True)
    out_of_pocket_cents = models.PositiveIntegerField("out-of-pocket maximum", null=True, blank=True)
    out_of_pocket_met_cents = models.PositiveIntegerField("of it met", null=True, blank=True)
    coinsurance_percent = models.PositiveSmallIntegerField("coinsurance", null=True, blank=True)
    copay_cents = models.PositiveIntegerField("copay", null=True, blank=True)
    copay_per = models.CharField("copay is for", max_length=5, choices=Per, blank=True)

    claims_address = models.CharField(max_length=200, blank=True)
    payer_code = models.CharField("payer ID for claims", max_length=20, blank=True)
    timely_filing_days = models.PositiveSmallIntegerField("days to file a claim", null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    next_due_on = models.DateField(help_text="When it is to be asked again.")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-verified_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(source="phone") | (~Q(representative="") & ~Q(reference="")),
                name="verification_by_phone_names_who_and_reference",
            ),
            models.CheckConstraint(
                condition=Q(coinsurance_percent__isnull=True) | Q(coinsurance_percent__lte=100),
                name="verification_coinsurance_is_a_percent",
            ),
            models.CheckConstraint(
                condition=Q(plan_year_month__gte=1, plan_year_month__lte=12),
                name="verification_plan_year_starts_in_a_month",
            ),
            models.CheckConstraint(
                condition=Q(limit_count__isnull=True) | ~Q(limit_unit=""),
                name="verification_limit_has_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(copay_cents__isnull=True) | ~Q(copay_per=""), name="verification_copay_has_a_unit"
            ),
            models.CheckConstraint(
                condition=Q(next_due_on__gt=F("verified_on")), name="verification_is_due_again_later"
            ),
        ]
        indexes = [models.Index(fields=["coverage", "-verified_on"], name="verification_latest")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Verification {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.coverage.patient_id


class GoodFaithEstimate(models.Model):
    """What someone without a payer will be charged, in writing. Given once; a new estimate is a new row."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="estimates")
    asked_on = models.DateField("asked for or booked on")
    service_on = models.DateField("first service on", null=True, blank=True)
    due_on = models.DateField()
    given_on = models.DateField(null=True, blank=True)
    amount_cents = models.PositiveIntegerField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(given_on__isnull=True)
                | Q(given_on__gte=F("asked_on"), amount_cents__isnull=False),
                name="estimate_given_has_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("asked_on")), name="estimate_due_after_it_was_asked"
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(given_on__isnull=True), name="estimate_still_due")
        ]
        triggers = [
            pgtrigger.Protect(
                name="given_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__given_on__isnull=False),
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Estimate {self.pk}"
