"""A secret, revocable address of a calendar: of one clinician, one room or one patient (RFC 5545).

Only the hash of the address is kept; it is shown once.
"""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.roles import ALLOWED, Permission
from patients.models import Patient
from scheduling.models.room import Room


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def standing(self) -> "CalendarFeedQuerySet":
        return self.filter(revoked_at__isnull=True)

    def living(self) -> "CalendarFeedQuerySet":
        """Standing, its maker's and owner's account on, its room open and still its maker's to share."""
        shares = User.objects.filter(role__in=ALLOWED[Permission.SHARE_ROOM_CALENDARS])
        may_share = Exists(shares.filter(pk=OuterRef("made_by"), sites=OuterRef("room__site")))
        return self.standing().filter(
            Q(staff__isnull=True) | Q(staff__is_active=True),
            Q(room__isnull=True) | (Q(room__is_active=True) & may_share),
            Q(patient__isnull=True) | Q(patient__user__is_active=True),
            made_by__is_active=True,
        )


class CalendarFeed(models.Model):
    staff = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=False, room__isnull=True, patient__isnull=True)
                | Q(staff__isnull=True, room__isnull=False, patient__isnull=True)
                | Q(staff__isnull=True, room__isnull=True, patient__isnull=False),
                name="feed_of_one_calendar",
            ),
            *(
                models.UniqueConstraint(
                    fields=[whose], condition=Q(revoked_at__isnull=True), name=f"feed_one_address_a_{whose}"
                )
                for whose in ("staff", "room", "patient")
            ),
        ]

    def __str__(self) -> str:
        return f"Calendar feed {self.pk}"
