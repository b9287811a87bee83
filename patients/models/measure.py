"""Measures: one answering of one version of one instrument, and its score."""

import uuid
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.patient import Patient


class Moment(models.TextChoices):
    """When in a stay a rule asks, the rarer one last."""

    WEEKLY = "weekly", "Every week"
    FOUR_WEEKLY = "four_weekly", "Every four weeks"
    INTAKE = "intake", "At intake"
    DISCHARGE = "discharge", "At discharge"


class ResponseQuerySet(models.QuerySet["Response"]):
    def waiting(self) -> "ResponseQuerySet":
        """Asked for and not yet finished."""
        return self.filter(state__in=[Response.State.DUE, Response.State.STARTED])

    def scored(self) -> "ResponseQuerySet":
        return self.filter(state=Response.State.COMPLETE)

    def missed(self) -> "ResponseQuerySet":
        return self.filter(state=Response.State.MISSED)


ANSWERED = (
    "patient_id",
    "instrument_code",
    "instrument_version",
    "due_on",
    "state",
    "mode",
    "answers",
    "total",
    "scores",
    "outcome",
    "band",
    "algorithm_version",
    "entered_by_id",
    "finished_at",
)


class Response(models.Model):
    """Answers by item id, kept raw, with the version of the instrument and of the scoring.

    A result (total, subscales, outcome: what the instrument has) exists exactly when it is complete.
    """

    class State(models.TextChoices):
        DUE = "due", "Due"
        STARTED = "started", "Started"
        COMPLETE = "complete", "Complete"
        INCOMPLETE = "incomplete", "Incomplete"
        MISSED = "missed", "Missed"

    class Mode(models.TextChoices):
        STAFF = "staff", "Entered by staff"
        PAPER = "paper", "On paper, typed in"
        TABLET = "tablet", "On the clinic’s tablet"
        PORTAL = "portal", "Answered in the portal"

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="For portal addresses."
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="responses")
    instrument_code = models.CharField(max_length=20)
    instrument_version = models.CharField(max_length=20)
    due_on = models.DateField()
    moment = models.CharField(
        max_length=12,
        choices=Moment,
        blank=True,
        editable=False,
        help_text="Empty when someone asked by hand.",
    )
    week_on = models.DateField(
        null=True, editable=False, help_text="First day of the week it is asked in, where a rule asked."
    )
    state = models.CharField(max_length=12, choices=State, default=State.DUE)
    mode = models.CharField(max_length=8, choices=Mode, blank=True)
    answers = models.JSONField(default=dict, help_text="Item id to value; an unanswered item is absent.")
    total = models.DecimalField(max_digits=5, decimal_places=1, null=True, editable=False)
    scores = models.JSONField(default=dict, editable=False, help_text="Subscale id to score.")
    outcome = models.CharField(max_length=30, blank=True, editable=False, help_text="A result in a word.")
    band = models.CharField(max_length=30, blank=True, editable=False)
    algorithm_version = models.CharField(max_length=20, blank=True, editable=False)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="complete") | Q(total__isnull=True, scores={}, outcome="", band=""),
                name="response_result_only_when_complete",
            ),
            # Some instruments have no total: their result is subscales, or a word.
            models.CheckConstraint(
                condition=~Q(state="complete") | Q(total__isnull=False) | ~Q(scores={}) | ~Q(outcome=""),
                name="response_complete_has_a_result",
            ),
            models.CheckConstraint(
                condition=Q(total__isnull=False) | Q(band=""), name="response_band_is_of_a_total"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["complete", "incomplete"], finished_at__isnull=False)
                | Q(state__in=["due", "started", "missed"], finished_at__isnull=True),
                name="response_finished_has_an_instant",
            ),
            models.UniqueConstraint(
                fields=["patient", "instrument_code", "due_on"], name="response_asked_once_a_day"
            ),
            # A booking that moves between two runs of the bell moves the day, not the week.
            models.UniqueConstraint(
                fields=["patient", "instrument_code", "week_on"],
                condition=Q(week_on__isnull=False),
                name="response_asked_by_rule_once_a_week",
            ),
            models.CheckConstraint(
                condition=Q(moment="", week_on__isnull=True)
                | ~Q(moment="") & Q(week_on__isnull=False, due_on__gte=F("week_on")),
                name="response_asked_by_rule_has_its_week",
            ),
            models.CheckConstraint(
                condition=~Q(state="missed") | ~Q(moment=""), name="response_missed_was_asked_by_rule"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "instrument_code", "-finished_at"], name="response_trend"),
            models.Index(
                fields=["patient"], condition=Q(state__in=["due", "started"]), name="response_waiting"
            ),
            models.Index(
                fields=["patient", "instrument_code", "due_on"],
                condition=Q(state="missed"),
                name="response_missed",
            ),
        ]
        triggers = [
            # What was answered and what came of it stay; a new answer is a new response.
            pgtrigger.Protect(
                name="finished_stays",
                operation=pgtrigger.UpdateOf(*ANSWERED) | pgtrigger.Delete,
                condition=pgtrigger.Q(old__finished_at__isnull=False),
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Response {self.pk}"

    @property
    def is_missed(self) -> bool:
        return self.state == self.State.MISSED

    @property
    def results(self) -> dict[str, Decimal]:
        """The total under "total" where there is one, and each subscale under its id."""
        total = {} if self.total is None else {"total": Decimal(self.total)}
        return total | {key: Decimal(str(value)) for key, value in self.scores.items()}
