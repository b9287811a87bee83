"""Admission and its end: consents first, hours by age, a reason for fewer, one episode at a time."""

from datetime import date, timedelta
from typing import Any

import pytest

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.admitting import admit
from patients.consenting import revoke_consent
from patients.discharging import end_episode
from patients.models import Episode, Patient
from patients.models.referral import Stage
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY


def ready(**fields: Any) -> Patient:
    patient = make.patient(**fields)
    make.consents(patient)
    return patient


def take_in(patient: Patient, **fields: Any) -> Episode:
    given = {
        "level": make.level(),
        "admitted_on": DAY,
        "primary_clinician": make.clinician(),
        "diagnosis_code": "f33.1",
        "diagnosis_label": "Depression, recurrent, moderate",
        "now": make.NOW,
    } | fields
    return admit(actor=make.user(Role.CASE_MANAGER), patient=patient, **given)


@pytest.mark.parametrize(
    ("born_on", "minutes"), [(date(2008, 10, 19), 540), (date(2008, 10, 20), 360), (date(1960, 1, 1), 540)]
)
def test_hours_are_nine_for_an_adult_and_six_for_an_adolescent(born_on: date, minutes: int) -> None:
    stay = take_in(ready(born_on=born_on)).stays.get()
    assert (stay.prescribed_minutes, stay.standard_minutes, stay.from_on) == (minutes, minutes, DAY)


def test_fewer_hours_need_a_reason() -> None:
    patient = ready()
    with pytest.raises(Refused, match="Fewer than 9 hours a week need a reason") as no:
        take_in(patient, prescribed_minutes=539)
    assert (no.value.status, list(no.value.fields)) == (422, ["prescribed_minutes"])
    stay = take_in(patient, prescribed_minutes=480, reason="Works nights").stays.get()
    assert (stay.prescribed_minutes, stay.reason) == (480, "Works nights")


@pytest.mark.parametrize("kind", ["treatment", "privacy_notice"])
def test_without_its_consents_nobody_is_admitted(kind: str) -> None:
    patient = ready()
    revoke_consent(actor=make.user(), consent=patient.consents.get(kind=kind), now=make.NOW)
    with pytest.raises(Refused, match="Not on file yet"):
        take_in(patient)
    assert not Episode.objects.exists()


def test_a_person_is_in_the_program_once_at_a_time() -> None:
    patient = ready()
    take_in(patient)
    with pytest.raises(Refused, match="already in the program") as no:
        take_in(patient, admitted_on=DAY + timedelta(days=5))
    assert no.value.status == 409


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("diagnosis_code", {"diagnosis_code": "depressed"}),
        ("expected_end_on", {"expected_end_on": DAY - timedelta(days=1)}),
        ("admitted_on", {"admitted_on": date(1990, 1, 1)}),
        ("prescribed_minutes", {"prescribed_minutes": 30, "reason": "Tired"}),
        ("days_a_week", {"days_a_week": 8}),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_nothing_is_saved(
    field: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as no:
        take_in(ready(), **fields)
    assert (no.value.status, list(no.value.fields)) == (422, [field])
    assert not Episode.objects.exists()


def test_the_primary_clinician_treats_at_the_site() -> None:
    patient = ready()
    for wrong in (make.user(), make.clinician(make.other_site()), make.clinician(is_active=False)):
        with pytest.raises(Refused) as no:
            take_in(patient, primary_clinician=wrong)
        assert list(no.value.fields) == ["primary_clinician"]


def test_admission_closes_the_open_referral() -> None:
    patient = ready()
    referral = make.referral(patient, stage=Stage.WAITLISTED)
    take_in(patient)
    referral.refresh_from_db()
    assert (referral.stage, referral.steps.last().stage) == (Stage.ADMITTED, Stage.ADMITTED)


def test_the_end_of_an_episode_ends_its_level_of_care() -> None:
    episode = make.episode()
    discharge = end_episode(
        actor=make.clinician(), episode=episode, kind="completed", on=DAY, now=make.NOW, note="Done"
    )
    episode.refresh_from_db()
    assert (episode.ended_on, episode.stays.get().to_on, discharge.on) == (DAY, DAY, DAY)


def test_an_episode_ends_once() -> None:
    episode, actor = make.episode(), make.clinician()
    end_episode(actor=actor, episode=episode, kind="completed", on=DAY, now=make.NOW)
    with pytest.raises(Refused, match="already ended"):
        end_episode(actor=actor, episode=episode, kind="other", on=DAY, now=make.NOW)


@pytest.mark.parametrize(
    ("field", "kind", "on"),
    [
        ("on", "completed", DAY - timedelta(days=29)),
        ("on", "completed", DAY + timedelta(days=3)),
        ("kind", "vanished", DAY),
    ],
)
def test_an_end_that_cannot_be_is_refused(field: str, kind: str, on: date) -> None:
    with pytest.raises(Refused) as no:
        end_episode(actor=make.clinician(), episode=make.episode(), kind=kind, on=on, now=make.NOW)
    assert list(no.value.fields) == [field]


def test_someone_may_come_back_the_day_after_their_episode_ended() -> None:
    patient = ready()
    first = take_in(patient, admitted_on=DAY - timedelta(days=20))
    end_episode(actor=make.clinician(), episode=first, kind="dropped_out", on=DAY, now=make.NOW)
    with pytest.raises(Refused):
        take_in(patient, admitted_on=DAY)
    take_in(patient, admitted_on=DAY + timedelta(days=1))
