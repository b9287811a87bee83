"""Who pays: payers, a patient's coverage, and the days a payer has authorized."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from iop_clinic.clock import WEEKDAYS
from patients.models.patient import Patient


class DateSpan(Func):
    """daterange(from, to, '[]'): both ends included, open-ended where `to` is null."""

    function = "daterange"
    output_field = DateRangeField()


def days_from_to(from_field: str = "from_on", to_field: str = "to_on") -> DateSpan:
    return DateSpan(from_field, to_field, RangeBoundary(inclusive_lower=True, inclusive_upper=True))


class Payer(models.Model):
    """An insurance company or program that pays."""

    name = models.CharField(max_length=120, unique=True)
    payer_code = models.CharField("payer ID", max_length=20, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    week_starts_weekday = models.PositiveSmallIntegerField(
        "week starts on",
        choices=WEEKDAYS,
        null=True,
        blank=True,
        help_text="How this payer counts the hours of a week. Empty: as the site does.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(week_starts_weekday__lte=6), name="payer_week_starts_on_a_weekday"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CoverageQuerySet(models.QuerySet["Coverage"]):
    def in_force_on(self, day: date) -> "CoverageQuerySet":
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)


class Coverage(models.Model):
    """One plan of one patient. A patient has one first payer on any day."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="coverages")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="coverages")
    plan_name = models.CharField("plan", max_length=80, blank=True)
    member_number = models.CharField("member ID", max_length=40)
    rank = models.PositiveSmallIntegerField(default=1, help_text="1 pays first.")
    from_on = models.DateField("from")
    to_on = models.DateField("to", null=True, blank=True)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "-from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="coverage_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="coverage_one_per_rank_and_day",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("rank", RangeOperators.EQUAL),
                    (days_from_to(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"Coverage {self.pk}"


class Authorization(models.Model):
    """Days a payer has approved for a code. Used units are counted from decided days, never typed."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"

    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="authorizations")
    number = models.CharField(max_length=40, blank=True)
    service_code = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    units_requested = models.PositiveSmallIntegerField(default=0)
    units_approved = models.PositiveSmallIntegerField(default=0)
    from_on = models.DateField("from")
    to_on = models.DateField("to")
    review_due_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="authorization_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | (~Q(number="") & Q(units_approved__gt=0)),
                name="authorization_approved_has_number_and_units",
            ),
            ExclusionConstraint(
                name="authorization_one_per_code_and_day",
                condition=Q(status="approved"),
                expressions=[
                    ("coverage", RangeOperators.EQUAL),
                    ("service_code", RangeOperators.EQUAL),
                    (days_from_to(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"Authorization {self.number or self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.coverage.patient_id
