"""The database says no by itself: each named constraint of the record, broken on purpose."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from iop_clinic.constraints import broken_constraint
from patients.models import (
    Authorization,
    Coverage,
    Diagnosis,
    Episode,
    FollowUp,
    LevelOfCareStay,
    Patient,
    Prescription,
    RelatedPerson,
    Response,
    TextPack,
    TextPackWithdrawal,
)
from tests import make

DAY = make.MONDAY
Break = Callable[[], Any]


def born_long_ago() -> None:
    make.patient(born_on=date(1899, 12, 31))


def reminders_without_address() -> None:
    make.patient(email_reminders_ok=True)


def uses_itself() -> None:
    one = make.patient()
    Patient.objects.filter(pk=one.pk).update(use_chart=one)


def episode_backwards() -> None:
    make.episode(ended_on=DAY - timedelta(days=60))


def two_episodes() -> None:
    make.episode(make.episode().patient)


def stay(**fields: Any) -> LevelOfCareStay:
    row = make.episode().stays.get()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def second_stay() -> None:
    row = make.episode().stays.get()
    row.pk = None
    row.save(force_insert=True)


def prescription(**fields: Any) -> None:
    of = make.episode()
    said = {"prescribed_minutes": 500, "days_a_week": 3, "reason": "No seats", "from_on": DAY}
    Prescription.objects.create(episode=of, prescribed_by=of.primary_clinician, **said | fields)


def diagnosis(**fields: Any) -> None:
    given = {"code": "F41.1", "label": "x", "is_primary": False, "since_on": DAY} | fields
    Diagnosis.objects.create(episode=make.episode(), **given)


def ended_primary() -> None:
    make.episode().diagnoses.update(ended_on=DAY, ended_as="resolved")


def coverage(**fields: Any) -> Coverage:
    given = {"payer": make.payer(), "member_number": "1", "from_on": DAY} | fields
    return Coverage.objects.create(patient=make.patient(), **given)


def authorization(of: Coverage | None = None, **fields: Any) -> Authorization:
    return make.authorization(of or make.coverage(make.patient()), **fields)


def response(**fields: Any) -> Response:
    return make.response(make.patient(), **fields)


def follow_up(**fields: Any) -> FollowUp:
    return make.follow_up(make.patient(), make.clinician(), **fields)


def twice(made: Callable[..., Any], *args: Any, **fields: Any) -> Break:
    def run() -> None:
        made(*args, **fields)
        made(*args, **fields)

    return run


def two_follow_ups_of_one_response() -> None:
    answered = response()
    for _ in range(2):
        make.follow_up(answered.patient, make.clinician(), response=answered)


def relative_twice() -> None:
    make.relative(make.relative(make.patient()).patient)


def measure_twice() -> None:
    make.response(make.response(make.patient()).patient)


def coverage_twice() -> None:
    make.coverage(make.coverage(make.patient()).patient)


def authorization_twice() -> None:
    of = make.coverage(make.patient())
    authorization(of)
    authorization(of)


BREAKS: list[tuple[str, Break]] = [
    ("patient_born_after_1900", born_long_ago),
    ("patient_reminders_need_an_address", reminders_without_address),
    ("patient_chart_to_use_is_another", uses_itself),
    ("related_person_once_per_patient", relative_twice),
    ("episode_ends_after_it_starts", episode_backwards),
    ("episode_one_at_a_time", two_episodes),
    ("stay_fewer_hours_need_a_reason", lambda: stay(prescribed_minutes=300)),
    ("stay_days_a_week_exist", lambda: stay(days_a_week=8)),
    ("stay_prescribes_an_hour", lambda: stay(prescribed_minutes=59, reason="Tired")),
    ("stay_one_level_a_day", second_stay),
    ("prescription_is_an_hour_or_more", lambda: prescription(prescribed_minutes=59)),
    ("prescription_days_a_week_exist", lambda: prescription(days_a_week=8)),
    ("prescription_has_a_reason", lambda: prescription(reason="")),
    ("prescription_ends_after_it_starts", lambda: prescription(to_on=DAY - timedelta(days=1))),
    ("diagnosis_code_has_icd_shape", lambda: diagnosis(code="sad")),
    ("diagnosis_one_primary_per_episode", lambda: diagnosis(is_primary=True)),
    ("diagnosis_code_once_per_episode", lambda: diagnosis(code="F33.1")),
    ("diagnosis_primary_is_in_force", ended_primary),
    ("diagnosis_ends_whole", lambda: diagnosis(ended_as="resolved")),
    ("diagnosis_ends_whole", lambda: diagnosis(ended_on=DAY)),
    ("coverage_ends_after_it_starts", lambda: coverage(to_on=DAY - timedelta(days=1))),
    ("coverage_one_per_rank_and_day", coverage_twice),
    ("authorization_ends_after_it_starts", lambda: authorization(to_on=date(2026, 1, 1))),
    ("authorization_approved_has_number_and_units", lambda: authorization(number="")),
    ("authorization_one_per_code_and_day", authorization_twice),
    (
        "response_result_only_when_complete",
        lambda: response(state="incomplete", total=9, finished_at=make.NOW),
    ),
    (
        "response_result_only_when_complete",
        lambda: response(state="incomplete", scores={"use": 1}, finished_at=make.NOW),
    ),
    ("response_complete_has_a_result", lambda: response(state="complete", finished_at=make.NOW)),
    (
        "response_band_is_of_a_total",
        lambda: response(state="complete", outcome="low", band="mild", finished_at=make.NOW),
    ),
    ("text_pack_names_its_permission", lambda: make.text_pack(holder="")),
    (
        "text_pack_withdrawn_for_a_reason",
        lambda: TextPackWithdrawal.objects.create(pack=make.text_pack(), reason="", by=make.user()),
    ),
    ("response_finished_has_an_instant", lambda: response(state="incomplete")),
    ("response_asked_once_a_day", measure_twice),
    ("follow_up_once_per_response_trigger", two_follow_ups_of_one_response),
    ("follow_up_once_per_subject_trigger", twice(follow_up, subject_id=7)),
    (
        "follow_up_closed_with_an_outcome",
        lambda: follow_up(closed_at=make.NOW, closed_by=make.user(), outcome="Seen."),
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "attempt"), BREAKS, ids=[f"{n} {name}" for n, (name, _) in enumerate(BREAKS)]
)
def test_the_database_itself_says_no(name: str, attempt: Break) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = [
        Authorization,
        Coverage,
        Diagnosis,
        Episode,
        FollowUp,
        LevelOfCareStay,
        Patient,
        Prescription,
        RelatedPerson,
        Response,
        TextPack,
        TextPackWithdrawal,
    ]
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named == {name for name, _ in BREAKS}
