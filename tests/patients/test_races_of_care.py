"""Two people press at the same moment: admitted once, finished once, and nobody is booked after leaving."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.admitting import admit
from patients.assessing import finish_measure
from patients.consenting import Signing, give_signature, revoke_consent
from patients.disclosing import disclose
from patients.followups import close_follow_up
from patients.intake import close_referral
from patients.models import Consent, Disclosure, Episode, FollowUp, Patient, Response
from patients.scoring import load_instruments
from scheduling.booking import book
from scheduling.leaving import discharge
from scheduling.models import Booking
from sessions.models import Signature
from sessions.notes import sign_note
from tests import make
from tests.race import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]
TODAY = make.NOW.date()


def refusals(answers: list[Any]) -> int:
    """How many were refused in words; anything else that went wrong fails the test."""
    broken = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)]
    assert not broken, broken[:2]
    return sum(isinstance(answer, Refused) for answer in answers)


def test_eight_admissions_at_once_are_one_episode() -> None:
    lead, patient, level = make.clinician(), make.patient(), make.level()
    make.consents(patient, lead)
    referral = make.referral(patient)
    deed = lambda: admit(  # noqa: E731
        actor=lead,
        patient=patient,
        level=level,
        admitted_on=TODAY,
        primary_clinician=lead,
        diagnosis_code="F33.1",
        diagnosis_label="Depression",
        now=make.NOW,
    )
    assert refusals(race([deed] * 8)) == 7
    referral.refresh_from_db()
    assert (Episode.objects.count(), referral.stage) == (1, "admitted")


def test_a_referral_moved_while_it_is_admitted_ends_admitted_or_is_refused() -> None:
    lead, patient, level = make.clinician(), make.patient(), make.level()
    make.consents(patient, lead)
    referral = make.referral(patient)
    answers = race(
        [
            lambda: admit(
                actor=lead,
                patient=patient,
                level=level,
                admitted_on=TODAY,
                primary_clinician=lead,
                diagnosis_code="F33.1",
                diagnosis_label="Depression",
                now=make.NOW,
            ),
            lambda: close_referral(
                actor=lead, referral=referral, outcome="declined", words="x", now=make.NOW
            ),
        ]
    )
    refusals(answers)
    referral.refresh_from_db()
    admitted = Episode.objects.exists()
    assert admitted
    assert referral.stage in {"admitted", "closed"}
    assert referral.stage == "admitted" or not isinstance(answers[1], Refused)


def test_eight_finishes_at_once_score_once_and_open_one_follow_up() -> None:
    episode = make.episode()
    response = make.response(episode.patient)
    answers = {item.id: 1 for item in load_instruments()["phq9"].items}
    deed = lambda: finish_measure(  # noqa: E731
        actor=episode.primary_clinician,
        response=response,
        answers=answers,
        mode=Response.Mode.STAFF,
        now=make.NOW,
    )
    assert refusals(race([deed] * 8)) == 7
    assert FollowUp.objects.filter(response=response).count() == 1


def test_a_discharge_and_bookings_at_once_leave_no_seat_taken_afterwards() -> None:
    episode, fay = make.episode(), make.user()
    later = [make.session(day=TODAY + timedelta(days=n)) for n in range(1, 6)]
    deeds = [lambda s=s: book(actor=fay, session=s, episode=episode, now=make.NOW) for s in later]
    deeds.append(
        lambda: discharge(
            actor=episode.primary_clinician, episode=episode, kind="completed", on=TODAY, now=make.NOW
        )
    )
    answers = race(deeds)
    refusals(answers)
    assert not isinstance(answers[-1], Exception)
    assert not Booking.objects.filter(episode=episode, status="booked").exists()
    for session in later:
        session.refresh_from_db()
        assert session.booked_seats == 0


def test_eight_discharges_at_once_are_one() -> None:
    episode = make.episode()
    deed = lambda: discharge(  # noqa: E731
        actor=episode.primary_clinician, episode=episode, kind="completed", on=TODAY, now=make.NOW
    )
    assert refusals(race([deed] * 8)) == 7


def test_a_follow_up_is_closed_by_one_person() -> None:
    episode = make.episode()
    waiting = make.follow_up(episode.patient, episode.primary_clinician)
    actors = [make.clinician(role=Role.SUPERVISOR) for _ in range(6)]
    deeds = [
        lambda a=a: close_follow_up(
            actor=a, follow_up=waiting, outcome_kind="safe", outcome=f"By {a.pk}", now=make.NOW
        )
        for a in actors
    ]
    answers = race(deeds)
    assert refusals(answers) == 5
    waiting.refresh_from_db()
    assert waiting.outcome == f"By {waiting.closed_by_id}"


def test_eight_signatures_at_once_are_one() -> None:
    booking = make.booking(make.session(), make.episode())
    objective = make.objective_of(make.plan(booking.episode))
    make.attendance(booking)
    note = make.note(booking, objective=objective)
    deed = lambda: sign_note(actor=note.author, note=note, now=make.NOW)  # noqa: E731
    refusals(race([deed] * 8))
    assert Signature.objects.filter(note=note).count() == 1


def test_a_consent_taken_back_while_something_leaves_is_wholly_before_or_after() -> None:
    """Each disclosure was written before the revocation, and none that came after it got through."""
    officer = make.user()
    for _ in range(6):
        patient = make.episode(is_part2=True).patient
        given = make.release(patient)
        finished: list[str] = []

        def send(patient: Patient = patient, finished: list[str] = finished) -> None:
            disclose(
                actor=officer,
                patient=patient,
                recipient="Bluestone Health",
                recipient_kind="payer",
                purpose="payment",
                scopes=["plan"],
                now=make.NOW,
                render=lambda _: finished.append("made") or b"plan",
            )

        def take_back(given: Consent = given) -> None:
            revoke_consent(actor=officer, consent=given, now=make.NOW)

        answers = race([send, take_back, send, send])
        told = Disclosure.objects.filter(patient=patient).count()
        assert (refusals(answers), len(finished)) == (3 - told, told)
        given.refresh_from_db()
        assert given.revoked_at is not None
        assert refusals(race([send])) == 1


def test_nothing_leaves_between_a_revocation_and_its_commit() -> None:
    """The disclosure waits for the revocation under way, and then sees it."""
    officer, patient = make.user(), make.episode(is_part2=True).patient
    given, held = make.release(patient), threading.Event()

    def take_back() -> None:
        with transaction.atomic():
            revoke_consent(actor=officer, consent=given, now=make.NOW)
            held.set()
            wait_for_a_waiter()

    def send() -> None:
        assert held.wait(timeout=30)
        disclose(
            actor=officer,
            patient=patient,
            recipient="Bluestone Health",
            recipient_kind="payer",
            purpose="payment",
            scopes=["plan"],
            now=make.NOW,
        )

    assert refusals(race([take_back, send])) == 1
    assert not Disclosure.objects.exists()


def wait_for_a_waiter() -> None:
    """Until another connection waits for a lock of ours, at most half a minute."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    end_at = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < end_at:
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")


def test_a_consent_is_signed_by_one_of_two_at_once() -> None:
    asked, by = make.waiting_release(make.patient()), make.user()
    deeds = [
        lambda name=name: give_signature(
            actor=by, consent=asked, signing=Signing(name=name, way="on_screen"), now=make.NOW
        )
        for name in ("Ana Testperson", "Ana T.", "A. Testperson")
    ]
    assert refusals(race(deeds)) == 2
