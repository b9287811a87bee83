"""Planning a week on the page: begin, watch, look at who changes by name, accept or be told why not."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from scheduling.models import Booking, PlanRun
from scheduling.planner.problem import PatientWeek
from tests import make
from tests.scheduling.test_accepting import meeting, person, planned

BEFORE = make.NOW - timedelta(days=5)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday_before() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def supervisor(sign_in: Any) -> Client:
    client: Client = sign_in(role=Role.SUPERVISOR)
    return client


def page(client: Client, run: PlanRun, **headers: Any) -> str:
    answer = client.get(reverse("scheduling:plan", args=[run.pk]), **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_coming_week_is_planned_with_one_press(supervisor: Client) -> None:
    assert "October 19–25, 2026" in supervisor.get(reverse("scheduling:plans")).content.decode()
    answer = supervisor.post(reverse("scheduling:plans"))
    run = PlanRun.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        reverse("scheduling:plan", args=[run.pk]),
    )
    assert (run.week_on, run.state) == (make.MONDAY, PlanRun.State.QUEUED)
    assert "Waiting to begin" in page(supervisor, run)


def test_a_week_that_is_not_offered_is_refused_in_words(supervisor: Client) -> None:
    answer = supervisor.post(reverse("scheduling:plans"), {"week": "2020-01-06"})
    assert answer.status_code == 422
    assert not PlanRun.objects.exists()


def test_the_piece_that_asks_again_never_prolongs_the_sign_in(supervisor: Client) -> None:
    run = make.plan_run(state="queued")
    piece = page(supervisor, run, headers={"HX-Request": "true", "X-Poll": "1"})
    assert "<html" not in piece
    assert 'hx-trigger="every 2s"' in piece
    assert "X-Poll" in piece
    done = make.plan_run()
    assert "every 2s" not in page(supervisor, done)


def test_stopping_keeps_the_run(supervisor: Client) -> None:
    run = make.plan_run(state="queued")
    supervisor.post(reverse("scheduling:plan_cancellation", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == PlanRun.State.CANCELLED
    assert "Nothing was found" in page(supervisor, run)


def test_the_report_names_who_changes_and_the_trail_says_whose_rows_were_shown(supervisor: Client) -> None:
    ana, monday = person(), meeting()
    run = planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({monday.pk}))})
    said = page(supervisor, run)
    assert ana.patient.full_name in said
    assert "Process group, Mon 10/19 at 9:00" in said
    assert "still below their hours" in said
    (event,) = AuditEvent.objects.filter(verb="plan.read")
    assert event.detail["patients"] == [ana.patient_id]
    assert not Booking.objects.exists()


def test_accepting_books_it_and_says_so(supervisor: Client) -> None:
    ana, monday = person(), meeting()
    run = planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({monday.pk}))})
    answer = supervisor.post(reverse("scheduling:plan_acceptance", args=[run.pk]), follow=True)
    assert "The planned week is booked" in answer.content.decode()
    assert Booking.objects.active().count() == 1
    assert "Accept this week" not in page(supervisor, run)


def test_a_plan_that_is_out_of_date_says_so_and_offers_to_plan_again(supervisor: Client) -> None:
    ana, monday = person(), meeting()
    run = planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({monday.pk}))})
    make.booking(meeting(1), ana)
    said = page(supervisor, run)
    assert "The week has changed since" in said
    assert "Accept this week" not in said
    answer = supervisor.post(reverse("scheduling:plan_acceptance", args=[run.pk]))
    assert answer.status_code == 409
    assert "Plan it again" in answer.content.decode()
    assert Booking.objects.count() == 1


def test_the_page_asks_no_more_of_a_larger_clinic(
    supervisor: Client, django_assert_max_num_queries: Any
) -> None:
    monday = meeting()
    people = [person(f"Ana{n}") for n in range(6)]
    run = planned(**{f"p{one.patient_id}": PatientWeek(frozenset({monday.pk})) for one in people})
    with django_assert_max_num_queries(36):
        page(supervisor, run)
