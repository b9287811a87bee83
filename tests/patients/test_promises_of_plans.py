"""What the database keeps of a plan by itself: each named constraint broken once, and signed means signed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from iop_clinic.constraints import broken_constraint
from patients.models import (
    Goal,
    Intervention,
    Objective,
    ObjectiveReview,
    PlanClock,
    PlanCopy,
    PlanReview,
    Problem,
    Signature,
    Standing,
    TreatmentPlan,
)
from patients.plan_signing import sign_plan_as_patient
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY
Break = Callable[[], Any]


def plan(**fields: Any) -> TreatmentPlan:
    given = {"effective_on": DAY, "review_due_on": DAY + timedelta(days=30)} | fields
    return TreatmentPlan.objects.create(**({"episode": given.get("episode") or make.episode()} | given))


def draft() -> TreatmentPlan:
    return make.plan(make.episode(), signed=False)


def two_plans_of_one_version() -> None:
    signed = make.plan(make.episode())
    plan(episode=signed.episode, version=signed.version, signed_at=make.NOW, signed_by=signed.signed_by)


def two_drafts() -> None:
    plan(episode=draft().episode, version=2)


def two_problems_at_one_place() -> None:
    Problem.objects.create(plan=draft(), position=1)


def two_goals_at_one_place() -> None:
    make.goal(draft(), 1)


def two_objectives_at_one_place() -> None:
    make.objective(draft().goals.get(), 1)


def one_thread_twice() -> None:
    first = make.objective_of(draft())
    make.objective(first.goal, 2, thread=first.thread)


def intervention(**fields: Any) -> None:
    make.intervention(make.objective_of(draft()), fields.pop("position", 2), **fields)


def two_open_reviews() -> None:
    reviewed = make.plan(make.episode())
    make.review(reviewed, signed=False)
    make.review(reviewed, signed=False)


def reviewed_twice() -> None:
    row = make.review(make.plan(make.episode()), signed=False).objectives.get()
    row.pk = None
    row.save(force_insert=True)


def signed_without_hash() -> None:
    PlanReview.objects.filter(pk=make.review(make.plan(make.episode()), signed=False).pk).update(
        signed_at=make.NOW
    )


BREAKS: list[tuple[str, Break]] = [
    ("plan_version_once", two_plans_of_one_version),
    ("plan_one_draft", two_drafts),
    ("plan_review_after_it_starts", lambda: plan(review_due_on=DAY)),
    ("plan_signature_is_whole", lambda: plan(signed_at=make.NOW)),
    ("plan_stay_is_within_two_years", lambda: plan(stay_weeks=105)),
    ("plan_clock_reviews_within_a_year", lambda: PlanClock.objects.create(site=make.site(), review_days=0)),
    ("problem_position_once", two_problems_at_one_place),
    ("goal_position_once", two_goals_at_one_place),
    ("objective_position_once", two_objectives_at_one_place),
    ("objective_thread_once", one_thread_twice),
    (
        "objective_is_measured_one_way",
        lambda: make.objective(draft().goals.get(), 2, instrument_code="phq9"),
    ),
    ("intervention_position_once", lambda: intervention(position=1)),
    ("intervention_comes_this_often", lambda: intervention(times=0)),
    ("intervention_lasts_minutes", lambda: intervention(minutes=4)),
    ("intervention_of_another_kind_has_words", lambda: intervention(kind="other")),
    ("plan_review_one_draft", two_open_reviews),
    ("plan_review_next_comes_later", lambda: make.review(make.plan(make.episode()), next_review_on=DAY)),
    ("plan_review_signed_with_a_hash", signed_without_hash),
    ("objective_review_once", reviewed_twice),
]


@pytest.mark.parametrize(("name", "breaks"), BREAKS, ids=[name for name, _ in BREAKS])
def test_the_database_refuses(name: str, breaks: Break) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        breaks()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = [TreatmentPlan, PlanClock, Problem, Goal, Objective, Intervention]
    models += [PlanReview, ObjectiveReview, Standing, PlanCopy]
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named == {name for name, _ in BREAKS}


def raw(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def kept(change: Break) -> None:
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        change()


PARTS = (Problem, Goal, Objective, Intervention)


@pytest.mark.parametrize("model", [TreatmentPlan, *PARTS])
def test_nothing_of_a_signed_plan_changes_or_goes(model: Any) -> None:
    make.plan(make.episode())
    row = model.objects.get()
    for column in model._meta.concrete_fields:
        if not column.primary_key:
            raw_change = f"UPDATE {model._meta.db_table} SET {column.column} = {column.column}"
            kept(lambda said=raw_change: raw(said))  # type: ignore[misc]
    kept(lambda: raw(f"DELETE FROM {model._meta.db_table}"))
    kept(lambda: row.save())
    kept(lambda: row.delete() if model is Intervention else raw(f"DELETE FROM {model._meta.db_table}"))


@pytest.mark.parametrize(
    "model", [TreatmentPlan, *PARTS, Signature, PlanReview, ObjectiveReview, Standing, PlanCopy]
)
def test_no_table_of_a_plan_is_emptied(model: Any) -> None:
    make.plan(make.episode())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    kept(lambda: raw(f"TRUNCATE {model._meta.db_table} CASCADE"))


def test_signatures_under_a_plan_neither_change_nor_go() -> None:
    signed = make.plan(make.episode())
    by = signed.episode.primary_clinician
    sign_plan_as_patient(actor=by, plan=signed, way="paper", signed_name="Ana Testperson", now=make.NOW)
    kept(lambda: raw("UPDATE patients_signature SET signed_name = signed_name"))
    kept(lambda: raw("DELETE FROM patients_signature"))


def test_nothing_comes_under_a_signed_plan() -> None:
    signed = make.plan(make.episode())
    problem, goal, objective = signed.problems.get(), signed.goals.get(), make.objective_of(signed)
    kept(lambda: Problem.objects.create(plan=signed, position=2))
    kept(lambda: Goal.objects.create(plan=signed, problem=problem, position=2))
    kept(lambda: Objective.objects.create(goal=goal, position=2))
    kept(lambda: Intervention.objects.create(objective=objective, position=2))
    kept(
        lambda: raw(
            "INSERT INTO patients_problem (plan_id, position, statement, evidence, status)"
            " VALUES (%s, 2, '', '', 'active')",
            signed.pk,
        )
    )
    kept(
        lambda: raw(
            "INSERT INTO patients_objective"
            " (goal_id, position, thread, statement, instrument_code, unit, status)"
            " VALUES (%s, 2, gen_random_uuid(), '', '', '', 'new')",
            goal.pk,
        )
    )


def test_nothing_moves_into_a_signed_plan_from_a_draft() -> None:
    signed, other = make.plan(make.episode()), draft()
    aim = make.objective_of(other)
    kept(lambda: Problem.objects.filter(plan=other).update(plan=signed, position=2))
    kept(lambda: Goal.objects.filter(plan=other).update(plan=signed, position=2))
    kept(lambda: Objective.objects.filter(pk=aim.pk).update(goal=signed.goals.get(), position=2))
    kept(
        lambda: Intervention.objects.filter(objective=aim).update(
            objective=make.objective_of(signed), position=2
        )
    )


def test_a_goal_belongs_to_a_problem_of_its_own_plan() -> None:
    one, other = draft(), draft()
    kept(lambda: Goal.objects.filter(plan=one).update(problem=other.problems.get()))


def test_a_signed_review_stays_with_every_rating() -> None:
    review = make.review(make.plan(make.episode()))
    kept(lambda: PlanReview.objects.filter(pk=review.pk).update(participants="Nobody"))
    kept(lambda: raw("DELETE FROM patients_planreview"))
    kept(lambda: ObjectiveReview.objects.update(rating="significant"))
    kept(lambda: ObjectiveReview.objects.all().delete())
    aim = make.objective(draft().goals.get(), 2)
    kept(lambda: ObjectiveReview.objects.create(review=review, objective=aim, status="met"))


def test_what_was_noted_and_offered_stays() -> None:
    signed = make.plan(make.episode())
    by = signed.episode.primary_clinician
    Standing.objects.create(
        objective=make.objective_of(signed), progress="slow", noted_at=make.NOW, noted_by=by
    )
    PlanCopy.objects.create(plan=signed, answer="paper", offered_at=make.NOW, offered_by=by)
    for table in ("patients_standing", "patients_plancopy"):
        kept(lambda name=table: raw(f"DELETE FROM {name}"))  # type: ignore[misc]
        kept(lambda name=table: raw(f"UPDATE {name} SET id = id"))  # type: ignore[misc]
