"""Measures, follow-ups and the plan as pages, per role."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.roles import Role
from patients.models import Episode, FollowUp, Response, TreatmentPlan
from tests import make
from tests.sure import recently_sure

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]
TODAY = make.NOW.date()
ALL = {f"q{n}": "1" for n in range(1, 9)} | {"q9": "0", "difficulty": "1"}


def in_program() -> Episode:
    return make.episode(admitted_on=TODAY - timedelta(days=20))


def page(client: Client, name: str, pk: int) -> str:
    answer = client.get(reverse(name, args=[pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_measure_is_asked_for_once_a_day(sign_in: SignIn) -> None:
    patient = make.patient()
    client, url = sign_in(role=Role.CLINICIAN), reverse("patients:measure_ask", args=[patient.pk])
    for _ in range(2):
        assert client.post(url, {"instrument_code": "phq9", "due_on": TODAY}).status_code == 302
    assert client.post(url, {"instrument_code": "xyz", "due_on": TODAY}).status_code == 422
    assert Response.objects.count() == 1


def test_all_answers_on_one_page_give_a_score_in_words(sign_in: SignIn) -> None:
    response = make.response(make.patient())
    url = reverse("patients:measure", args=[response.pk])
    shown = sign_in(role=Role.CLINICIAN).post(url, ALL, follow=True).content.decode()
    assert "PHQ-9 8, mild" in shown


def test_a_missing_answer_is_asked_for_and_then_finishes_without_a_score(sign_in: SignIn) -> None:
    make.clinician()
    response = make.response(make.patient())
    client, url = sign_in(role=Role.CLINICIAN), reverse("patients:measure", args=[response.pk])
    some = {**ALL, "q9": "2"}
    del some["q3"]
    first = client.post(url, some)
    assert first.status_code == 422
    assert "1 question without an answer" in first.content.decode()
    response.refresh_from_db()
    assert response.state == "due"
    shown = client.post(url, {**some, "finish_anyway": "on"}, follow=True).content.decode()
    assert "incomplete, so it has no score" in shown
    assert "see the patient now" in shown
    assert FollowUp.objects.get().level == "high"


def test_the_difficulty_question_counts_only_when_there_is_a_total(sign_in: SignIn) -> None:
    client = sign_in(role=Role.CLINICIAN)
    nothing = {f"q{n}": "0" for n in range(1, 10)}
    urls = [reverse("patients:measure", args=[make.response(make.patient()).pk]) for _ in range(2)]
    assert client.post(urls[0], nothing).status_code == 302
    assert client.post(urls[1], {**nothing, "q1": "1"}).status_code == 422


@pytest.mark.parametrize("value", ["4", "-1", "x", "1.5", " "])
def test_an_answer_the_measure_does_not_have_is_422(value: str, sign_in: SignIn) -> None:
    response = make.response(make.patient())
    url = reverse("patients:measure", args=[response.pk])
    assert sign_in(role=Role.CLINICIAN).post(url, {**ALL, "q1": value}).status_code == 422
    response.refresh_from_db()
    assert response.answers == {}


def test_answering_twice_is_refused_and_keeps_the_first(sign_in: SignIn) -> None:
    response = make.response(make.patient())
    client, url = sign_in(role=Role.CLINICIAN), reverse("patients:measure", args=[response.pk])
    assert [client.post(url, ALL).status_code for _ in range(2)] == [302, 409]


def test_a_case_manager_reads_measures_but_does_not_enter_them(sign_in: SignIn) -> None:
    response = make.response(make.patient())
    client, url = sign_in(role=Role.CASE_MANAGER), reverse("patients:measure", args=[response.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, ALL).status_code == 403
    assert client.post(reverse("patients:measure_ask", args=[response.patient_id])).status_code == 403


def test_trends_say_how_far_and_reliable_only_by_the_rule(sign_in: SignIn) -> None:
    episode = in_program()
    for code, totals in (("phq9", (18, 12)), ("gad7", (9, 7))):
        for week, total in enumerate(totals):
            on = TODAY - timedelta(days=20 - 7 * week)
            finished = make.NOW - timedelta(days=20 - 7 * week)
            make.response(episode.patient, code, on, state="complete", total=total, finished_at=finished)
    shown = page(sign_in(role=Role.CLINICIAN), "patients:measures", episode.patient_id)
    assert "6 better since intake, reliable" in shown
    assert "2 better since intake" in shown
    assert "2 better since intake, reliable" not in shown


def follow_up(**fields: Any) -> FollowUp:
    owner = make.clinician()
    return make.follow_up(make.patient(), owner, **fields)


def test_follow_ups_show_mine_first_the_overdue_red_and_today_amber(sign_in: SignIn) -> None:
    mine = follow_up(due_at=make.NOW - timedelta(hours=1))
    follow_up(due_at=make.NOW + timedelta(minutes=1))
    follow_up(due_at=make.NOW + timedelta(days=3))
    client, url = sign_in(mine.owner), reverse("patients:follow_ups")
    context = client.get(url).context
    assert [(row.follow_up, row.tone) for row in context["rows"]] == [(mine, "bad")]
    assert context["overdue"] == 1
    assert [row.tone for row in client.get(f"{url}?list=others").context["rows"]] == ["warn", ""]


def test_follow_ups_take_the_same_queries_at_any_number(sign_in: SignIn) -> None:
    first = follow_up()
    client, url = sign_in(first.owner), reverse("patients:follow_ups")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{url}?list=others").status_code == 200
        return len(caught)

    follow_up()
    queries()  # the first page warms what a process reads once
    few = queries()
    for _ in range(9):
        follow_up()
    assert queries() == few


def test_closing_from_the_page_needs_an_outcome_and_closes_once(sign_in: SignIn) -> None:
    found = follow_up()
    client, url = sign_in(found.owner), reverse("patients:follow_up", args=[found.pk])
    seen = {"outcome_kind": "safe", "outcome": "Seen, safe today."}
    assert client.post(url, seen | {"outcome": "  "}).status_code == 422
    assert client.post(url, {"outcome": "Seen."}).status_code == 422
    assert client.post(url, seen).status_code == 302
    assert client.post(url, seen).status_code == 302
    assert client.post(url, seen | {"outcome": "Something else"}).status_code == 409
    found.refresh_from_db()
    assert found.outcome == "Seen, safe today."
    assert "Seen, safe today." in page(client, "patients:follow_up", found.pk)


def test_a_follow_up_is_handed_over_on_its_page(sign_in: SignIn) -> None:
    found, other = follow_up(), make.clinician()
    client, url = sign_in(found.owner), reverse("patients:follow_up_owner", args=[found.pk])
    assert client.post(url, {"owner": make.user().pk}).status_code == 422
    assert client.post(url, {"owner": other.pk}).status_code == 302
    found.refresh_from_db()
    assert found.owner == other


def draft_of(episode: Episode, **fields: str) -> dict[str, str]:
    return {
        "effective_on": TODAY.isoformat(),
        "review_due_on": (TODAY + timedelta(days=30)).isoformat(),
        "p-count": "1",
        "p0-statement": "Low mood",
        "p0-diagnosis": str(episode.diagnoses.get().pk),
        "p0-status": "active",
        "p0-g-count": "1",
        "p0-g0-statement": "Sleep without lying awake till three.",
        "p0-g0-o-count": "1",
        "p0-g0-o0-statement": "Asleep by midnight",
        "p0-g0-o0-unit": "nights a week",
        "p0-g0-o0-target_on": (TODAY + timedelta(days=30)).isoformat(),
        "p0-g0-o0-baseline": "1",
        "p0-g0-o0-target": "5",
        "p0-g0-o0-status": "new",
        "p0-g0-o0-i-count": "1",
        "p0-g0-o0-i0-kind": "psychoeducation",
        "p0-g0-o0-i0-times": "2",
        "p0-g0-o0-i0-often": "1-week",
        "p0-g0-o0-i0-minutes": "60",
        "p0-g0-o0-i0-who": str(episode.primary_clinician_id),
    } | fields


def test_a_plan_is_drafted_signed_after_saying_who_one_is_again_and_then_frozen(sign_in: SignIn) -> None:
    episode = in_program()
    person = episode.primary_clinician
    client = sign_in(person)
    assert (
        client.post(reverse("patients:plan_draft", args=[episode.patient_id]), draft_of(episode)).status_code
        == 302
    )
    plan = TreatmentPlan.objects.get()
    signature = reverse("patients:plan_signature", args=[plan.pk])
    away = client.get(signature)
    assert away.status_code == 302 and "reauthenticate" in away.url
    recently_sure(client, person)
    assert client.get(signature).status_code == 200
    assert [client.post(signature).status_code for _ in range(2)] == [302, 409]
    shown = page(client, "patients:plan", episode.patient_id)
    assert "Version 1, in force" in shown and "New version" in shown
    assert (
        client.post(reverse("patients:plan_draft", args=[episode.patient_id]), draft_of(episode)).status_code
        == 302
    )
    assert list(TreatmentPlan.objects.values_list("version", flat=True)) == [2, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"p0-g0-o0-baseline": "lots"},
        {"p0-g0-o0-instrument_code": "phq9"},
        {"p0-g0-o0-thread": "x"},
        {"p0-status": "gone"},
        {"p0-diagnosis": "999999"},
        {"p0-g0-o0-i0-kind": "other"},
        {"p0-g0-o0-i0-times": "99"},
        {"p0-g0-o0-i0-often": "daily"},
        {"p0-g0-o0-i0-who": "999999"},
        {"stay_weeks": "1000"},
        {"review_due_on": TODAY.isoformat()},
        {"p0-g0-o0-target_on": "soon"},
    ],
)
def test_a_draft_that_cannot_be_is_422(wrong: dict[str, str], sign_in: SignIn) -> None:
    episode = in_program()
    url = reverse("patients:plan_draft", args=[episode.patient_id])
    answer = sign_in(episode.primary_clinician).post(url, draft_of(episode, **wrong))
    assert answer.status_code == 422
    assert not TreatmentPlan.objects.exists()


def test_a_plan_needs_an_episode(sign_in: SignIn) -> None:
    url = reverse("patients:plan_draft", args=[make.patient().pk])
    answer = sign_in(role=Role.CLINICIAN).get(url)
    assert answer.status_code == 409
    assert "Admit this person first" in answer.content.decode()


def test_how_an_objective_stands_is_noted_on_the_signed_plan_only(sign_in: SignIn) -> None:
    episode = in_program()
    signed = make.objective_of(make.plan(episode))
    client, url = sign_in(episode.primary_clinician), reverse("patients:objective_progress", args=[signed.pk])
    assert client.post(url, {"progress": "fine"}).status_code == 422
    shown = client.post(url, {"progress": "slow"}, follow=True).content.decode()
    assert "Slow" in shown
    loose = make.objective_of(make.plan(in_program(), signed=False))
    url = reverse("patients:objective_progress", args=[loose.pk])
    assert client.post(url, {"progress": "met"}).status_code == 409


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.DIRECTOR])
def test_a_reader_of_the_plan_does_not_write_it(role: Role, sign_in: SignIn) -> None:
    episode = in_program()
    make.plan(episode)
    client = sign_in(role=role)
    assert "New version" not in page(client, "patients:plan", episode.patient_id)
    assert client.post(reverse("patients:plan_draft", args=[episode.patient_id])).status_code == 403
