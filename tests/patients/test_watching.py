"""The risk table as data: what rises, what is told and what was missed open one follow-up each."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from iop_clinic.constraints import broken_constraint
from iop_clinic.refusal import Refused
from patients.followups import close_follow_up
from patients.models import FollowUp, Patient, Response, RiskReport
from patients.risk.table import risk_table
from patients.scoring import load_instruments
from patients.watching import tell_risk, watch_scores
from tests import make
from tests.make import NOW
from tests.race import race

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("instrument", "now", "before", "codes"),
    [
        ("phq9", {"total": 20}, None, ["phq9.total"]),
        ("phq9", {"total": 19}, None, []),
        ("phq9", {"total": 14}, {"total": 8}, ["phq9.rise"]),
        ("phq9", {"total": 13}, {"total": 8}, []),
        ("phq9", {"total": 27}, {"total": 10}, ["phq9.total", "phq9.rise"]),
        ("phq9", {}, {"total": 1}, []),
        ("gad7", {"total": 15}, {"total": 11}, ["gad7.rise"]),
        ("gad7", {"total": 14}, {"total": 9}, []),
        ("gad7", {"total": 15}, {"total": 12}, []),
        ("pcl5", {"total": 40}, {"total": 25}, ["pcl5.rise"]),
        ("pcl5", {"total": 39}, {"total": 25}, []),
        ("bam", {"use": 1}, {"use": 0}, ["bam.use"]),
        ("bam", {"use": 3}, {"use": 1}, []),
        ("bam", {"use": 0}, {"use": 0}, []),
        ("bam", {"use": 3}, None, []),
        ("bam_iop", {"use": 2}, {"use": 0}, ["bam_iop.use"]),
    ],
)
def test_scores_ask_for_a_look(
    instrument: str, now: dict[str, int], before: dict[str, int] | None, codes: list[str]
) -> None:
    assert [trigger.code for trigger in risk_table().fired(instrument, now, before)] == codes


def test_the_table_names_instruments_and_scales_there_are() -> None:
    for trigger in risk_table().scores:
        scales = [scale.id for scale in load_instruments()[trigger.instrument].scales]
        assert trigger.scale in scales, trigger.code


def scored(whom: Patient, total: int, days_ago: int = 0, code: str = "phq9") -> Response:
    at = NOW - days_ago * DAY
    return make.response(whom, code, at.date(), state="complete", total=total, finished_at=at)


@pytest.mark.django_db
def test_a_rise_against_the_last_one_opens_one_follow_up() -> None:
    patient = make.episode().patient
    scored(patient, 4, days_ago=14)
    scored(patient, 9, days_ago=7)
    row = scored(patient, 15)
    for _ in range(2):
        watch_scores(actor=None, response=row, patient=patient, now=NOW)
    follow_up = FollowUp.objects.get()
    assert (follow_up.trigger_code, follow_up.level) == ("phq9.rise", "watch")
    assert follow_up.due_at > NOW


@pytest.mark.django_db
def test_while_one_is_open_the_next_score_opens_no_second() -> None:
    patient = make.episode().patient
    for days_ago in (7, 0):
        watch_scores(
            actor=None, response=scored(patient, 21, days_ago), patient=patient, now=NOW - days_ago * DAY
        )
    first = FollowUp.objects.get()
    close_follow_up(
        actor=first.owner, follow_up=first, outcome_kind="plan_changed", outcome="Plan changed.", now=NOW
    )
    row = scored(patient, 22, days_ago=-7)
    watch_scores(actor=None, response=row, patient=patient, now=NOW + 7 * DAY)
    assert FollowUp.objects.count() == 2


def told(patient: Patient, **fields: Any) -> FollowUp:
    said = {"code": "told.imminent", "words": "He has the means in the car.", "now": NOW} | fields
    actor = said.pop("actor", None) or patient.episodes.get().primary_clinician
    return tell_risk(actor=actor, patient=patient, **said)


@pytest.mark.django_db
def test_what_is_told_is_kept_and_followed_up_once() -> None:
    patient = make.episode().patient
    first = told(patient)
    assert told(patient) == first
    assert told(patient, now=NOW + DAY) != first
    assert RiskReport.objects.count() == 2
    assert FollowUp.objects.first().level == "critical"  # type: ignore[union-attr]


@pytest.mark.django_db
@pytest.mark.parametrize("said", [{"words": "  "}, {"code": "nothing"}, {"code": "seen.toxicology"}])
def test_a_concern_needs_words_and_a_known_kind(said: dict[str, str]) -> None:
    with pytest.raises(Refused) as refusal:
        told(make.episode().patient, **said)
    assert refusal.value.status == 422


@pytest.mark.django_db
def test_what_was_told_stays_as_it_was_written() -> None:
    patient = make.episode().patient
    told(patient)
    for statement in ("UPDATE patients_riskreport SET words = 'x'", "DELETE FROM patients_riskreport"):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        RiskReport.objects.create(patient=patient, code="x", words="", told_by=make.clinician(), told_at=NOW)
    assert broken_constraint(no.value) == "risk_report_says_something"


@pytest.mark.django_db(transaction=True)
def test_the_same_telling_sent_eight_times_at_once_opens_one() -> None:
    patient = make.episode().patient
    actor = patient.episodes.get().primary_clinician
    race([lambda: told(patient, actor=actor)] * 8)
    assert FollowUp.objects.count() == RiskReport.objects.count() == 1
