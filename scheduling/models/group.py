"""Tracks, their groups as weekly patterns, and dated enrollment in them."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from patients.models import Episode
from patients.models.coverage import days_from_to
from scheduling.models.override import Override
from scheduling.models.room import Room


class Kind(models.TextChoices):
    GROUP = "group", "Group"
    PSYCHOEDUCATION = "psychoeducation", "Education"
    INDIVIDUAL = "individual", "Individual"
    FAMILY = "family", "Family"
    MEDICATION = "medication", "Medication visit"
    ACTIVITY = "activity", "Activity"
    ASSESSMENT = "assessment", "Assessment"


class Mode(models.TextChoices):
    IN_PERSON = "in_person", "In person"
    VIDEO = "video", "By video"


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Track(models.Model):
    """A set of groups that belong together, for instance the adult morning program."""

    class Tone(models.TextChoices):
        MORNING = "am", "Morning (sun)"
        EVENING = "eve", "Evening (moon)"
        ADOLESCENT = "teen", "Adolescent (sprout)"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    tone = models.CharField(max_length=4, choices=Tone)
    is_part2 = models.BooleanField("substance-use program (42 CFR Part 2)", default=False)
    youngest_age = models.PositiveSmallIntegerField(default=18)
    oldest_age = models.PositiveSmallIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="track_name_once_per_site")]

    def __str__(self) -> str:
        return self.name

    def takes_age(self, age: int) -> bool:
        return self.youngest_age <= age and (self.oldest_age is None or age <= self.oldest_age)

    @property
    def ages(self) -> str:
        """ "18 and older", "13 to 17" """
        youngest, oldest = self.youngest_age, self.oldest_age
        return f"{youngest} and older" if oldest is None else f"{youngest} to {oldest}"


class Group(models.Model):
    """A weekly pattern: weekday and wall-clock time in the site's zone, room, lead, seats."""

    Kind = Kind
    Mode = Mode

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.GROUP)
    curriculum = models.CharField(max_length=120, blank=True)
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField("starts at")
    minutes = models.PositiveSmallIntegerField(default=60)
    break_minutes = models.PositiveSmallIntegerField(default=0)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.IN_PERSON)
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    co_facilitators = models.ManyToManyField(User, through="CoFacilitator", related_name="+")
    capacity = models.PositiveSmallIntegerField(default=12)
    minimum_size = models.PositiveSmallIntegerField("fewest people", default=2)
    from_on = models.DateField("from")
    to_on = models.DateField("to", null=True, blank=True)
    pattern_from_on = models.DateField(
        null=True,
        editable=False,
        help_text="First day of the pattern as it is now; sessions before it are made already.",
    )

    override = models.ForeignKey(
        Override,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="groups",
        help_text="Rules it goes against every week, also in weeks made later.",
    )

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="group_weekday_exists"),
            models.CheckConstraint(
                condition=Q(minutes__gte=15, minutes__lte=480), name="group_lasts_15_minutes_to_8_hours"
            ),
            models.CheckConstraint(
                condition=Q(break_minutes__lt=F("minutes")), name="group_break_shorter_than_it"
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="group_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(mode="video") | Q(room__isnull=False), name="group_in_person_has_a_room"
            ),
            models.CheckConstraint(condition=Q(minimum_size__gte=1), name="group_meets_with_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_weekday_display()} {self.starts:%H:%M}"

    def meets_on(self, day: date) -> bool:
        return (
            day.weekday() == self.weekday
            and max(self.from_on, self.pattern_from_on or self.from_on) <= day
            and (self.to_on is None or day <= self.to_on)
        )


class CoFacilitator(models.Model):
    """Who leads a group beside its lead. Copied to each session that is made from the pattern."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "staff"], name="co_facilitator_once_per_group")
        ]

    def __str__(self) -> str:
        return f"{self.staff}, {self.group}"


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def active_on(self, day: date) -> "EnrollmentQuerySet":
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)


class Enrollment(models.Model):
    """A patient's dated place in a group. Joining in week five touches no earlier session."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="enrollments")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    override = models.ForeignKey(
        Override, null=True, blank=True, on_delete=models.PROTECT, related_name="enrollments"
    )
    enrolled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="enrollment_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="enrollment_once_at_a_time",
                expressions=[
                    ("episode", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (days_from_to(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"Enrollment {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id
