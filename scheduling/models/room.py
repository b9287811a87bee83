"""Rooms of a site. A room holds one session at a time."""

from django.db import models

from iop_clinic.accounts.models import Site


class Room(models.Model):
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    seats = models.PositiveSmallIntegerField(default=12)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on the Today page.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="room_name_once_per_site")]

    def __str__(self) -> str:
        return self.name
