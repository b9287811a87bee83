"""Measures: scored once and exactly, never from missing answers; item 9 opens one follow-up in any case."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection

from iop_clinic.clock import day_span
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.assessing import ask_measure, finish_measure, save_answers
from patients.models import FollowUp, Response
from tests import make

Answers = dict[str, int | None]
QUIET: Answers = {f"q{n}": 1 for n in range(1, 9)} | {"q9": 0, "difficulty": 1}


def finish(response: Response, answers: Answers, **fields: object) -> Response:
    given = {"actor": make.clinician(), "mode": "staff", "now": make.NOW} | fields
    return finish_measure(response=response, answers=answers, **given)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_measure_asked_for_twice_on_a_day_is_one() -> None:
    patient, actor = make.patient(), make.clinician()
    first = ask_measure(actor=actor, patient=patient, instrument_code="phq9", due_on=make.MONDAY)
    assert first == ask_measure(actor=actor, patient=patient, instrument_code="phq9", due_on=make.MONDAY)
    assert first.state == Response.State.DUE


@pytest.mark.django_db
def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(Refused):
        ask_measure(actor=make.clinician(), patient=make.patient(), instrument_code="xyz", due_on=make.MONDAY)


@pytest.mark.django_db
def test_a_whole_answer_has_a_total_a_band_and_the_version_it_was_scored_by() -> None:
    done = finish(make.response(make.patient()), QUIET)
    done.refresh_from_db()
    assert (done.state, done.total, done.band) == ("complete", 8, "mild")
    assert (done.instrument_version, done.finished_at, done.mode) == ("2026.1", make.NOW, "staff")
    assert not FollowUp.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("gone", [f"q{n}" for n in range(1, 10)])
def test_a_missing_answer_never_yields_a_score(gone: str) -> None:
    done = finish(make.response(make.patient()), QUIET | {gone: None})
    assert (done.state, done.total, done.band) == ("incomplete", None, "")
    assert gone not in done.answers


@pytest.mark.django_db
def test_the_unscored_question_does_not_hold_up_a_score() -> None:
    assert finish(make.response(make.patient()), QUIET | {"difficulty": None}).total == 8


@pytest.mark.django_db
def test_answers_saved_before_count_and_can_be_taken_back() -> None:
    response = make.response(make.patient())
    saved = save_answers(
        actor=None, response=response, answers={"q1": 3, "q2": 3}, mode="portal", now=make.NOW
    )
    assert (saved.state, saved.answers, saved.total) == ("started", {"q1": 3, "q2": 3}, None)
    done = finish(response, {f"q{n}": 0 for n in range(3, 10)} | {"q2": None})
    assert (done.state, done.answers["q1"]) == ("incomplete", 3)


@pytest.mark.django_db
@pytest.mark.parametrize("answers", [{"q1": 4}, {"q1": -1}, {"q10": 1}, {"q1": True}])
def test_an_answer_the_measure_does_not_have_changes_nothing(answers: Answers) -> None:
    response = make.response(make.patient())
    with pytest.raises(Refused) as no:
        finish(response, answers)
    response.refresh_from_db()
    assert (no.value.status, response.state, response.answers) == (422, "due", {})


@pytest.mark.django_db
def test_a_finished_measure_cannot_be_answered_again() -> None:
    response = make.response(make.patient())
    finish(response, QUIET)
    with pytest.raises(Refused, match="already finished"):
        finish(response, QUIET | {"q1": 3})
    with pytest.raises(Refused, match="already finished"):
        save_answers(actor=None, response=response, answers={"q1": 3}, mode="portal", now=make.NOW)


@pytest.mark.django_db
def test_item_9_opens_one_follow_up_due_by_the_end_of_the_local_day() -> None:
    episode = make.episode()
    response = make.response(episode.patient)
    finish(response, QUIET | {"q9": 1})
    follow_up = FollowUp.objects.get()
    assert (follow_up.kind, follow_up.level, follow_up.response) == ("risk", "elevated", response)
    assert follow_up.owner == episode.primary_clinician
    assert follow_up.due_at == day_span(make.NOW.date(), "America/New_York")[1]
    assert "item 9 was 1" in follow_up.summary


@pytest.mark.django_db
def test_a_high_item_9_is_due_within_the_hour() -> None:
    finish(make.response(make.patient()), QUIET | {"q9": 2})
    follow_up = FollowUp.objects.get()
    assert (follow_up.level, follow_up.due_at) == ("high", make.NOW + timedelta(hours=1))


@pytest.mark.django_db
def test_item_9_fires_on_incomplete_answers_too() -> None:
    make.clinician()
    done = finish(make.response(make.patient()), {"q9": 1})
    assert (done.state, FollowUp.objects.count()) == ("incomplete", 1)


@pytest.mark.django_db
def test_a_saved_item_9_does_not_wait_for_the_last_question() -> None:
    make.clinician()
    response = make.response(make.patient())
    save_answers(actor=None, response=response, answers={"q9": 1}, mode="portal", now=make.NOW)
    assert FollowUp.objects.get().level == "elevated"
    finish(response, QUIET | {"q9": 3}, now=make.NOW + timedelta(minutes=5))
    follow_up = FollowUp.objects.get()
    assert (follow_up.level, follow_up.due_at) == ("high", make.NOW + timedelta(minutes=65))


@pytest.mark.django_db
def test_an_answer_taken_back_leaves_the_follow_up_open() -> None:
    make.clinician()
    response = make.response(make.patient())
    save_answers(actor=None, response=response, answers={"q9": 2}, mode="portal", now=make.NOW)
    finish(response, QUIET)
    assert FollowUp.objects.open().get().level == "high"


@pytest.mark.django_db(transaction=True)
def test_the_same_answers_finished_twice_at_once_open_one_follow_up(no_connection_left: None) -> None:
    response, actor = make.response(make.patient()), make.clinician()
    gate, said = threading.Barrier(4), []

    def try_it() -> None:
        gate.wait(10)
        try:
            finish_measure(
                actor=actor, response=response, answers=QUIET | {"q9": 2}, mode="staff", now=make.NOW
            )
            said.append("finished")
        except Refused as no:
            said.append(str(no.status))
        finally:
            connection.close()

    _together(try_it, 4)
    assert sorted(said) == ["409", "409", "409", "finished"]
    assert FollowUp.objects.count() == 1


def _together(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


@pytest.mark.django_db
def test_a_risk_without_a_treating_owner_goes_to_the_site_by_role() -> None:
    desk = make.user()
    make.user(Role.DIRECTOR)
    clinician = make.clinician()
    supervisor = make.clinician(role=Role.SUPERVISOR)
    finish(make.response(make.patient()), {"q9": 1}, actor=desk)
    assert FollowUp.objects.get().owner == supervisor
    assert supervisor.pk > clinician.pk


@pytest.mark.django_db
def test_a_result_is_kept_with_its_subscales_and_the_version_of_the_scoring() -> None:
    answers: Answers = {f"q{n}": 0 for n in range(1, 18) if n not in (5, 7)} | {"q8": 2, "q9": 4}
    done = finish(make.response(make.patient(), "bam"), answers)
    done.refresh_from_db()
    assert (done.state, done.total, done.band) == ("complete", None, "")
    assert done.scores == {"use": 0, "risk": 2, "protective": 4}
    assert (done.algorithm_version, done.instrument_version) == ("1", "2026.1")


@pytest.mark.django_db
def test_a_mean_keeps_its_decimal() -> None:
    done = finish(make.response(make.patient(), "peg"), {"q1": 4, "q2": 5, "q3": 5})
    done.refresh_from_db()
    assert str(done.total) == "4.7"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "outcome", "level", "minutes"),
    [
        ({"q1": 0, "q2": 1, "q3": 0, "q4": 1, "q5": 0, "q6": 0}, "high", "critical", 15),
        ({"q1": 0, "q2": 0, "q6": 1}, "moderate", "high", 60),
        ({"q1": 1, "q2": 0, "q6": 0}, "low", "elevated", None),
    ],
)
def test_a_result_in_a_word_opens_one_follow_up_by_its_level(
    answers: Answers, outcome: str, level: str, minutes: int | None
) -> None:
    make.clinician()
    done = finish(make.response(make.patient(), "cssrs"), answers)
    follow_up = FollowUp.objects.get()
    assert (done.outcome, follow_up.level, follow_up.trigger_code) == (outcome, level, "cssrs.outcome")
    if minutes is not None:
        assert follow_up.due_at == make.NOW + timedelta(minutes=minutes)
    else:
        assert follow_up.due_at == day_span(make.NOW.date(), "America/New_York")[1]


@pytest.mark.django_db
def test_what_is_to_be_watched_is_due_by_the_end_of_the_next_working_day() -> None:
    make.clinician()
    friday = make.NOW + timedelta(days=2)
    finish(make.response(make.patient(), "pcl5"), {"q16": 2}, now=friday)
    follow_up = FollowUp.objects.get()
    assert (follow_up.level, follow_up.due_at) == (
        "watch",
        day_span((friday + timedelta(days=3)).date(), "America/New_York")[1],
    )


@pytest.mark.django_db
def test_an_answer_that_is_worse_raises_the_level_and_none_lowers_it() -> None:
    make.clinician()
    response = make.response(make.patient(), "cssrs")
    for answers, level in (
        ({"q1": 1}, "elevated"),
        ({"q2": 1, "q4": 1}, "critical"),
        ({"q4": 0}, "critical"),
    ):
        save_answers(actor=None, response=response, answers=answers, mode="staff", now=make.NOW)
        assert FollowUp.objects.get().level == level


@pytest.mark.django_db
def test_a_measure_is_not_asked_of_someone_too_young_for_it() -> None:
    child = make.patient(born_on=date(2015, 10, 20))
    with pytest.raises(Refused, match="The PHQ-9 is for people from 12 years on"):
        ask_measure(actor=None, patient=child, instrument_code="phq9", due_on=make.MONDAY)
    assert ask_measure(actor=None, patient=child, instrument_code="asq", due_on=make.MONDAY)


@pytest.mark.django_db
def test_a_measure_that_is_switched_off_is_not_asked(settings: object) -> None:
    settings.INSTRUMENTS_OFF = ["audit_c"]  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="Choose a measure"):
        ask_measure(actor=None, patient=make.patient(), instrument_code="audit_c", due_on=make.MONDAY)
