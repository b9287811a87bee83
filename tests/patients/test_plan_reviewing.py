"""Reviews: rated with evidence, signed once, and a review that changes goals opens the next version."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from iop_clinic.refusal import Refused
from iop_clinic.seal import seal_of
from patients.models import Episode, Objective, PlanReview, Standing, TreatmentPlan
from patients.plan_reviewing import (
    Rated,
    evidence_from,
    note_progress,
    reviewed_content,
    sign_review,
    write_review,
)
from patients.plan_tree import objectives_in_force, review_due_on
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY


@pytest.fixture
def plan() -> TreatmentPlan:
    return make.plan(make.episode())


def rated(plan: TreatmentPlan, **fields: Any) -> Rated:
    said = {"rating": "some", "status": "in_progress", "evidence": "PHQ-9 13"} | fields
    return Rated(make.objective_of(plan), **said)


def written(plan: TreatmentPlan, *rows: Rated, **fields: Any) -> PlanReview:
    said = {
        "reviewed_on": DAY,
        "participants": "Ana, Theo",
        "summary": "",
        "changes_goals": False,
        "next_review_on": DAY + timedelta(days=30),
    } | fields
    actor = plan.episode.primary_clinician
    return write_review(actor=actor, plan=plan, rated=rows or [rated(plan)], **said)


def signed(plan: TreatmentPlan, *rows: Rated, **fields: Any) -> PlanReview:
    review = written(plan, *rows, **fields)
    return sign_review(actor=plan.episode.primary_clinician, review=review, now=make.NOW)


def due_of(plan: TreatmentPlan) -> date:
    return TreatmentPlan.objects.annotate(due_on=review_due_on()).get(pk=plan.pk).due_on  # type: ignore[attr-defined]


def test_a_review_is_one_draft_until_it_is_signed_and_then_moves_the_next_one(plan: TreatmentPlan) -> None:
    first = written(plan)
    again = written(plan, rated(plan, rating="moderate"), participants="Ana")
    assert first == again
    assert due_of(plan) == plan.review_due_on
    review = sign_review(actor=plan.episode.primary_clinician, review=again, now=make.NOW)
    assert due_of(plan) == DAY + timedelta(days=30)
    rows = list(review.objectives.all())
    assert review.content_sha256 == seal_of(reviewed_content(PlanReview.objects.get(), rows))
    with pytest.raises(Refused, match="already signed"):
        sign_review(actor=plan.episode.primary_clinician, review=review, now=make.NOW)


@pytest.mark.parametrize("missing", [{"rating": ""}, {"evidence": ""}])
def test_each_objective_needs_a_rating_and_evidence(plan: TreatmentPlan, missing: dict[str, str]) -> None:
    with pytest.raises(Refused, match="rating and evidence for objective 1.1"):
        signed(plan, rated(plan, **missing))


def test_what_cannot_be_reviewed_is_refused(plan: TreatmentPlan) -> None:
    other = make.plan(make.episode())
    with pytest.raises(Refused, match="this version"):
        written(plan, rated(other))
    with pytest.raises(Refused) as no:
        written(plan, next_review_on=DAY)
    assert list(no.value.fields) == ["next_review_on"]
    with pytest.raises(Refused, match="Sign it first"):
        written(make.plan(make.episode(), signed=False))


def standing_of(episode: Episode) -> Any:
    return objectives_in_force(episode, DAY)[0]


@pytest.mark.parametrize(
    ("said", "progress"),
    [
        ({"rating": "some"}, "on_track"),
        ({"rating": "significant", "status": "met"}, "met"),
        ({"rating": "none"}, "slow"),
        ({"rating": "regressed"}, "slow"),
    ],
)
def test_a_signed_review_says_how_each_objective_stands(
    plan: TreatmentPlan, said: dict[str, str], progress: str
) -> None:
    signed(plan, rated(plan, current=Decimal(13), **said))
    now = standing_of(plan.episode)
    assert (now.progress, now.current) == (progress, 13)
    assert now.status_now == said.get("status", "in_progress")


def test_a_review_that_changes_goals_opens_a_version_carried_over(plan: TreatmentPlan) -> None:
    signed(plan, rated(plan, status="partly_met"), changes_goals=True)
    draft = TreatmentPlan.objects.drafts().get()
    assert (draft.version, draft.effective_on) == (2, DAY)
    assert draft.review_due_on == DAY + timedelta(days=30)
    before, after = make.objective_of(plan), make.objective_of(draft)
    assert (after.thread, after.status, after.statement) == (before.thread, "partly_met", before.statement)
    assert after.interventions.count() == 1


def test_a_draft_someone_writes_already_stays(plan: TreatmentPlan) -> None:
    other = make.plan(plan.episode, signed=False, version=2)
    signed(plan, changes_goals=True)
    assert TreatmentPlan.objects.drafts().get() == other


def test_progress_is_noted_between_reviews_and_the_last_word_counts(plan: TreatmentPlan) -> None:
    aim, by = make.objective_of(plan), make.clinician()
    note_progress(actor=by, objective=aim, progress="slow", now=make.NOW, current=Decimal(14))
    note_progress(actor=by, objective=aim, progress="met", now=make.NOW + timedelta(hours=1))
    assert (standing_of(plan.episode).progress, Standing.objects.count()) == ("met", 2)
    with pytest.raises(Refused):
        note_progress(actor=by, objective=aim, progress="splendid", now=make.NOW)


def test_evidence_is_suggested_from_what_was_noted() -> None:
    aim = Objective(unit="nights a week", baseline=Decimal("1.0"), target=Decimal("5.0"))
    assert evidence_from(aim, None, DAY) == ""
    aim.current = Decimal("3.0")  # type: ignore[attr-defined]
    assert evidence_from(aim, None, DAY) == "Last noted at 3 nights a week; from 1, aims for 5"
