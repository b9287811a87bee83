"""The treatment plan in the record: the one place to say more of it, as tables, sheets and FHIR shapes.

Signed versions only; a draft is no part of the record.
"""

from datetime import datetime

from iop_clinic.fhir import Resource, instant, period, reference, resource
from iop_clinic.paper.sheet import Sheet
from iop_clinic.tables import Table, table_of
from patients.models import Goal, Patient, TreatmentPlan


def plans_of(patient: Patient) -> list[TreatmentPlan]:
    """Signed versions with their goals, the oldest first; two queries."""
    rows = TreatmentPlan.objects.filter(episode__patient=patient, signed_at__isnull=False)
    rows = rows.select_related("episode", "signed_by").prefetch_related("goals")
    return list(rows.order_by("effective_on", "version", "pk"))


def plan_tables(patient: Patient) -> list[Table]:
    plans = plans_of(patient)
    goals: list[tuple[TreatmentPlan, Goal]] = [(plan, goal) for plan in plans for goal in plan.goals.all()]
    return [
        table_of(
            "plans",
            "Treatment plans",
            plans,
            {
                "Version": "version",
                "From": "effective_on",
                "Review due": "review_due_on",
                "Signed by": "signed_by.full_name",
                "Signed": "signed_at",
            },
        ),
        table_of(
            "goals",
            "Goals",
            goals,
            {
                "Plan from": lambda pair: pair[0].effective_on,
                "Version": lambda pair: pair[0].version,
                "Goal": lambda pair: pair[1].position,
                "In your words": lambda pair: pair[1].statement,
            },
        ),
    ]


def plan_sheets(patient: Patient, *, now: datetime) -> list[Sheet]:
    """Sheets of their own; until there are any, the tables are printed."""
    return []


def plan_resources(patient: Patient) -> list[Resource]:
    """A CarePlan for each version, with its Goals; the last of a running stay is the one that holds."""
    subject, plans = reference("Patient", patient.pk), plans_of(patient)
    last = {plan.episode_id: plan.pk for plan in plans if plan.episode.ended_on is None}
    return [
        made for plan in plans for made in _care_plan(plan, plan.pk == last.get(plan.episode_id), subject)
    ]


def _care_plan(plan: TreatmentPlan, holds: bool, subject: Resource | None) -> list[Resource]:
    goals = list(plan.goals.all())
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
        goal=[reference("Goal", goal.pk) for goal in goals],
    )
    return [care_plan, *(_goal(goal, subject) for goal in goals)]


def _goal(goal: Goal, subject: Resource | None) -> Resource:
    """Accepted: it was signed. How it stands is said on the plan's own pages."""
    return resource(
        "Goal", goal.pk, lifecycleStatus="accepted", description={"text": goal.statement}, subject=subject
    )
