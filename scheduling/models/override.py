"""A choice to go against a rule of the week: which rules, why, who and when. Never a silent one."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User


class Override(models.Model):
    class Rule(models.TextChoices):
        ROOM_TAKEN = "room_taken", "The room is shared"
        OUTSIDE_HOURS = "outside_hours", "Outside the clinician's hours"
        PATIENT_UNAVAILABLE = "patient_unavailable", "In hours the patient is unavailable"
        KEPT_APART = "kept_apart", "With someone they are kept apart from"
        ROOM_TOO_SMALL = "room_too_small", "More seats than the room has"

    rules = ArrayField(models.CharField(max_length=24, choices=Rule), size=5)
    reason = models.CharField(max_length=200)
    allowed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    allowed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
            models.CheckConstraint(condition=Q(rules__len__gte=1), name="override_names_a_rule"),
        ]

    def __str__(self) -> str:
        return f"Override {self.pk}"

    @property
    def rule_words(self) -> list[str]:
        return [str(Override.Rule(rule).label) for rule in self.rules]
