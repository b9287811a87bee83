"""What is signed, finished or closed stays, by raw SQL and in the same instant too."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from patients.followups import close_follow_up
from patients.models import FollowUp, ObjectiveReview, PlanReview, Problem, Response, TreatmentPlan
from tests import make
from tests.unguarded import unguarded

LATE = 20


def finished() -> Response:
    answers = {f"q{n}": 1 for n in range(1, 10)}
    return make.response(
        make.patient(), state="complete", total=9, band="mild", answers=answers, finished_at=make.NOW
    )


def closed() -> FollowUp:
    patient, owner = make.patient(), make.clinician()
    opened = make.follow_up(patient, owner)
    return close_follow_up(
        actor=owner, follow_up=opened, outcome_kind="safe", outcome="Seen, safe.", now=make.NOW
    )


CHANGES: dict[str, tuple[Callable[[], Any], str, list[dict[str, Any]]]] = {
    "a finished response": (
        finished,
        "patients.Response:finished_stays",
        [{"answers": {}}, {"total": 1}, {"state": "due", "finished_at": None, "total": None, "band": ""}],
    ),
    "a closed follow-up": (
        closed,
        "patients.FollowUp:closed_stays",
        [{"outcome": "Otherwise."}, {"closed_at": None, "closed_by": None}, {"level": "watch"}],
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", CHANGES)
def test_it_stays_as_it_is(what: str) -> None:
    made, uri, changes = CHANGES[what]
    row = made()
    rows = type(row).objects.filter(pk=row.pk)
    before = rows.values().get()
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])
    assert rows.values().get() == before
    with unguarded(uri):
        assert rows.update(**changes[0]) == 1


@contextmanager
def until_it_waits(held: Callable[[], Any], deed: Callable[[], Any]) -> Iterator[list[Any]]:
    """`deed` begins while `held` is done and not yet committed; yields what came of it, after the commit."""
    out: list[Any] = []

    def run() -> None:
        try:
            out.append(deed())
        except Exception as error:
            out.append(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            held()
            started = pool.submit(run)
            pause = threading.Event()
            for _ in range(LATE * 50):
                if started.done() or _someone_waits():
                    break
                pause.wait(0.02)
        started.result(timeout=LATE)
    yield out


def _someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def refused(came: list[Any], sentence: str) -> bool:
    return isinstance(came[0], DatabaseError) and sentence in str(came[0])


@pytest.mark.django_db(transaction=True)
def test_nothing_comes_under_a_plan_in_the_instant_it_is_signed(no_connection_left: None) -> None:
    plan, who = make.plan(make.episode(), signed=False), make.user()

    def signs() -> None:
        TreatmentPlan.objects.filter(pk=plan.pk).update(signed_at=make.NOW, signed_by=who)

    def adds() -> None:
        Problem.objects.create(plan=plan, position=9, statement="Late")

    with until_it_waits(signs, adds) as came:
        assert refused(came, "a signed plan stays")
    assert not plan.problems.filter(position=9).exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_comes_under_a_review_in_the_instant_it_is_signed(no_connection_left: None) -> None:
    plan = make.plan(make.episode())
    review, objective = make.review(plan, signed=False), make.objective_of(plan)
    ObjectiveReview.objects.filter(review=review).delete()

    def signs() -> None:
        PlanReview.objects.filter(pk=review.pk).update(signed_at=make.NOW, content_sha256="0" * 64)

    def adds() -> None:
        ObjectiveReview.objects.create(review=review, objective=objective, status="new")

    with until_it_waits(signs, adds) as came:
        assert refused(came, "a signed review stays")
    assert not ObjectiveReview.objects.filter(review=review).exists()
