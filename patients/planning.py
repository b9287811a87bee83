"""The treatment plan as it is written: a draft of the whole, kept as it is typed until someone signs it.

Shape and rules: domain reference 5.1. A draft may be incomplete; signing asks for what is missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Diagnosis, Episode, Goal, Intervention, Objective, Problem, TreatmentPlan
from patients.models.plan import ABOUT_THE_PERSON, WAY_OUT
from patients.plan_tree import Tree, clear
from patients.scoring import load_instruments

MOST_PROBLEMS, MOST_GOALS, MOST_OBJECTIVES, MOST_INTERVENTIONS = 8, 5, 5, 6


@dataclass(frozen=True)
class InterventionDraft:
    """What the clinic does: `times` in every `every` weeks or months, `minutes` each."""

    kind: str = Intervention.Kind.GROUP
    words: str = ""
    group_name: str = ""
    times: int = 1
    every: int = 1
    period: str = Intervention.Period.WEEK
    minutes: int = 60
    who: User | None = None
    credential: str = ""


@dataclass(frozen=True)
class ObjectiveDraft:
    """What the person does and the number that shows it. `thread` is that of an earlier version."""

    statement: str = ""
    target_on: date | None = None
    instrument_code: str = ""
    unit: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None
    status: str = Objective.Status.NEW
    thread: UUID | None = None
    interventions: tuple[InterventionDraft, ...] = ()


@dataclass(frozen=True)
class GoalDraft:
    statement: str = ""
    objectives: tuple[ObjectiveDraft, ...] = ()


@dataclass(frozen=True)
class ProblemDraft:
    statement: str = ""
    evidence: str = ""
    diagnosis: Diagnosis | None = None
    status: str = Problem.Status.ACTIVE
    goals: tuple[GoalDraft, ...] = ()


@dataclass(frozen=True)
class PlanDraft:
    """The whole plan as typed; `words` are the plain fields of the plan by name."""

    effective_on: date
    review_due_on: date
    problems: tuple[ProblemDraft, ...] = ()
    is_interim: bool = False
    stay_weeks: int | None = None
    words: dict[str, str] = field(default_factory=dict)

    def objectives(self) -> Iterator[ObjectiveDraft]:
        for problem in self.problems:
            for goal in problem.goals:
                yield from goal.objectives


@transaction.atomic
def draft_plan(*, actor: User, episode: Episode, draft: PlanDraft) -> TreatmentPlan:
    """Write the unsigned version of the plan: the draft there is, or a new one after the last signed.

    Refused 422 for what was typed; what is only missing is asked for by signing.
    """
    held = Episode.objects.select_for_update(no_key=True).get(pk=episode.pk)
    _check(held, draft)
    plan = held.plans.drafts().first() or TreatmentPlan(episode=held, version=_next_version(held))
    plan.effective_on, plan.review_due_on = draft.effective_on, draft.review_due_on
    plan.is_interim, plan.stay_weeks = draft.is_interim, draft.stay_weeks
    for name, words in draft.words.items():
        setattr(plan, name, words.strip())
    backwards = Refused(
        "The review is due after the plan starts.", status=422, review_due_on="After the plan starts."
    )
    with refused_by(
        plan_review_after_it_starts=backwards,
        plan_stay_is_within_two_years=Refused("A stay is 1 to 104 weeks.", status=422),
    ):
        plan.save()
    _write_parts(plan, draft)
    record(actor, "patients.draft_plan", plan, version=plan.version, problems=len(draft.problems))
    return plan


def _next_version(episode: Episode) -> int:
    return (episode.plans.aggregate(last=Max("version"))["last"] or 0) + 1


def _check(episode: Episode, draft: PlanDraft) -> None:
    if len(draft.problems) > MOST_PROBLEMS:
        raise Refused(f"A plan has at most {MOST_PROBLEMS} problems.", status=422)
    for problem in draft.problems:
        if problem.diagnosis is not None and problem.diagnosis.episode_id != episode.pk:
            raise Refused("Choose a diagnosis of this stay.", status=422)
    for objective in draft.objectives():
        if objective.instrument_code and objective.instrument_code not in load_instruments():
            raise Refused("Choose the measure from the list.", status=422)


def _write_parts(plan: TreatmentPlan, draft: PlanDraft) -> None:
    """Everything below the draft anew: it is not signed, so nothing refers to it yet."""
    known = set(
        Objective.objects.filter(goal__plan__episode=plan.episode_id).values_list("thread", flat=True)
    )
    clear(plan)
    tree = Tree()
    for problem in draft.problems:
        kept = tree.add(Problem(plan=plan, **_columns(problem)))
        for goal in problem.goals:
            wish = tree.add(Goal(plan=plan, problem=kept, **_columns(goal)))
            for objective in goal.objectives:
                columns = _columns(objective)
                if columns["thread"] not in known:
                    columns["thread"] = uuid4()
                aim = tree.add(Objective(goal=wish, **columns))
                for service in objective.interventions:
                    tree.add(Intervention(objective=aim, **_columns(service)))
    with refused_by(
        objective_is_measured_one_way=Refused(
            "Measure an objective by a questionnaire or count it, not both.", status=422
        ),
        objective_thread_once=Refused("The same objective stands twice under one goal.", status=422),
        intervention_comes_this_often=Refused("A service comes 1 to 14 times.", status=422),
        intervention_lasts_minutes=Refused("A service lasts 5 to 480 minutes.", status=422),
        intervention_of_another_kind_has_words=Refused("Say what the other service is.", status=422),
    ):
        tree.save()


def _columns(drafted: Any) -> dict[str, Any]:
    """The row's own columns, words trimmed; what hangs below it is not one."""
    said = {one.name: getattr(drafted, one.name) for one in fields(drafted)}
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in said.items()
        if not isinstance(value, tuple)
    }


PLAN_WORDS = ABOUT_THE_PERSON + WAY_OUT


def draft_of(plan: TreatmentPlan, statuses: Mapping[int, str] | None = None) -> PlanDraft:
    """A written plan as a draft again: what a new version is carried over from.

    `statuses` by objective id say how objectives stand now, where a review has said so.
    """
    now = statuses or {}
    return PlanDraft(
        effective_on=plan.effective_on,
        review_due_on=plan.review_due_on,
        is_interim=plan.is_interim,
        stay_weeks=plan.stay_weeks,
        words={name: getattr(plan, name) for name in PLAN_WORDS},
        problems=tuple(_problem_of(problem, now) for problem in plan.problems.all()),
    )


def _problem_of(problem: Problem, now: Mapping[int, str]) -> ProblemDraft:
    goals = tuple(
        GoalDraft(goal.statement, tuple(_objective_of(objective, now) for objective in goal.objectives.all()))
        for goal in problem.goals.all()
    )
    return ProblemDraft(**_same(problem, ProblemDraft, "goals"), goals=goals)


def _objective_of(objective: Objective, now: Mapping[int, str]) -> ObjectiveDraft:
    said = _same(objective, ObjectiveDraft, "interventions")
    said["status"] = now.get(objective.pk, objective.status)
    services = tuple(
        InterventionDraft(**_same(service, InterventionDraft)) for service in objective.interventions.all()
    )
    return ObjectiveDraft(**said, interventions=services)


def _same(row: Any, shape: Any, *besides: str) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(shape) if one.name not in besides}


def plan_in_force(episode: Episode, day: date) -> TreatmentPlan | None:
    """The latest signed version that has begun by `day`."""
    return episode.plans.in_force_on(day).first()
