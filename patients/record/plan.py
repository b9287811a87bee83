"""The treatment plan in the record: as tables, sheets and FHIR shapes.

Signed versions and signed reviews only; a draft is no part of the record.
"""

from datetime import datetime

from iop_clinic.paper.sheet import Sheet
from iop_clinic.tables import Column, Table, table_of
from patients.models import (
    Goal,
    Intervention,
    Objective,
    ObjectiveReview,
    Patient,
    PlanReview,
    Problem,
    Signature,
    Standing,
    TreatmentPlan,
)
from patients.models.plan import ABOUT_THE_PERSON, WAY_OUT, said_of
from patients.plan_paper import plan_on_paper
from patients.plan_tree import with_parts

BESIDE = "signatures", "reviews__author", "reviews__objectives__objective__goal"


def plans_of(patient: Patient) -> list[TreatmentPlan]:
    """Signed versions with everything below them, the oldest first; a fixed number of queries."""
    mine = TreatmentPlan.objects.signed().filter(episode__patient=patient)
    rows = with_parts(mine.select_related("episode", "signed_by")).prefetch_related(*BESIDE)
    plans = list(rows.order_by("effective_on", "version", "pk"))
    for plan in plans:
        plan.episode.patient = patient
    return plans


def plan_sheets(patient: Patient, *, now: datetime) -> list[Sheet]:
    return [plan_on_paper(plan, now=now) for plan in plans_of(patient)]


def plan_tables(patient: Patient) -> list[Table]:
    """Eight tables: what was agreed, part by part, then what came of it. A query a table."""
    return [_plans(patient), *_parts(patient), *_afterwards(patient)]


def _version(path: str) -> dict[str, Column]:
    return {"Plan from": f"{path}.effective_on", "Version": f"{path}.version"}


def _said(plan: TreatmentPlan) -> str:
    return "\n".join(f"{label}: {words}" for label, words in said_of(plan, ABOUT_THE_PERSON + WAY_OUT))


def _plans(patient: Patient) -> Table:
    rows = TreatmentPlan.objects.signed().filter(episode__patient=patient).select_related("signed_by")
    return table_of(
        "plans",
        "Treatment plans",
        rows.order_by("effective_on", "version", "pk"),
        {
            "Version": "version",
            "Interim": "is_interim",
            "From": "effective_on",
            "Review due": "review_due_on",
            "Estimated weeks": "stay_weeks",
            "About you": _said,
            "Signed by": "signed_by.full_name",
            "Signed": "signed_at",
        },
    )


def _parts(patient: Patient) -> list[Table]:
    mine = {"plan__episode__patient": patient, "plan__signed_at__isnull": False}
    goals = Goal.objects.filter(**mine).select_related("plan", "problem")
    problems = Problem.objects.filter(**mine).select_related("plan", "diagnosis")
    of_goals = {f"goal__{name}": value for name, value in mine.items()}
    objectives = Objective.objects.filter(**of_goals).select_related("goal__plan")
    services = Intervention.objects.filter(**{f"objective__{name}": one for name, one in of_goals.items()})
    number: Column = lambda row: f"{row.goal.position}.{row.position}"  # noqa: E731 (a column)
    return [
        table_of(
            "plan-problems",
            "Problems",
            problems.order_by("plan__effective_on", "plan__version", "position", "pk"),
            _version("plan")
            | {
                "Problem": "position",
                "In words": "statement",
                "Seen in": "evidence",
                "Diagnosis": "diagnosis.code",
                "Status": "status",
            },
        ),
        table_of(
            "goals",
            "Goals",
            goals.order_by("plan__effective_on", "plan__version", "position", "pk"),
            _version("plan")
            | {"Goal": "position", "Problem": "problem.position", "In your words": "statement"},
        ),
        table_of(
            "objectives",
            "Objectives",
            objectives.order_by(
                "goal__plan__effective_on", "goal__plan__version", "goal__position", "position", "pk"
            ),
            _version("goal.plan")
            | {
                "Objective": number,
                "What you will do": "statement",
                "Measured": "measured",
                "By": "target_on",
                "Status": "status",
            },
        ),
        table_of(
            "plan-services",
            "Services of the plan",
            services.select_related("objective__goal__plan", "who").order_by(
                "objective__goal__plan__effective_on", "objective__goal__position", "position", "pk"
            ),
            _version("objective.goal.plan")
            | {
                "Objective": lambda row: f"{row.objective.goal.position}.{row.objective.position}",
                "Service": "service",
                "What is done": "words",
                "How often": "frequency",
                "Minutes": "minutes",
                "By": "responsible",
            },
        ),
    ]


def _of_objective(row: ObjectiveReview | Standing) -> str:
    return f"{row.objective.goal.position}.{row.objective.position}"


def _afterwards(patient: Patient) -> list[Table]:
    reviewed = ObjectiveReview.objects.filter(
        review__plan__episode__patient=patient, review__signed_at__isnull=False
    ).select_related("review__plan", "objective__goal")
    noted = Standing.objects.filter(
        objective__goal__plan__episode__patient=patient, objective__goal__plan__signed_at__isnull=False
    ).select_related("objective__goal__plan", "noted_by")
    return [
        _reviews(patient),
        table_of(
            "reviewed-objectives",
            "Objectives in reviews",
            reviewed.order_by("review__reviewed_on", "pk"),
            {
                "Reviewed": "review.reviewed_on",
                "Objective": _of_objective,
                "Progress": "rating",
                "Now at": "current",
                "Evidence": "evidence",
                "From now on": "status",
                "What changes": "change",
            },
        ),
        table_of(
            "standings",
            "How objectives stood",
            noted.order_by("noted_at", "pk"),
            _version("objective.goal.plan")
            | {
                "Objective": _of_objective,
                "Progress": "progress",
                "At": "current",
                "Noted": "noted_at",
                "By": "noted_by.full_name",
            },
        ),
        _signatures(patient),
    ]


def _reviews(patient: Patient) -> Table:
    rows = PlanReview.objects.filter(plan__episode__patient=patient, signed_at__isnull=False)
    return table_of(
        "plan-reviews",
        "Reviews of the plan",
        rows.select_related("plan", "author").order_by("reviewed_on", "pk"),
        _version("plan")
        | {
            "Reviewed": "reviewed_on",
            "Who took part": "participants",
            "In short": "summary",
            "Next review": "next_review_on",
            "Signed by": "author.full_name",
            "Signed": "signed_at",
        },
    )


def _signatures(patient: Patient) -> Table:
    rows = Signature.objects.filter(plan__episode__patient=patient, plan__signed_at__isnull=False)
    return table_of(
        "plan-signatures",
        "Signatures of plans",
        rows.select_related("plan").order_by("signed_at", "pk"),
        _version("plan")
        | {
            "Name": "signed_name",
            "Signed as": "part",
            "Credential": "credential",
            "How": "way",
            "Why not": "reason",
            "At": "signed_at",
        },
    )
