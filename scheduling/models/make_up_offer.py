"""Ways to make up time that are offered to one patient for one week; each seat in them is held meanwhile.

A way is one session or several together. The patient chooses one way, and the seats of the others go back.
"""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from patients.models import Episode
from scheduling.models.booking import Booking
from scheduling.models.open_until import Answer, OfferQuerySet
from scheduling.models.seat_counting import counts_seats
from scheduling.models.session import TherapySession


class MakeUpOfferQuerySet(OfferQuerySet["MakeUpOffer"]):
    pass


class MakeUpOffer(models.Model):
    """ "Choose one of these", until `expires_at`. One open offer to a person and week."""

    Answer = Answer

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="For portal addresses."
    )
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+")
    week_starts_on = models.DateField(help_text="First day of the week that was short.")
    short_minutes = models.PositiveSmallIntegerField(help_text="What was missing when it was offered.")
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, editable=False)
    answer = models.CharField(max_length=10, choices=Answer, blank=True, editable=False)
    accepted_way = models.PositiveSmallIntegerField(null=True, editable=False)

    objects = MakeUpOfferQuerySet.as_manager()

    class Meta:
        ordering = ["offered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "week_starts_on"],
                condition=Q(answered_at__isnull=True),
                name="make_up_offer_one_per_week",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")), name="make_up_offer_expires_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="make_up_offer_answer_has_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(answer="accepted", accepted_way__isnull=False)
                | (~Q(answer="accepted") & Q(accepted_way__isnull=True)),
                name="make_up_offer_accepted_is_a_way",
            ),
        ]

    def __str__(self) -> str:
        return f"Make-up offer {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id


class HeldSeat(models.Model):
    """One seat that waits for the answer to an offer; `freed_at` once it has come. Counted by triggers."""

    offer = models.ForeignKey(MakeUpOffer, on_delete=models.PROTECT, related_name="seats")
    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(help_text="As it was offered; a session moved since is another one.")
    ways = ArrayField(models.PositiveSmallIntegerField(), help_text="Numbers of the ways it is part of.")
    freed_at = models.DateTimeField(null=True, editable=False)
    booking = models.ForeignKey(
        Booking, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "session"], name="held_seat_once_per_offer"),
            models.CheckConstraint(condition=Q(ways__len__gte=1), name="held_seat_is_in_a_way"),
            models.CheckConstraint(
                condition=Q(booking__isnull=True) | Q(freed_at__isnull=False),
                name="held_seat_booked_is_held_no_more",
            ),
        ]
        triggers = counts_seats("held_seats", "freed_at IS NULL")

    def __str__(self) -> str:
        return f"Held seat {self.pk}"

    def is_possible(self, now: datetime) -> bool:
        """It is held, and the session is on, at the time it was offered for, and has not begun."""
        session = self.session
        is_on = session.status == TherapySession.Status.SCHEDULED
        as_offered = self.freed_at is None and session.starts_at == self.starts_at
        return is_on and as_offered and not session.has_begun(now)
