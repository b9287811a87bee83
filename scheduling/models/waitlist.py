"""Who waits for a seat in a group, and the seat that was offered to exactly one of them."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from patients.models import Episode
from scheduling.models.group import Enrollment, Group
from scheduling.models.open_until import Answer, OfferQuerySet


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def waiting(self) -> "WaitlistEntryQuerySet":
        return self.filter(ended_at__isnull=True)


class WaitlistEntry(models.Model):
    class Priority(models.IntegerChoices):
        URGENT = 1, "Urgent"
        SOON = 2, "Soon"
        ROUTINE = 3, "Routine"

    class Outcome(models.TextChoices):
        ENROLLED = "enrolled", "Enrolled"
        DECLINED = "declined", "Declined"
        REMOVED = "removed", "Taken off the list"

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="waitlist")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+")
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.ROUTINE)
    reason = models.CharField(max_length=200)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, editable=False)

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        ordering = ["priority", "added_at", "pk"]
        verbose_name_plural = "waitlist entries"
        constraints = [
            models.UniqueConstraint(
                fields=["group", "episode"],
                condition=Q(ended_at__isnull=True),
                name="waitlist_once_per_group",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="waitlist_end_has_an_outcome",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waitlist_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Waitlist entry {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id


class SeatOfferQuerySet(OfferQuerySet["SeatOffer"]):
    pass


class SeatOffer(models.Model):
    """A free seat, held for one person until `expires_at`. One seat number has one open offer."""

    Answer = Answer

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="For portal addresses."
    )
    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="offers")
    seat = models.PositiveSmallIntegerField(help_text="From 1 to the group's capacity.")
    from_on = models.DateField(help_text="First day in the group, if accepted.")
    offered_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, editable=False)
    answer = models.CharField(max_length=10, choices=Answer, blank=True, editable=False)
    enrollment = models.OneToOneField(
        Enrollment, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = SeatOfferQuerySet.as_manager()

    class Meta:
        ordering = ["offered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "seat"], condition=Q(answered_at__isnull=True), name="offer_one_per_seat"
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(answered_at__isnull=True), name="offer_one_per_person"
            ),
            models.CheckConstraint(condition=Q(seat__gte=1), name="offer_seat_is_numbered"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")), name="offer_expires_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="offer_answer_has_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(answer="accepted", enrollment__isnull=False)
                | (~Q(answer="accepted") & Q(enrollment__isnull=True)),
                name="offer_accepted_is_an_enrollment",
            ),
        ]

    def __str__(self) -> str:
        return f"Seat offer {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.entry.episode.patient_id
