"""The treatment plan as FHIR R4 shapes: CarePlans, their Goals with targets, services as activities."""

from iop_clinic.fhir import Resource, instant, period, reference, resource
from patients.models import Goal, Intervention, Objective, Patient, TreatmentPlan
from patients.record.plan import plans_of


def plan_resources(patient: Patient) -> list[Resource]:
    """A CarePlan for each version, with its Goals; the last of a running stay is the one that holds."""
    subject, plans = reference("Patient", patient.pk), plans_of(patient)
    last = {plan.episode_id: plan.pk for plan in plans if plan.episode.ended_on is None}
    return [
        made for plan in plans for made in _care_plan(plan, plan.pk == last.get(plan.episode_id), subject)
    ]


def _care_plan(plan: TreatmentPlan, holds: bool, subject: Resource | None) -> list[Resource]:
    problems = list(plan.problems.all())
    goals = [goal for problem in problems for goal in problem.goals.all()]
    objectives = [objective for goal in goals for objective in goal.objectives.all()]
    diagnoses = dict.fromkeys(one.diagnosis_id for one in problems if one.diagnosis_id is not None)
    care_plan = resource(
        "CarePlan",
        plan.pk,
        status="active" if holds else "completed",
        intent="plan",
        title=f"Treatment plan, version {plan.version}",
        subject=subject,
        period=period(plan.effective_on),
        created=instant(plan.signed_at),
        author={"display": plan.signed_by.full_name} if plan.signed_by else None,
        addresses=[reference("Condition", pk) for pk in diagnoses],
        goal=[reference("Goal", goal.pk) for goal in goals],
        activity=[_activity(one) for objective in objectives for one in objective.interventions.all()],
    )
    return [care_plan, *(_goal(goal, subject) for goal in goals)]


def _goal(goal: Goal, subject: Resource | None) -> Resource:
    """Accepted: it was signed. Each objective is a target with its number in words and its day."""
    return resource(
        "Goal",
        goal.pk,
        lifecycleStatus="accepted",
        description={"text": goal.statement},
        subject=subject,
        target=[_target(one) for one in goal.objectives.all()],
    )


def _target(one: Objective) -> Resource:
    words = f"{one.statement} ({one.measured})" if one.measured else one.statement
    return {"measure": {"text": one.statement}, "detailString": words} | (
        {"dueDate": one.target_on.isoformat()} if one.target_on else {}
    )


def _activity(one: Intervention) -> Resource:
    """A service at work for as long as the plan is."""
    detail: Resource = {
        "status": "in-progress",
        "code": {"text": one.service},
        "scheduledString": f"{one.frequency}, {one.minutes} min",
    }
    if one.responsible:
        detail["performer"] = [{"display": one.responsible}]
    return {"detail": detail | ({"description": one.words} if one.words else {})}
