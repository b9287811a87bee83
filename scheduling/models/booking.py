"""A booking: one patient expected at one session.

`during` repeats the session's times under a composite foreign key that follows a move, so that
PostgreSQL can refuse a patient in two places at once. Triggers keep the session's seat counter.
"""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from patients.models import Episode, Patient
from scheduling.models.override import Override
from scheduling.models.seat_counting import counts_seats
from scheduling.models.session import TherapySession


class BookingQuerySet(models.QuerySet["Booking"]):
    def active(self) -> "BookingQuerySet":
        return self.filter(status=Booking.Status.BOOKED)


class Booking(models.Model):
    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        CANCELLED_BY_PATIENT = "cancelled_by_patient", "Cancelled by the patient"
        CANCELLED_BY_CLINIC = "cancelled_by_clinic", "Cancelled by the clinic"

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="For portal addresses."
    )
    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="bookings")
    during = DateTimeRangeField(editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=24, choices=Status, default=Status.BOOKED)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Grows when booked again.")
    override = models.ForeignKey(
        Override, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings"
    )
    makes_up = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="make_ups",
        help_text="The appointment of the same patient that was cancelled or missed.",
    )
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    running_late_until = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancel_reason = models.CharField(max_length=200, blank=True)
    went_with_session = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Cancelled because its session was."
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["session__starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["session", "patient"], name="booking_once_per_session"),
            models.UniqueConstraint(
                fields=["makes_up"], condition=Q(status="booked"), name="booking_made_up_once"
            ),
            models.CheckConstraint(
                condition=Q(status="booked", cancelled_at__isnull=True)
                | (~Q(status="booked") & Q(cancelled_at__isnull=False)),
                name="booking_cancelled_has_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(went_with_session=False) | Q(status="cancelled_by_clinic"),
                name="booking_went_with_its_session",
            ),
            ExclusionConstraint(
                name="booking_patient_in_one_place",
                condition=Q(status="booked"),
                expressions=[("patient", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        indexes = [models.Index(fields=["patient", "session"], name="booking_by_patient")]
        triggers = counts_seats("booked_seats", "status = 'booked'")

    def __str__(self) -> str:
        return f"Booking {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.BOOKED
