"""Progress notes. A signed note cannot change: PostgreSQL refuses it; an addendum is a new row.

Signature, amendment and addendum rules: Medicare Program Integrity Manual 3.3.2.4 and 3.3.2.5.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models import Goal, Objective
from scheduling.models import Booking

REFUSE_SIGNED = """
    IF EXISTS (SELECT 1 FROM iop_sessions_signature WHERE note_id = OLD.id) THEN
        RAISE EXCEPTION 'pgtrigger: a signed note cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


class ProgressNote(models.Model):
    """What one patient did in one session, how they responded, and toward which goal."""

    class Participation(models.TextChoices):
        ACTIVE = "active", "Actively"
        SOME = "some", "Some"
        LITTLE = "little", "Little"
        NONE = "none", "Not at all"

    class Risk(models.TextChoices):
        NONE = "none", "None today"
        PRESENT = "present", "Present, action taken"

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="+")
    goal = models.ForeignKey(Goal, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Named since plans have objectives; an older note stands for its goal's first one and keeps its hash.
    objective = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    participation = models.CharField(
        "took part", max_length=8, choices=Participation, default=Participation.ACTIVE
    )
    affect = models.CharField("mood", max_length=80, blank=True)
    risk = models.CharField(max_length=8, choices=Risk, default=Risk.NONE)
    text = models.TextField("their own note", max_length=6000, blank=True)
    plan = models.CharField("next step", max_length=500, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="signed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=REFUSE_SIGNED,
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.booking.patient_id


class Signature(models.Model):
    """Who signed, under which credential, when, and the SHA-256 of what was signed. Append-only.

    The attendance times are kept as they were signed, so the hash can be made again after a correction.
    """

    note = models.OneToOneField(ProgressNote, on_delete=models.PROTECT, related_name="signature")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    credential = models.CharField(max_length=20)
    signed_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    content_sha256 = models.CharField(max_length=64)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Signature {self.pk}"


class Addendum(models.Model):
    """A later word on a signed note: new row, own author, both dates readable. Append-only."""

    note = models.ForeignKey(ProgressNote, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField(max_length=4000)
    reason = models.CharField(max_length=200)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    credential = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["at"]
        verbose_name_plural = "addenda"
        constraints = [
            models.CheckConstraint(condition=~Q(text="") & ~Q(reason=""), name="addendum_has_text_and_reason")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Addendum {self.pk}"
