"""The thread as it is read from the record: bookings, attendance and notes of every version."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Diagnosis, Episode, Objective, TreatmentPlan
from patients.plan_reviewing import next_version
from patients.plan_signing import sign_plan
from patients.plan_tree import with_parts
from patients.planning import draft_plan
from scheduling.models import Booking
from sessions.models import ProgressNote, Signature
from sessions.notes import content_hash, sign_note
from sessions.thread import breaks, strands
from sessions.thread_rows import facts_of, naming
from tests import make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
TODAY = make.MONDAY + timedelta(days=2)


@pytest.fixture
def episode() -> Episode:
    made = make.episode()
    make.plan(made)
    return made


def attended(episode: Episode, days_ago: int, objective: Objective | None = None) -> Booking:
    held = make.booking(make.session(day=TODAY - timedelta(days=days_ago)), episode)
    make.attendance(held)
    if objective is not None:
        note = make.note(held, objective=objective)
        sign_note(actor=note.author, note=note, now=make.NOW)
    return held


def aim_of(episode: Episode) -> Objective:
    return Objective.objects.select_related("goal").get(goal__plan__episode=episode)


def test_sessions_and_signed_notes_stand_beside_their_objective(episode: Episode) -> None:
    attended(episode, 1, aim_of(episode))
    make.note(attended(episode, 2), objective=aim_of(episode))
    make.booking(make.session(day=TODAY + timedelta(days=5)), episode)
    facts = facts_of(episode, TODAY)
    assert facts is not None
    strand = strands(facts)[0]
    assert (strand.notes.count, strand.notes.last_on) == (1, TODAY - timedelta(days=1))
    assert (strand.deliveries[0].delivered, strand.deliveries[0].expected) == (2, 12)
    assert (strand.deliveries[0].ahead, strand.deliveries[0].next_on) == (1, TODAY + timedelta(days=5))


def test_cancelled_bookings_are_no_service(episode: Episode) -> None:
    Booking.objects.filter(pk=attended(episode, 1).pk).update(
        status="cancelled_by_clinic", cancelled_at=make.NOW
    )
    facts = facts_of(episode, TODAY)
    assert facts is not None and not facts.held


def next_signed(episode: Episode) -> TreatmentPlan:
    whole = with_parts(TreatmentPlan.objects.all()).get(episode=episode)
    carried = next_version(whole, TODAY, TODAY + timedelta(days=30), {})
    plan = draft_plan(actor=episode.primary_clinician, episode=episode, draft=carried)
    return sign_plan(actor=episode.primary_clinician, plan=plan, now=make.NOW)


def test_a_note_counts_for_the_same_objective_of_a_later_version(episode: Episode) -> None:
    first = aim_of(episode)
    attended(episode, 1, first)
    second = make.objective_of(next_signed(episode))
    facts = facts_of(episode, TODAY)
    assert facts is not None and strands(facts)[0].notes.count == 1
    assert second.pk != first.pk
    assert ProgressNote.objects.filter(naming(second)).count() == 1


def test_an_older_note_that_names_a_goal_stands_for_its_first_objective_and_keeps_its_hash(
    episode: Episode,
) -> None:
    held = attended(episode, 1, aim_of(episode))
    note = ProgressNote.objects.get(booking=held)
    with_objective = content_hash(note)
    note.objective = None
    assert content_hash(note) != with_objective  # without one, the words of the hash are the older ones
    older = make.note(attended(episode, 3), goal=aim_of(episode).goal)
    Signature.objects.create(
        note=older,
        signed_by=older.author,
        credential="LCSW",
        signed_at=make.NOW,
        content_sha256=content_hash(older),
    )
    facts = facts_of(episode, TODAY)
    assert facts is not None and strands(facts)[0].notes.count == 2


def test_a_diagnosis_without_a_problem_and_a_late_review_are_named(episode: Episode) -> None:
    Diagnosis.objects.create(episode=episode, code="F41.1", label="Anxiety", is_primary=False, since_on=TODAY)
    facts = facts_of(episode, TODAY + timedelta(days=100))
    assert facts is not None
    assert [one.rule for one in breaks(facts)] == ["review", "diagnosis", "quiet", "frequency"]


def test_a_signed_review_moves_the_next_one(episode: Episode) -> None:
    plan = episode.plans.get()
    make.review(plan, on=TODAY, next_review_on=TODAY + timedelta(days=30))
    facts = facts_of(episode, TODAY)
    assert facts is not None and facts.review_due_on == TODAY + timedelta(days=30)


@time_machine.travel(make.NOW, tick=False)
def test_the_page_takes_the_same_queries_for_a_short_and_a_long_stay(
    episode: Episode, sign_in: SignIn
) -> None:
    client, url = sign_in(episode.primary_clinician), reverse("sessions:thread", args=[episode.patient_id])

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url, headers={"HX-Request": "true"}).status_code == 200
        return len(caught)

    attended(episode, 1, aim_of(episode))
    queries()
    few = queries()
    for days in range(2, 9):
        attended(episode, days, aim_of(episode))
    assert queries() == few


@time_machine.travel(make.NOW, tick=False)
def test_the_plan_leads_to_the_thread_and_the_thread_to_its_notes(episode: Episode, sign_in: SignIn) -> None:
    aim = aim_of(episode)
    attended(episode, 1, aim)
    client = sign_in(episode.primary_clinician)
    url = reverse("sessions:thread", args=[episode.patient_id])
    assert url in client.get(reverse("patients:plan", args=[episode.patient_id])).content.decode()
    shown = client.get(url).content.decode()
    assert "1 place is broken" in shown and "1 of 12" in shown
    notes = f"{reverse('sessions:notes', args=[episode.patient_id])}?objective={aim.pk}"
    assert notes in shown
    assert "Named the Monday" in client.get(notes).content.decode()
