"""Attendance: when a patient came and went, or why they did not. One row for each booking."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from scheduling.models import Booking
from sessions.models.ended import CAME_IN_TIME, INSERTED_IN_TIME


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def attended(self) -> "AttendanceQuerySet":
        return self.filter(arrived_at__isnull=False)


class Attendance(models.Model):
    """Either times or an absence. Late and left early follow from the minutes; nobody types them."""

    class Absence(models.TextChoices):
        EXCUSED = "excused", "Excused"
        NO_SHOW = "no_show", "No call, no show"
        LATE_CANCEL = "late_cancel", "Cancelled late"

    class Source(models.TextChoices):
        DESK = "desk", "Front desk"
        FACILITATOR = "facilitator", "Facilitator"
        IMPORT = "import", "Imported"

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    absence = models.CharField(max_length=12, choices=Absence, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=12, choices=Source, default=Source.DESK)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    left_recorded_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(absence="", arrived_at__isnull=False)
                | (~Q(absence="") & Q(arrived_at__isnull=True)),
                name="attendance_times_or_absence",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("arrived_at")),
                name="attendance_leaves_after_arriving",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="recorded_before_the_end",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func=INSERTED_IN_TIME,
            ),
            pgtrigger.Trigger(
                name="came_before_the_end",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("arrived_at"),
                condition=pgtrigger.Condition("OLD.arrived_at IS NULL AND NEW.arrived_at IS NOT NULL"),
                func=CAME_IN_TIME,
            ),
        ]

    def __str__(self) -> str:
        return f"Attendance {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.booking.patient_id


class AttendanceCorrection(models.Model):
    """What an attendance said before someone corrected it, and why. Append-only."""

    attendance = models.ForeignKey(Attendance, on_delete=models.PROTECT, related_name="corrections")
    was_arrived_at = models.DateTimeField(null=True)
    was_left_at = models.DateTimeField(null=True)
    was_absence = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="correction_says_why")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Correction {self.pk}"

    @property
    def was_absence_words(self) -> str:
        return str(Attendance.Absence(self.was_absence).label) if self.was_absence else ""
