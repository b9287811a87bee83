"""A plan with everything below it: read and written in a fixed number of queries, said as one content."""

from datetime import date
from typing import Any, TypeVar

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from patients.models import (
    Episode,
    Goal,
    Intervention,
    Objective,
    ObjectiveReview,
    PlanReview,
    Problem,
    Standing,
    TreatmentPlan,
)

PARTS = "problems__diagnosis", "problems__goals__objectives__interventions__who"
Part = TypeVar("Part", Problem, Goal, Objective, Intervention)


class Tree:
    """Parts of drafts, placed in their order and saved level by level."""

    def __init__(self) -> None:
        self.rows: dict[Any, list[Any]] = {Problem: [], Goal: [], Objective: [], Intervention: []}
        self.counted: dict[tuple[Any, int], int] = {}

    def add(self, row: Part) -> Part:
        """The next of its kind: goals are numbered through the plan, the rest under what they belong to."""
        above = {Problem: "plan", Goal: "plan", Objective: "goal", Intervention: "objective"}[type(row)]
        place = (type(row), id(getattr(row, above)))
        row.position = self.counted[place] = self.counted.get(place, 0) + 1
        self.rows[type(row)].append(row)
        return row

    def save(self) -> None:
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows)


def clear(plan: TreatmentPlan) -> None:
    """Everything below a draft goes."""
    Intervention.objects.filter(objective__goal__plan=plan).delete()
    Objective.objects.filter(goal__plan=plan).delete()
    plan.goals.all().delete()
    plan.problems.all().delete()


def with_parts(plans: QuerySet[TreatmentPlan]) -> QuerySet[TreatmentPlan]:
    """Problems, goals, objectives and interventions along: seven queries, however many plans."""
    return plans.prefetch_related(*PARTS)


def review_due_on(plan: str = "pk", fallback: str = "review_due_on") -> Coalesce:
    """The next review as the last signed review set it, else as the plan did; `plan` leads to the plan."""
    reviews = PlanReview.objects.filter(plan=OuterRef(plan), signed_at__isnull=False)
    last = reviews.order_by("-reviewed_on", "-pk").values("next_review_on")[:1]
    return Coalesce(Subquery(last), F(fallback))


def standing(objectives: QuerySet[Objective]) -> QuerySet[Any]:
    """Adds how each stands: the last `progress` and `current` noted, and `status_now` of the last review."""
    noted = Standing.objects.filter(objective=OuterRef("pk")).order_by("-noted_at", "-pk")
    reviewed = ObjectiveReview.objects.filter(objective=OuterRef("pk"), review__signed_at__isnull=False)
    last = reviewed.order_by("-review__reviewed_on", "-review").values("status")[:1]
    return objectives.annotate(
        progress=Subquery(noted.values("progress")[:1]),
        current=Subquery(noted.values("current")[:1]),
        status_now=Coalesce(Subquery(last), F("status")),
    )


def objectives_in_force(episode: Episode, day: date) -> list[Objective]:
    """Objectives of the plan in force with goals, how they stand and `due_on` of the plan; one query."""
    rows = Objective.objects.filter(
        goal__plan__episode=episode, goal__plan__signed_at__isnull=False, goal__plan__effective_on__lte=day
    ).select_related("goal__plan__signed_by", "goal__problem")
    rows = standing(rows).annotate(due_on=review_due_on("goal__plan", "goal__plan__review_due_on"))
    found = list(rows.order_by("-goal__plan__version", "goal__position", "position"))
    return [objective for objective in found if objective.goal.plan_id == found[0].goal.plan_id]


# Named one by one, so that a column added later leaves old signatures verifiable.
SIGNED_COLUMNS: dict[Any, tuple[str, ...]] = {
    TreatmentPlan: (
        "episode_id",
        "version",
        "is_interim",
        "effective_on",
        "review_due_on",
        "stay_weeks",
        "strengths",
        "needs",
        "abilities",
        "preferences",
        "barriers",
        "cultural_factors",
        "discharge_criteria",
        "aftercare",
    ),
    Problem: ("position", "statement", "evidence", "diagnosis_id", "status"),
    Goal: ("position", "statement"),
    Objective: (
        "id",
        "position",
        "thread",
        "statement",
        "instrument_code",
        "unit",
        "baseline",
        "target",
        "target_on",
        "status",
    ),
    Intervention: (
        "position",
        "kind",
        "words",
        "group_name",
        "times",
        "every",
        "period",
        "minutes",
        "who_id",
        "credential",
    ),
}


def signed_content(plan: TreatmentPlan) -> dict[str, Any]:
    """What a signature under a plan stands for: the version's words and every part below it."""
    return _content(plan, "problems", "goals", "objectives", "interventions")


def _content(part: Any, *below: str) -> dict[str, Any]:
    said = {name: getattr(part, name) for name in SIGNED_COLUMNS[type(part)]}
    if below:
        said[below[0]] = [_content(row, *below[1:]) for row in getattr(part, below[0]).all()]
    return said
