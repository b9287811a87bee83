"""The plan: one draft, goals in the person's words, and signed versions that PostgreSQL keeps as they are."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from iop_clinic.refusal import Refused
from patients.models import Episode, Goal, TreatmentPlan
from patients.planning import GoalDraft, draft_plan, note_progress, plan_in_force, sign_plan
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY
WORK = GoalDraft(
    "I want to get through a workday again.", "PHQ-9 from 20 to 9", DAY, "phq9", Decimal(20), Decimal(9)
)
SLEEP = GoalDraft("Sleep without lying awake till three.", "Asleep by midnight 5 nights a week", DAY)


def draft(episode: Episode, *goals: GoalDraft, **fields: Any) -> TreatmentPlan:
    dates = {"effective_on": DAY, "review_due_on": DAY + timedelta(days=30)} | fields
    return draft_plan(actor=episode.primary_clinician, episode=episode, goals=goals, **dates)


def test_a_draft_can_be_written_again_until_it_is_signed() -> None:
    episode = make.episode()
    first = draft(episode, WORK, SLEEP)
    again = draft(episode, SLEEP)
    assert first == again
    assert list(again.goals.values_list("position", "statement")) == [(1, SLEEP.statement)]


def test_after_signing_a_change_is_a_new_version() -> None:
    episode = make.episode()
    sign_plan(actor=episode.primary_clinician, plan=draft(episode, WORK), now=make.NOW)
    second = draft(episode, WORK, SLEEP, effective_on=DAY + timedelta(days=7))
    assert (second.version, second.signed_at) == (2, None)
    assert plan_in_force(episode, DAY + timedelta(days=7)).version == 1  # type: ignore[union-attr]
    sign_plan(actor=episode.primary_clinician, plan=second, now=make.NOW)
    in_force = [plan_in_force(episode, DAY + timedelta(days=day)) for day in (-1, 0, 6, 7)]
    assert [plan and plan.version for plan in in_force] == [None, 1, 1, 2]


def test_a_plan_is_signed_once() -> None:
    episode = make.episode()
    plan = draft(episode, WORK)
    sign_plan(actor=episode.primary_clinician, plan=plan, now=make.NOW)
    with pytest.raises(Refused, match="already signed"):
        sign_plan(actor=episode.primary_clinician, plan=plan, now=make.NOW)


def test_a_plan_without_a_goal_is_neither_written_nor_signed() -> None:
    episode = make.episode()
    with pytest.raises(Refused, match="1 to 9 goals"):
        draft(episode)
    empty = TreatmentPlan.objects.create(
        episode=episode, effective_on=DAY, review_due_on=DAY + timedelta(days=1)
    )
    with pytest.raises(Refused, match="at least one goal"):
        sign_plan(actor=episode.primary_clinician, plan=empty, now=make.NOW)


def test_a_review_is_due_after_the_plan_starts() -> None:
    with pytest.raises(Refused) as no:
        draft(make.episode(), WORK, review_due_on=DAY)
    assert list(no.value.fields) == ["review_due_on"]
    assert not TreatmentPlan.objects.exists()


@pytest.mark.parametrize(
    "goal", [GoalDraft(" ", "x", DAY), GoalDraft("x", "", DAY), GoalDraft("x", "x", DAY, "xyz")]
)
def test_a_goal_has_words_an_objective_and_a_known_measure(goal: GoalDraft) -> None:
    with pytest.raises(Refused):
        draft(make.episode(), goal)


def frozen(change: Any) -> None:
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        change()


def test_postgresql_keeps_a_signed_plan_and_the_words_of_its_goals() -> None:
    plan = make.plan(make.episode())
    goal = plan.goals.get()
    frozen(lambda: TreatmentPlan.objects.filter(pk=plan.pk).update(review_due_on=DAY + timedelta(days=99)))
    frozen(lambda: Goal.objects.filter(pk=goal.pk).update(statement="Something else"))
    frozen(lambda: Goal.objects.filter(pk=goal.pk).update(target=3))
    frozen(lambda: Goal.objects.filter(pk=goal.pk).delete())
    frozen(lambda: make.goal(plan, 2))
    other = make.goal(make.plan(make.episode(), signed=False), 2)
    frozen(lambda: Goal.objects.filter(pk=other.pk).update(plan=plan))


def test_progress_is_noted_on_a_signed_plan() -> None:
    goal = make.plan(make.episode()).goals.get()
    noted = note_progress(actor=make.clinician(), goal=goal, progress="slow", current=Decimal(14))
    noted.refresh_from_db()
    assert (noted.progress, noted.current) == ("slow", 14)
    with pytest.raises(Refused):
        note_progress(actor=make.clinician(), goal=goal, progress="splendid")
