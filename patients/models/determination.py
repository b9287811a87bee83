"""Level-of-care determinations: what a clinician found, dimension by dimension, and which level follows.

Ratings and words only; criteria text and decision logic are licensed (domain reference 1.3, 1.4, 6.1).
"""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.levels import SCHEMES, LevelScheme
from patients.models.episode import Episode
from patients.models.patient import Patient

DIMENSIONS = ["d1", "d2", "d3", "d4", "d5", "d6"]
BY_DIMENSION = Q(scheme__in=["asam3", "asam4"])


class DeterminationQuerySet(models.QuerySet["LevelDetermination"]):
    def signed(self) -> "DeterminationQuerySet":
        return self.filter(signed_at__isnull=False)

    def current(self) -> "DeterminationQuerySet":
        """Signed, and no newer one stands in its place."""
        return self.signed().filter(superseded_by__isnull=True)


class LevelDetermination(models.Model):
    """A draft until it is signed, then frozen. The next one signed for this person supersedes it.

    `ratings` are by dimension id: {"d1": {"rating": "2", "why": "…"}}; empty for the other schemes.
    """

    class Kind(models.TextChoices):
        ADMISSION = "admission", "Admission"
        CONTINUED = "continued", "Continued stay"
        TRANSFER = "transfer", "Transfer to another level"
        DISCHARGE = "discharge", "Discharge"

    class Scheme(models.TextChoices):
        ASAM_3 = "asam3", "ASAM, third edition"
        ASAM_4 = "asam4", "ASAM, fourth edition"
        LOCUS = "locus", "LOCUS result"
        JUDGEMENT = "judgement", "Clinical judgment"

    class Difference(models.TextChoices):
        PATIENT_CHOICE = "patient_choice", "Patient’s choice"
        NOT_AVAILABLE = "not_available", "Not available"
        PAYER_DENIED = "payer_denied", "Payer denied"
        LEGAL = "legal", "Legal"
        WAITING_LIST = "waiting_list", "Waiting list"
        OTHER = "other", "Other"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="determinations")
    episode = models.ForeignKey(Episode, null=True, on_delete=models.PROTECT, related_name="determinations")
    kind = models.CharField(max_length=10, choices=Kind)
    scheme = models.CharField(max_length=10, choices=Scheme)
    decided_on = models.DateField()
    ratings = models.JSONField(default=dict)
    composite = models.PositiveSmallIntegerField(null=True)
    instrument_version = models.CharField(max_length=20, blank=True)
    rater = models.CharField(max_length=120, blank=True)
    recommended = models.CharField(max_length=8)
    actual = models.CharField(max_length=8)
    difference = models.CharField(max_length=16, choices=Difference, blank=True)
    difference_words = models.CharField(max_length=300, blank=True)
    rationale = models.TextField(max_length=4000)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    credential = models.CharField(max_length=20, blank=True, editable=False)
    license_number = models.CharField(max_length=40, blank=True, editable=False)
    content_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by", editable=False
    )

    objects = DeterminationQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(recommended=F("actual"), difference="", difference_words="")
                | ~Q(recommended=F("actual")) & ~Q(difference=""),
                name="determination_difference_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(difference="other") | ~Q(difference_words=""),
                name="determination_other_reason_in_words",
            ),
            models.CheckConstraint(
                condition=BY_DIMENSION & Q(ratings__has_keys=DIMENSIONS) | ~BY_DIMENSION & Q(ratings={}),
                name="determination_rates_every_dimension",
            ),
            models.CheckConstraint(
                condition=Q(scheme="locus", composite__isnull=False, composite__range=(7, 35))
                & ~Q(instrument_version="")
                & ~Q(rater="")
                | ~Q(scheme="locus") & Q(composite__isnull=True, instrument_version="", rater=""),
                name="determination_locus_has_its_result",
            ),
            models.CheckConstraint(
                condition=Q(kind="admission") | Q(episode__isnull=False),
                name="determination_after_admission_has_an_episode",
            ),
            models.CheckConstraint(condition=~Q(rationale=""), name="determination_says_why"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, content_sha256="", credential="")
                | Q(signed_at__isnull=False, signed_by__isnull=False, content_sha256__regex=r"^[0-9a-f]{64}$")
                & ~Q(credential=""),
                name="determination_signature_is_whole",
            ),
            # A second draft would split what is being found between two forms.
            models.UniqueConstraint(
                fields=["patient"], condition=Q(signed_at__isnull=True), name="determination_one_draft"
            ),
        ]
        indexes = [models.Index(fields=["episode", "-decided_on"], name="determination_of_episode")]
        triggers = [
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Determination {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.patient_id

    @property
    def rules(self) -> LevelScheme:
        """The labels and levels of its scheme."""
        return SCHEMES[self.scheme]

    @property
    def differs(self) -> bool:
        return self.recommended != self.actual

    @property
    def recommended_words(self) -> str:
        rung = self.rules.rung(self.recommended)
        return rung.label if rung else self.recommended

    @property
    def actual_words(self) -> str:
        rung = self.rules.rung(self.actual)
        return rung.label if rung else self.actual

    @property
    def difference_said(self) -> str:
        """The reason for a difference with its words, or an empty string."""
        return ": ".join(part for part in (self.get_difference_display(), self.difference_words) if part)

    def signed_content(self) -> dict[str, Any]:
        """What the signature stands for: every answer, about whom and when."""
        names = (
            "patient_id episode_id kind scheme decided_on ratings composite instrument_version rater "
            "recommended actual difference difference_words rationale"
        )
        return {name: getattr(self, name) for name in names.split()}
