"""A patient's own visits with one clinician: a single hour, or every week or two.

Family visits name the relatives; with the patient present they are 90847, without 90846 (domain
reference 7.4). A visit without the patient takes no seat of theirs and counts toward no hours.
"""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from patients.models import Episode, RelatedPerson
from scheduling.models.group import Kind, Mode
from scheduling.models.room import Room


class Series(models.Model):
    """Wall-clock time in the site's zone, on the weekday of `first_on`, every `every_weeks` weeks."""

    Kind = Kind
    Mode = Mode

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    first_on = models.DateField()
    last_on = models.DateField()
    every_weeks = models.PositiveSmallIntegerField(default=1)
    starts = models.TimeField("starts at")
    minutes = models.PositiveSmallIntegerField(default=50)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.IN_PERSON)
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patient_present = models.BooleanField(default=True)
    relatives = models.ManyToManyField(RelatedPerson, through="SeriesRelative", related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["first_on", "starts"]
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["individual", "family", "medication", "assessment"]),
                name="series_is_of_visits",
            ),
            models.CheckConstraint(condition=Q(every_weeks__in=[1, 2]), name="series_every_week_or_two"),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="series_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480), name="series_lasts_5_minutes_to_8_hours"
            ),
            models.CheckConstraint(
                condition=Q(patient_present=True) | Q(kind="family"),
                name="series_without_the_patient_is_family",
            ),
            models.CheckConstraint(
                condition=Q(mode="video") | Q(room__isnull=False), name="series_in_person_has_a_room"
            ),
        ]

    def __str__(self) -> str:
        return f"Series {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id

    @property
    def days(self) -> list[date]:
        """Local days of the pattern, first and last included."""
        weeks = (self.last_on - self.first_on).days // 7
        return [self.first_on + timedelta(weeks=n) for n in range(0, weeks + 1, self.every_weeks)]

    @property
    def family_code(self) -> str:
        """The service code of a family visit: 90847 with the patient, 90846 without; else empty."""
        if self.kind != Kind.FAMILY:
            return ""
        return "90847" if self.patient_present else "90846"


class SeriesRelative(models.Model):
    """A relative who takes part in the visits of a series."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(RelatedPerson, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "person"], name="series_relative_once")]

    def __str__(self) -> str:
        return f"Series relative {self.pk}"
