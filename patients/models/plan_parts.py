"""What a plan is made of: problem, goal in the person's words, measurable objective, intervention.

Everything below a signed version is frozen with it, insertion included (domain reference 5.1).
"""

import uuid
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.episode import Diagnosis
from patients.models.plan import TreatmentPlan
from patients.scoring import load_instruments


def _stays_with(plans: str, also: str = "") -> pgtrigger.Trigger:
    """No row comes, changes or goes under a signed plan; `plans` is the array of plans touched.

    The plan is held while it is looked at: a signature at the same instant comes wholly before or after.
    """
    return pgtrigger.Trigger(
        name="signed_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            PERFORM 1 FROM patients_treatmentplan WHERE id = ANY({plans}) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM patients_treatmentplan WHERE signed_at IS NOT NULL AND id = ANY({plans})
            ) THEN
                RAISE EXCEPTION 'pgtrigger: a signed plan stays as it is';
            END IF;
            {also}
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


# Arrays, each looked up once: a join of tables PostgreSQL has not counted yet may go through all of them.
OF_GOALS = "ARRAY(SELECT plan_id FROM patients_goal WHERE id = ANY(ARRAY[OLD.goal_id, NEW.goal_id]))"
OF_OBJECTIVES = """ARRAY(SELECT plan_id FROM patients_goal WHERE id = ANY(ARRAY(
                SELECT goal_id FROM patients_objective
                WHERE id = ANY(ARRAY[OLD.objective_id, NEW.objective_id]))))"""
SAME_PLAN = """
            IF TG_OP <> 'DELETE' AND NOT EXISTS (
                SELECT 1 FROM patients_problem WHERE id = NEW.problem_id AND plan_id = NEW.plan_id
            ) THEN
                RAISE EXCEPTION 'pgtrigger: a goal belongs to a problem of its own plan';
            END IF;"""


def in_digits(number: Decimal) -> str:
    """9 or 4.5: no zeros after the point."""
    return f"{float(number):g}"


class Problem(models.Model):
    """What is to change, on what evidence, and the diagnosis it belongs to."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        DEFERRED = "deferred", "Deferred"
        RESOLVED = "resolved", "Resolved"

    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="problems")
    position = models.PositiveSmallIntegerField()
    statement = models.CharField("problem", max_length=300, blank=True)
    evidence = models.TextField("seen in", max_length=1000, blank=True)
    diagnosis = models.ForeignKey(
        Diagnosis, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="problem_position_once"),
        ]
        triggers = [_stays_with("ARRAY[OLD.plan_id, NEW.plan_id]"), NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"Problem {self.position}"

    @property
    def audit_patient_id(self) -> int:
        return self.plan.episode.patient_id


class Goal(models.Model):
    """What the person wants, in their own words. Numbered through the whole plan."""

    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="goals")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="goals")
    position = models.PositiveSmallIntegerField()
    statement = models.CharField("in their own words", max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="goal_position_once"),
        ]
        triggers = [_stays_with("ARRAY[OLD.plan_id, NEW.plan_id]", SAME_PLAN), NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"Goal {self.position}"

    @property
    def audit_patient_id(self) -> int:
        return self.plan.episode.patient_id


class Objective(models.Model):
    """What the person does, the number that shows it, and by when. `thread` is the same in every version."""

    class Status(models.TextChoices):
        NEW = "new", "New"
        IN_PROGRESS = "in_progress", "In progress"
        MET = "met", "Met"
        PARTLY_MET = "partly_met", "Partly met"
        NOT_MET = "not_met", "Not met"
        REVISED = "revised", "Revised"
        DISCONTINUED = "discontinued", "Discontinued"

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="objectives")
    position = models.PositiveSmallIntegerField()
    thread = models.UUIDField(default=uuid.uuid4, editable=False)
    statement = models.CharField("what they will do", max_length=300, blank=True)
    instrument_code = models.CharField("measured by", max_length=20, blank=True)
    unit = models.CharField("counted in", max_length=60, blank=True)
    baseline = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    target = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.NEW)

    class Meta:
        ordering = ["goal__position", "position"]
        constraints = [
            models.UniqueConstraint(fields=["goal", "position"], name="objective_position_once"),
            models.UniqueConstraint(fields=["goal", "thread"], name="objective_thread_once"),
            models.CheckConstraint(
                condition=Q(instrument_code="") | Q(unit=""), name="objective_is_measured_one_way"
            ),
        ]
        indexes = [models.Index(fields=["thread"], name="objective_thread")]
        triggers = [_stays_with(OF_GOALS), NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"Objective {self.position}"

    @property
    def measured(self) -> str:
        """ "PHQ-9 from 20 to 9", "1 to 5 nights a week"; empty without a number to reach."""
        if self.target is None:
            return ""
        reach = in_digits(self.target)
        if self.baseline is not None:
            reach = f"{in_digits(self.baseline)} to {reach}"
        instrument = load_instruments().get(self.instrument_code)
        if instrument is not None:
            return f"{instrument.name} {'from ' if self.baseline is not None else ''}{reach}"
        return f"{reach} {self.unit}".strip()

    @property
    def audit_patient_id(self) -> int:
        return self.goal.plan.episode.patient_id


OPEN_STATUSES = (Objective.Status.NEW, Objective.Status.IN_PROGRESS, Objective.Status.PARTLY_MET)


class Intervention(models.Model):
    """What the clinic does toward an objective: how often, how long, and who. Kinds are those of sessions."""

    class Kind(models.TextChoices):
        GROUP = "group", "Group"
        PSYCHOEDUCATION = "psychoeducation", "Education"
        INDIVIDUAL = "individual", "Individual"
        FAMILY = "family", "Family"
        MEDICATION = "medication", "Medication visit"
        ACTIVITY = "activity", "Activity"
        ASSESSMENT = "assessment", "Assessment"
        OTHER = "other", "Something else"

    class Period(models.TextChoices):
        WEEK = "week", "week"
        MONTH = "month", "month"

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="interventions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField("service", max_length=16, choices=Kind, default=Kind.GROUP)
    words = models.CharField("what is done", max_length=160, blank=True)
    group_name = models.CharField("which group", max_length=80, blank=True)
    times = models.PositiveSmallIntegerField(default=1)
    every = models.PositiveSmallIntegerField(default=1, help_text="Every how many weeks or months.")
    period = models.CharField(max_length=5, choices=Period, default=Period.WEEK)
    minutes = models.PositiveSmallIntegerField(default=60)
    who = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    credential = models.CharField("or a credential", max_length=20, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["objective", "position"], name="intervention_position_once"),
            models.CheckConstraint(
                condition=Q(times__gte=1, times__lte=14, every__gte=1, every__lte=12),
                name="intervention_comes_this_often",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480), name="intervention_lasts_minutes"
            ),
            models.CheckConstraint(
                condition=~Q(kind="other") | ~Q(words=""), name="intervention_of_another_kind_has_words"
            ),
        ]
        triggers = [_stays_with(OF_OBJECTIVES), NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"Intervention {self.position}"

    @property
    def service(self) -> str:
        """ "Group, DBT skills" or "Individual"; another kind says its own words."""
        if self.kind == self.Kind.OTHER:
            return self.words
        return f"{self.get_kind_display()}, {self.group_name}" if self.group_name else self.get_kind_display()

    @property
    def frequency(self) -> str:
        """ "3 times a week", "once every 2 weeks", "twice a month"."""
        times = {1: "once", 2: "twice"}.get(self.times, f"{self.times} times")
        per = f"a {self.period}" if self.every == 1 else f"every {self.every} {self.period}s"
        return f"{times} {per}"

    @property
    def responsible(self) -> str:
        return self.who.full_name if self.who else self.credential

    @property
    def audit_patient_id(self) -> int:
        return self.objective.goal.plan.episode.patient_id
