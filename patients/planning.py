"""The treatment plan: drafted, signed, from then on frozen; a change is a new version.

Shape and rules: domain reference 5.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, ProtectedError

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Episode, Goal, TreatmentPlan
from patients.scoring import load_instruments

MOST_GOALS = 9


@dataclass(frozen=True)
class GoalDraft:
    """One goal as typed: the wish in the person's words, and what shows that it is coming nearer."""

    statement: str
    objective: str
    target_on: date
    instrument_code: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None


@transaction.atomic
def draft_plan(
    *, actor: User, episode: Episode, effective_on: date, review_due_on: date, goals: Sequence[GoalDraft]
) -> TreatmentPlan:
    """Write the unsigned version of the plan: the draft there is, or a new one after the last signed.

    Refused 422 for what was typed, 409 where a note already names a goal that would go.
    """
    held = Episode.objects.select_for_update(no_key=True).get(pk=episode.pk)
    _check(goals)
    plan = held.plans.filter(signed_at__isnull=True).first()
    backwards = Refused(
        "The review is due after the plan starts.", status=422, review_due_on="After the plan starts."
    )
    with refused_by(plan_review_after_it_starts=backwards):
        if plan is None:
            last = held.plans.aggregate(last=Max("version"))["last"] or 0
            plan = TreatmentPlan.objects.create(
                episode=held, version=last + 1, effective_on=effective_on, review_due_on=review_due_on
            )
        else:
            plan.effective_on, plan.review_due_on = effective_on, review_due_on
            plan.save(update_fields=["effective_on", "review_due_on"])
    _write_goals(plan, goals)
    record(actor, "patients.draft_plan", plan, version=plan.version, goals=len(goals))
    return plan


def _check(goals: Sequence[GoalDraft]) -> None:
    if not 1 <= len(goals) <= MOST_GOALS:
        raise Refused(f"A plan has 1 to {MOST_GOALS} goals.", status=422)
    for goal in goals:
        if not goal.statement.strip() or not goal.objective.strip():
            raise Refused("Each goal needs the person's words and a measurable objective.", status=422)
        if goal.instrument_code and goal.instrument_code not in load_instruments():
            raise Refused("Choose the measure from the list.", status=422)


def _write_goals(plan: TreatmentPlan, goals: Sequence[GoalDraft]) -> None:
    try:
        plan.goals.filter(position__gt=len(goals)).delete()
    except ProtectedError as error:
        raise Refused("A note names a goal you took out. Keep it, or sign and make a new version.") from error
    for position, goal in enumerate(goals, start=1):
        Goal.objects.update_or_create(
            plan=plan,
            position=position,
            defaults={
                "statement": goal.statement.strip(),
                "objective": goal.objective.strip(),
                "target_on": goal.target_on,
                "instrument_code": goal.instrument_code,
                "baseline": goal.baseline,
                "target": goal.target,
            },
        )


@transaction.atomic
def sign_plan(*, actor: User, plan: TreatmentPlan, now: datetime) -> TreatmentPlan:
    """Sign a draft; from here PostgreSQL refuses any change. Refused 409 when signed or empty."""
    held = TreatmentPlan.objects.select_for_update().get(pk=plan.pk)
    if held.signed_at is not None:
        raise Refused("This version is already signed. Make a new version to change it.")
    if not held.goals.exists():
        raise Refused("A plan needs at least one goal before it is signed.")
    held.signed_at, held.signed_by = now, actor
    held.save(update_fields=["signed_at", "signed_by"])
    record(actor, "patients.sign_plan", held, version=held.version)
    return held


@transaction.atomic
def note_progress(*, actor: User, goal: Goal, progress: str, current: Decimal | None = None) -> Goal:
    """Say how a goal of the plan stands now: on track, slow or met, and where the count is."""
    if progress not in Goal.Progress.values:
        raise Refused("Choose how the goal stands.", status=422, progress="Choose one.")
    held = Goal.objects.select_for_update(no_key=True).get(pk=goal.pk)
    held.progress, held.current = progress, current
    held.save(update_fields=["progress", "current"])
    record(actor, "patients.note_progress", held)
    return held


def plan_in_force(episode: Episode, day: date) -> TreatmentPlan | None:
    """The latest signed version that has begun by `day`."""
    return episode.plans.filter(signed_at__isnull=False, effective_on__lte=day).order_by("-version").first()
