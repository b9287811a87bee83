"""Reviewing a plan: each objective rated with evidence, kept as a draft, then signed and frozen.

Domain reference 5.1: a review that changes goals opens a new version carried over from the last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.seal import seal_of
from patients.due import day_words
from patients.models import Objective, ObjectiveReview, PlanReview, Standing, TreatmentPlan
from patients.models.plan_parts import OPEN_STATUSES, in_digits
from patients.plan_tree import with_parts
from patients.planning import PlanDraft, draft_of, draft_plan
from patients.trends import MeasureTrend

Rating = ObjectiveReview.Rating


@dataclass(frozen=True)
class Rated:
    """One objective as the review says it stands."""

    objective: Objective
    rating: str
    status: str
    current: Decimal | None = None
    evidence: str = ""
    change: str = ""


@transaction.atomic
def write_review(
    *,
    actor: User,
    plan: TreatmentPlan,
    reviewed_on: date,
    participants: str,
    summary: str,
    changes_goals: bool,
    next_review_on: date,
    rated: Sequence[Rated],
) -> PlanReview:
    """The draft of a review: the one there is, or a new one. Refused 409 for a plan nobody signed."""
    held = TreatmentPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if held.signed_at is None:
        raise Refused("A draft is not reviewed. Sign it first.")
    if any(row.objective.goal.plan_id != held.pk for row in rated):
        raise Refused("Review the objectives of this version.", status=422)
    review = held.reviews.filter(signed_at__isnull=True).first() or PlanReview(plan=held)
    review.reviewed_on, review.next_review_on = reviewed_on, next_review_on
    review.participants, review.summary = participants.strip(), summary.strip()
    review.changes_goals, review.author = changes_goals, actor
    later = Refused("The next review comes later.", status=422, next_review_on="After this one.")
    with refused_by(plan_review_next_comes_later=later):
        review.save()
    review.objectives.all().delete()
    ObjectiveReview.objects.bulk_create(ObjectiveReview(review=review, **vars(row)) for row in rated)
    record(actor, "patients.write_plan_review", review, objectives=len(rated))
    return review


def missing_for_review(review: PlanReview) -> list[str]:
    """What a review still needs before it is signed, in words."""
    rows = list(review.objectives.select_related("objective__goal"))
    unrated = [row for row in rows if not row.rating or not row.evidence]
    return [
        f"a rating and evidence for objective {row.objective.goal.position}.{row.objective.position}"
        for row in unrated
    ]


@transaction.atomic
def sign_review(*, actor: User, review: PlanReview, now: datetime) -> PlanReview:
    """Sign for good; how each objective stands is noted, and where goals change a new draft is opened."""
    plan = TreatmentPlan.objects.select_for_update(no_key=True).get(pk=review.plan_id)
    held = PlanReview.objects.select_for_update().get(pk=review.pk)
    if held.signed_at is not None:
        raise Refused("This review is already signed.")
    missing = missing_for_review(held)
    if missing:
        raise Refused(f"Not signed yet. Still missing: {', '.join(missing)}.", status=422)
    rows = list(held.objectives.select_related("objective"))
    held.author, held.signed_at = actor, now
    held.content_sha256 = seal_of(reviewed_content(held, rows))
    held.save(update_fields=["author", "signed_at", "content_sha256"])
    Standing.objects.bulk_create(_standing(row, actor, now) for row in rows)
    record(actor, "patients.sign_plan_review", held)
    if held.changes_goals:
        _open_next_version(actor, plan, held, rows)
    return held


def reviewed_content(review: PlanReview, rows: Sequence[ObjectiveReview]) -> dict[str, Any]:
    """What the signature under a review stands for."""
    names = (
        "plan_id",
        "reviewed_on",
        "participants",
        "summary",
        "changes_goals",
        "next_review_on",
        "author_id",
    )
    said = ("objective_id", "rating", "status", "current", "evidence", "change")
    content: dict[str, Any] = {name: getattr(review, name) for name in names}
    content["objectives"] = [{name: getattr(row, name) for name in said} for row in rows]
    return content


def _standing(row: ObjectiveReview, actor: User, now: datetime) -> Standing:
    progress = Standing.Progress.ON_TRACK
    if row.status == Objective.Status.MET:
        progress = Standing.Progress.MET
    elif row.rating in (Rating.NONE, Rating.REGRESSED):
        progress = Standing.Progress.SLOW
    return Standing(
        objective=row.objective, progress=progress, current=row.current, noted_at=now, noted_by=actor
    )


def _open_next_version(
    actor: User, plan: TreatmentPlan, review: PlanReview, rows: Sequence[ObjectiveReview]
) -> None:
    """A draft that begins as a copy of the reviewed version; a draft someone is writing already stays."""
    if TreatmentPlan.objects.drafts().filter(episode=plan.episode_id).exists():
        return
    whole = with_parts(TreatmentPlan.objects.all()).get(pk=plan.pk)
    statuses = {row.objective_id: row.status for row in rows}
    draft_plan(
        actor=actor,
        episode=plan.episode,
        draft=next_version(whole, review.reviewed_on, review.next_review_on, statuses),
    )


def next_version(
    plan: TreatmentPlan, on: date, review_due_on: date, statuses: Mapping[int, str]
) -> PlanDraft:
    """The plan carried over to a version that starts `on`, objectives as they stand now, by their id."""
    now = {pk: "in_progress" if status == Objective.Status.NEW else status for pk, status in statuses.items()}
    return replace(draft_of(plan, now), effective_on=on, review_due_on=review_due_on, is_interim=False)


def evidence_from(objective: Objective, trend: MeasureTrend | None, day: date) -> str:
    """What the record says of an objective: "PHQ-9 13 on Nov 13; from 20, aims for 9". Empty if nothing."""
    ends = ""
    if objective.baseline is not None and objective.target is not None:
        ends = f"; from {in_digits(objective.baseline)}, aims for {in_digits(objective.target)}"
    if trend is not None and trend.last is not None:
        on, score = trend.lines[0].scores[-1]
        return f"{trend.instrument.name} {trend.instrument.shown(score)} on {day_words(on, day)}{ends}"
    current = getattr(objective, "current", None)
    return (
        f"Last noted at {in_digits(current)} {objective.unit}".rstrip() + ends if current is not None else ""
    )


def is_reviewed(objective: Objective) -> bool:
    """Whether a review rates this objective: one that is still worked toward."""
    return getattr(objective, "status_now", objective.status) in OPEN_STATUSES


@transaction.atomic
def note_progress(
    *, actor: User, objective: Objective, progress: str, now: datetime, current: Decimal | None = None
) -> Standing:
    """Say between reviews how an objective of a signed plan stands, and where the count is."""
    if progress not in Standing.Progress.values:
        raise Refused("Choose how it stands.", status=422, progress="Choose one.")
    if objective.goal.plan.signed_at is None:
        raise Refused("A draft has no progress yet. Sign it first.")
    standing = Standing.objects.create(
        objective=objective, progress=progress, current=current, noted_at=now, noted_by=actor
    )
    record(actor, "patients.note_progress", standing)
    return standing
