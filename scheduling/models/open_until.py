"""What every offer of a place has: an answer, and an end by the database's clock."""

from typing import Self, TypeVar

from django.db import models
from django.db.models.functions import Now

T = TypeVar("T", bound=models.Model)


class Answer(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Taken back"


class OfferQuerySet(models.QuerySet[T]):
    def open(self) -> Self:
        return self.filter(answered_at__isnull=True)

    def standing(self) -> Self:
        """Open, and in time by the database's clock: these hold a seat."""
        return self.open().filter(expires_at__gt=Now())

    def overdue(self) -> Self:
        return self.open().filter(expires_at__lte=Now())
