"""Follow-ups: something a named person must do for a patient by a time, closed with an outcome."""

from datetime import datetime, timedelta

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.measure import Response
from patients.models.patient import Patient

CALLS_AHEAD = timedelta(days=7)
CLOSED = (
    "patient_id",
    "kind",
    "level",
    "trigger_code",
    "response_id",
    "subject_id",
    "summary",
    "due_at",
    "closed_at",
    "closed_by_id",
    "outcome_kind",
    "outcome",
)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> "FollowUpQuerySet":
        return self.filter(closed_at__isnull=True)

    def overdue(self, now: datetime) -> "FollowUpQuerySet":
        return self.open().filter(due_at__lte=now)

    def in_sight(self, now: datetime) -> "FollowUpQuerySet":
        """Open, less the calls after discharge that are more than a week ahead."""
        later = Q(kind=FollowUp.Kind.AFTER_DISCHARGE, due_at__gt=now + CALLS_AHEAD)
        return self.open().exclude(later)


class FollowUp(models.Model):
    """Opened once per trigger of a response; it cannot be closed without saying what came of it."""

    class Kind(models.TextChoices):
        RISK = "risk", "Risk"
        OUTREACH = "outreach", "Missed session"
        MEASURES = "measures", "Missed measures"
        AFTER_DISCHARGE = "after_discharge", "Call after discharge"

    class Level(models.TextChoices):
        """By how soon someone must act; the last is the worst (domain reference 6.8)."""

        WATCH = "watch", "By the next business day"
        ELEVATED = "elevated", "Today, before they leave"
        HIGH = "high", "Same visit, or a call within 1 hour"
        CRITICAL = "critical", "Now, do not leave alone"

    class Outcome(models.TextChoices):
        SAFE = "safe", "Assessed: no present risk"
        SAFETY_PLAN = "safety_plan", "Safety plan made or gone over"
        MORE_CARE = "more_care", "Went to more care: crisis, hospital, step up"
        PLAN_CHANGED = "plan_changed", "Plan or medication changed"
        NO_CHANGE = "no_change", "Looked at, nothing to change"
        REPORTED = "reported", "Reported as the law asks"
        REACHED = "reached", "Reached"
        MESSAGE_LEFT = "message_left", "Message left"
        NOT_REACHED = "not_reached", "Could not be reached"
        WELFARE_CHECK = "welfare_check", "Welfare check asked for"
        DECLINED = "declined", "Did not want to talk"
        WRONG_NUMBER = "wrong_number", "Wrong number"
        MISTAKE = "mistake", "Opened by mistake"
        ENDED = "ended", "Ended with the discharge"
        UNSORTED = "unsorted", "Closed before outcomes had kinds"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="follow_ups")
    kind = models.CharField(max_length=20, choices=Kind)
    level = models.CharField(max_length=10, choices=Level, default=Level.ELEVATED)
    trigger_code = models.CharField(max_length=40, help_text="For example phq9.item9.")
    response = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="follow_ups")
    subject_id = models.BigIntegerField(null=True, help_text="For example the missed booking.")
    summary = models.CharField(max_length=200)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    outcome_kind = models.CharField(max_length=15, choices=Outcome, blank=True)
    outcome = models.CharField(max_length=500, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = "follow-up"
        verbose_name_plural = "follow-ups"
        constraints = [
            models.UniqueConstraint(
                fields=["response", "trigger_code"],
                condition=Q(response__isnull=False),
                name="follow_up_once_per_response_trigger",
            ),
            models.UniqueConstraint(
                fields=["trigger_code", "subject_id"],
                condition=Q(subject_id__isnull=False),
                name="follow_up_once_per_subject_trigger",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="") & ~Q(outcome_kind="")
                ),
                name="follow_up_closed_with_an_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "due_at"], condition=Q(closed_at__isnull=True), name="follow_up_open_by_due"
            ),
            models.Index(
                fields=["owner", "due_at"],
                condition=Q(closed_at__isnull=True),
                name="follow_up_open_by_owner",
            ),
            models.Index(fields=["site", "-closed_at"], name="follow_up_closed"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="closed_stays",
                operation=pgtrigger.UpdateOf(*CLOSED) | pgtrigger.Delete,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Follow-up {self.pk}"

    @property
    def is_urgent(self) -> bool:
        """It cannot wait until its owner happens to look."""
        return self.level in (self.Level.HIGH, self.Level.CRITICAL)


OUTCOMES: dict[str, tuple[FollowUp.Outcome, ...]] = {
    FollowUp.Kind.RISK: (
        FollowUp.Outcome.SAFE,
        FollowUp.Outcome.SAFETY_PLAN,
        FollowUp.Outcome.MORE_CARE,
        FollowUp.Outcome.PLAN_CHANGED,
        FollowUp.Outcome.NO_CHANGE,
        FollowUp.Outcome.REPORTED,
        FollowUp.Outcome.NOT_REACHED,
        FollowUp.Outcome.WELFARE_CHECK,
        FollowUp.Outcome.MISTAKE,
    ),
    FollowUp.Kind.OUTREACH: (
        FollowUp.Outcome.REACHED,
        FollowUp.Outcome.MESSAGE_LEFT,
        FollowUp.Outcome.NOT_REACHED,
        FollowUp.Outcome.DECLINED,
        FollowUp.Outcome.WRONG_NUMBER,
        FollowUp.Outcome.WELFARE_CHECK,
        FollowUp.Outcome.MISTAKE,
    ),
    FollowUp.Kind.MEASURES: (
        FollowUp.Outcome.REACHED,
        FollowUp.Outcome.PLAN_CHANGED,
        FollowUp.Outcome.NO_CHANGE,
        FollowUp.Outcome.DECLINED,
        FollowUp.Outcome.MESSAGE_LEFT,
        FollowUp.Outcome.NOT_REACHED,
        FollowUp.Outcome.MISTAKE,
    ),
    FollowUp.Kind.AFTER_DISCHARGE: (
        FollowUp.Outcome.REACHED,
        FollowUp.Outcome.MESSAGE_LEFT,
        FollowUp.Outcome.NOT_REACHED,
        FollowUp.Outcome.DECLINED,
        FollowUp.Outcome.WRONG_NUMBER,
        FollowUp.Outcome.MISTAKE,
    ),
}
"""What a person may say came of each kind."""


class Escalation(models.Model):
    """A follow-up nobody closed in time, put before someone above its owner. Once for each step."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="escalations")
    step = models.PositiveSmallIntegerField()
    to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["follow_up", "step"], name="escalation_once_per_step")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Escalation {self.pk}"


class Span(Func):
    """tstzrange(from, to): the first instant inside, the last one out."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class OnCall(models.Model):
    """Who takes what cannot wait, from one instant to another; one person a site at a time."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["from_at"]
        verbose_name_plural = "on call"
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="on_call_ends_after_it_starts"),
            ExclusionConstraint(
                name="on_call_one_at_a_time",
                expressions=[
                    ("site", RangeOperators.EQUAL),
                    (Span("from_at", "to_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"On call {self.pk}"
