"""When people and the house are free: working hours, absences, patients' unavailable hours, closures."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from patients.models import Patient
from scheduling.models.group import Weekday


class TimeAway(models.Model):
    """A stretch of time, as instants, in which someone or the house is not there."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    during = models.GeneratedField(
        expression=Func(
            F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField()
        ),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )

    class Meta:
        abstract = True
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="%(class)s_ends_after_it_starts"
            )
        ]


class WorkingHours(models.Model):
    """Weekly hours at a site, wall clock. A clinician with none at all is taken to be there all day."""

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["weekday", "starts"]
        verbose_name_plural = "working hours"
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_hours_weekday_exists"),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="working_hours_end_after_they_start"
            ),
            models.UniqueConstraint(fields=["staff", "site", "weekday", "starts"], name="working_hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M} to {self.ends:%H:%M}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def standing(self) -> "AbsenceQuerySet":
        return self.filter(withdrawn_at__isnull=True)


class Absence(TimeAway):
    """Leave of a clinician, as instants. A withdrawn one stays on file and counts no more."""

    class Kind(models.TextChoices):
        VACATION = "vacation", "Vacation"
        SICK = "sick", "Sick"
        TRAINING = "training", "Training"
        OTHER = "other", "Other"

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = AbsenceQuerySet.as_manager()

    class Meta(TimeAway.Meta):
        constraints = [
            *TimeAway.Meta.constraints,
            ExclusionConstraint(
                name="absence_once_at_a_time",
                condition=Q(withdrawn_at__isnull=True),
                expressions=[("staff", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"Absence {self.pk}"


class UnavailableHours(models.Model):
    """Weekly hours in which a patient cannot come, wall clock of their site, from and to a day."""

    class Why(models.TextChoices):
        WORK = "work", "Work"
        SCHOOL = "school", "School"
        CARE = "care", "Caring for someone"
        OTHER = "other", "Other"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField()
    ends = models.TimeField()
    why = models.CharField(max_length=10, choices=Why)
    from_on = models.DateField("from")
    to_on = models.DateField("to", null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["weekday", "starts"]
        verbose_name_plural = "unavailable hours"
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="unavailable_weekday_exists"),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="unavailable_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="unavailable_to_is_after_from",
            ),
        ]

    def __str__(self) -> str:
        return f"Unavailable hours {self.pk}"

    def holds_on(self, day: date) -> bool:
        return (
            day.weekday() == self.weekday
            and self.from_on <= day
            and (self.to_on is None or day <= self.to_on)
        )


class ClosureQuerySet(models.QuerySet["Closure"]):
    def standing(self) -> "ClosureQuerySet":
        return self.filter(reopened_at__isnull=True)


class Closure(TimeAway):
    """Time in which a site is closed: a public holiday, weather, a day off. Reopened ones stay on file."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", "Public holiday"
        CLOSURE = "closure", "Clinic closed"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CLOSURE)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(db_default=Now(), editable=False)
    reopened_at = models.DateTimeField(null=True, editable=False)

    objects = ClosureQuerySet.as_manager()

    class Meta(TimeAway.Meta):
        constraints = [
            *TimeAway.Meta.constraints,
            ExclusionConstraint(
                name="closure_once_at_a_time",
                condition=Q(reopened_at__isnull=True),
                expressions=[("site", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return self.name
