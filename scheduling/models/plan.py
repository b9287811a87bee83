"""A run of the planner over one site's week: asked for, worked on by one worker, looked at, then accepted.

The row is the truth (reliability notes, 5): who works on it holds a short lease by the database's clock.
What it found is kept as numbers alone; names are looked up when a person reads it.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import Week


class PlanRun(models.Model):
    class Kind(models.TextChoices):
        WHOLE = "whole", "Whole clinic"
        REPAIR = "repair", "Repair"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to begin"
        RUNNING = "running", "Planning"
        DONE = "done", "Ready to look at"
        CANCELLED = "cancelled", "Stopped"
        FAILED = "failed", "Not finished"
        ACCEPTED = "accepted", "Accepted"
        EXPIRED = "expired", "Too old"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    week_on = models.DateField("first day of the week")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WHOLE)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    seconds = models.PositiveSmallIntegerField(help_text="How long it may look for something better.")
    seed = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    lease_by = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    rounds = models.PositiveIntegerField(default=0, editable=False)
    before = models.JSONField(default=dict, editable=False, help_text="The week it began from, as numbers.")
    best = models.JSONField(default=dict, editable=False, help_text="The best week so far, as numbers.")
    substitutes = models.JSONField(default=dict, editable=False, help_text="Who leads which session instead.")
    cost = models.JSONField(default=dict, editable=False, help_text="Points by what they are for.")
    below = models.PositiveSmallIntegerField(null=True, editable=False, help_text="People below their hours.")
    told = models.JSONField(default=dict, editable=False, help_text="Why who lacks something, by patient.")
    openings = models.JSONField(
        null=True, editable=False, help_text="What to open next, best first; null while nobody looked."
    )
    ended_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            # A worker with two children always has one left for messages.
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="plan_run_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["site", "week_on", "kind"],
                condition=Q(state__in=["queued", "running"]),
                name="plan_run_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="plan_run_leased_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", accepted_by__isnull=False)
                | (~Q(state="accepted") & Q(accepted_by__isnull=True)),
                name="plan_run_accepted_by_someone",
            ),
            # The points of a repair hold people near their week: they price nothing.
            models.CheckConstraint(
                condition=Q(kind="whole") | Q(openings__isnull=True), name="plan_run_whole_says_what_to_open"
            ),
        ]

    def __str__(self) -> str:
        return f"Plan run {self.pk}"

    @property
    def week(self) -> Week:
        return Week(self.week_on)

    @property
    def is_busy(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def can_be_accepted(self) -> bool:
        """Also what was found before it was stopped."""
        return self.state in (self.State.DONE, self.State.CANCELLED) and bool(self.best)
