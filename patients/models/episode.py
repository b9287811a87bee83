"""Episodes of care: from admission to discharge, with dated level-of-care stays and diagnoses.

Prescribed hours: adults 9 to 19 a week, adolescents from 6 (ASAM level 2.1; SAMHSA advisory).
"""

from datetime import date

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from patients.levels import CareKind, floor_minutes
from patients.models.coverage import days_from_to
from patients.models.patient import Patient

# An episode with diagnoses in force has a primary one; asked when the transaction ends.
ONE_IS_PRIMARY = """
    IF EXISTS (SELECT 1 FROM patients_diagnosis WHERE episode_id = NEW.episode_id AND ended_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM patients_diagnosis WHERE episode_id = NEW.episode_id AND is_primary)
    THEN
        RAISE EXCEPTION 'pgtrigger: one diagnosis of an episode is primary';
    END IF;
    RETURN NULL;
"""


class LevelOfCare(models.Model):
    """A level the clinic offers, with the standard weekly minutes for adults and adolescents."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=CareKind, default=CareKind.IOP)
    position = models.PositiveSmallIntegerField(default=0, help_text="In lists: the most care first.")
    adult_minutes = models.PositiveSmallIntegerField(help_text="Standard minutes a week.")
    adolescent_minutes = models.PositiveSmallIntegerField(help_text="Standard minutes a week.")

    class Meta:
        ordering = ["position", "code"]
        verbose_name_plural = "levels of care"

    def __str__(self) -> str:
        return self.code

    def standard_minutes(self, age: int) -> int:
        """Minutes a week for this age in years; under 18 is an adolescent."""
        return self.adult_minutes if age >= 18 else self.adolescent_minutes

    def least_minutes(self, age: int) -> int:
        """Minutes a week below which a reason is needed: the standard, and the floor of its kind."""
        return max(self.standard_minutes(age), floor_minutes(self.kind, age))


class EpisodeQuerySet(models.QuerySet["Episode"]):
    def active_on(self, day: date) -> "EpisodeQuerySet":
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=day), admitted_on__lte=day)


class Episode(models.Model):
    """One stay in the program. `ended_on` is set by the discharge, in the same transaction."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes")
    admitted_on = models.DateField()
    expected_end_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True, editable=False)
    primary_clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_part2 = models.BooleanField("substance-use record (42 CFR Part 2)", default=False)
    part2_removed_because = models.CharField(max_length=200, blank=True, editable=False)
    admitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["-admitted_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("admitted_on")),
                name="episode_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="episode_one_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (days_from_to("admitted_on", "ended_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["site", "ended_on"], name="episode_census")]

    def __str__(self) -> str:
        return f"Episode {self.pk}"

    def day_number(self, day: date) -> int:
        """1 on the day of admission."""
        return (day - self.admitted_on).days + 1


class LevelOfCareStay(models.Model):
    """A dated level inside an episode and the minutes a week it prescribes."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="stays")
    level = models.ForeignKey(LevelOfCare, on_delete=models.PROTECT, related_name="+")
    prescribed_minutes = models.PositiveSmallIntegerField(help_text="Minutes a week.")
    standard_minutes = models.PositiveSmallIntegerField(editable=False)
    days_a_week = models.PositiveSmallIntegerField(default=3)
    reason = models.CharField("reason for fewer hours", max_length=300, blank=True)
    determination = models.ForeignKey(
        "patients.LevelDetermination",
        null=True,
        on_delete=models.PROTECT,
        related_name="stays",
        editable=False,
    )
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(prescribed_minutes__gte=F("standard_minutes")) | ~Q(reason=""),
                name="stay_fewer_hours_need_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(days_a_week__gte=1, days_a_week__lte=7), name="stay_days_a_week_exist"
            ),
            models.CheckConstraint(condition=Q(prescribed_minutes__gte=60), name="stay_prescribes_an_hour"),
            ExclusionConstraint(
                name="stay_one_level_a_day",
                expressions=[
                    ("episode", RangeOperators.EQUAL),
                    (days_from_to(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"Stay {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id


class Diagnosis(models.Model):
    """An ICD-10-CM code on an episode, as it stands now; of those in force one is primary."""

    class Ending(models.TextChoices):
        RESOLVED = "resolved", "Resolved"
        RULED_OUT = "ruled_out", "Ruled out"
        REPLACED = "replaced", "Replaced by another"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="diagnoses")
    code = models.CharField("ICD-10-CM code", max_length=8)
    label = models.CharField("in words", max_length=160)
    is_primary = models.BooleanField(default=True)
    since_on = models.DateField()
    onset = models.CharField(max_length=60, blank=True, help_text="Since when the person has had it.")
    ended_on = models.DateField(null=True, blank=True)
    ended_as = models.CharField(max_length=10, choices=Ending, blank=True)

    class Meta:
        ordering = ["-is_primary", "code"]
        verbose_name_plural = "diagnoses"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-TV-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?$"),
                name="diagnosis_code_has_icd_shape",
            ),
            models.UniqueConstraint(
                fields=["episode"], condition=Q(is_primary=True), name="diagnosis_one_primary_per_episode"
            ),
            models.UniqueConstraint(
                fields=["episode", "code"],
                condition=Q(ended_on__isnull=True),
                name="diagnosis_code_once_per_episode",
            ),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(ended_on__isnull=True), name="diagnosis_primary_is_in_force"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_as="")
                | Q(ended_on__isnull=False, ended_on__gte=F("since_on")) & ~Q(ended_as=""),
                name="diagnosis_ends_whole",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="one_is_primary",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=ONE_IS_PRIMARY,
            )
        ]

    def __str__(self) -> str:
        return self.code
