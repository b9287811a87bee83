"""What payers ask about the level of care: a prescriber's certifications, and each payer's clocks for them.

Medicare: domain reference 2.2 (42 CFR 424.24). Numbers are rows, dated, because payers change them.
"""

from datetime import date
from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.levels import CareKind
from patients.models.coverage import Payer, days_from_to
from patients.models.episode import Episode
from patients.models.plan import TreatmentPlan


class PayerClockQuerySet(models.QuerySet["PayerClock"]):
    def in_force_on(self, day: date) -> "PayerClockQuerySet":
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)


class PayerClock(models.Model):
    """What one payer asks of one kind of level: certified or not, by whom, how often, reviewed how often."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="clocks")
    level_kind = models.CharField("level", max_length=8, choices=CareKind)
    certifies = models.BooleanField("certification needed", default=False)
    physician_only = models.BooleanField("by a physician only", default=False, help_text="MD or DO.")
    first_days = models.PositiveSmallIntegerField(
        "first certification covers, days",
        null=True,
        blank=True,
        help_text="From the first day of the level.",
    )
    every_days = models.PositiveSmallIntegerField("each later one covers, days", null=True, blank=True)
    review_days = models.PositiveSmallIntegerField("continued stay reviewed every, days", default=30)
    from_on = models.DateField("from")
    to_on = models.DateField("to", null=True, blank=True)

    objects = PayerClockQuerySet.as_manager()

    class Meta:
        ordering = ["payer", "level_kind", "-from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(certifies=False)
                | Q(first_days__isnull=False, first_days__gte=1, every_days__isnull=False, every_days__gte=1),
                name="payer_clock_certifies_for_some_days",
            ),
            models.CheckConstraint(
                condition=Q(review_days__range=(1, 90)), name="payer_clock_reviews_within_ninety_days"
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="payer_clock_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="payer_clock_one_a_day",
                expressions=[
                    ("payer", RangeOperators.EQUAL),
                    ("level_kind", RangeOperators.EQUAL),
                    (days_from_to(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer}, {self.get_level_kind_display()}"


class Certification(models.Model):
    """A prescriber's signed statement that this level is needed from `from_on` to `to_on`. Never changes."""

    class Kind(models.TextChoices):
        FIRST = "first", "Certification"
        AGAIN = "again", "Recertification"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="certifications")
    level_kind = models.CharField(max_length=8, choices=CareKind)
    kind = models.CharField(max_length=6, choices=Kind)
    payer = models.ForeignKey(Payer, null=True, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="+")
    minutes_a_week = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    to_on = models.DateField()
    statement = models.TextField(help_text="The words that were read and signed.")
    need = models.TextField(max_length=2000)
    response = models.TextField(max_length=2000, blank=True)
    discharge_goals = models.TextField(max_length=2000, blank=True)
    late_because = models.CharField(max_length=300, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    credential = models.CharField(max_length=20)
    license_number = models.CharField(max_length=40, blank=True)
    signed_on = models.DateField()
    signed_at = models.DateTimeField()
    content_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["-from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="certification_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(need=""), name="certification_says_why_it_is_needed"),
            models.CheckConstraint(
                condition=Q(kind="first") | ~Q(response="") & ~Q(discharge_goals=""),
                name="certification_again_says_how_it_goes",
            ),
            models.CheckConstraint(
                condition=Q(signed_on__lte=F("from_on")) | ~Q(late_because=""),
                name="certification_late_has_a_reason",
            ),
            models.CheckConstraint(condition=~Q(credential=""), name="certification_names_the_credential"),
            models.CheckConstraint(
                condition=Q(content_sha256__regex=r"^[0-9a-f]{64}$"), name="certification_has_a_hash"
            ),
            ExclusionConstraint(
                name="certification_one_a_day",
                expressions=[
                    ("episode", RangeOperators.EQUAL),
                    ("level_kind", RangeOperators.EQUAL),
                    (days_from_to(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Certification {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id

    def signed_content(self) -> dict[str, Any]:
        names = (
            "episode_id level_kind kind payer_id plan_id minutes_a_week from_on to_on statement need "
            "response discharge_goals late_because signed_on"
        )
        return {name: getattr(self, name) for name in names.split()}
