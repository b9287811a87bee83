"""Referrals as pages: the desk looks for the person first, sends once, and sees what is still missing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Consent, Patient, Referral
from tests import make

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]
TODAY = make.NOW.date()
NEW = "/referrals/new/"


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "given_name": "Lucía",
        "family_name": "Fairbramble",
        "born_on": "2001-07-09",
        "phone": "609-555-0199",
        "received_on": (TODAY - timedelta(days=1)).isoformat(),
        "source": "hospital",
        "reason": "Cannot get through the day",
    } | fields


def test_a_new_person_is_referred_on_one_page(sign_in: SignIn) -> None:
    answer = sign_in().post(NEW, typed())
    referral = Referral.objects.get()
    assert answer.url == reverse("patients:referral", args=[referral.pk])
    assert referral.patient.full_name == "Lucía Fairbramble"


def test_the_form_sent_twice_opens_one_chart_and_one_referral(sign_in: SignIn) -> None:
    client = sign_in()
    first, second = client.post(NEW, typed()), client.post(NEW, typed())
    assert first.url == second.url
    assert (Patient.objects.count(), Referral.objects.count()) == (1, 1)


def test_a_chart_that_may_be_the_same_person_is_shown_before_anything_is_saved(sign_in: SignIn) -> None:
    known = make.patient(given_name="Lucia", family_name="Fairbramble", born_on="2001-07-09")
    client = sign_in()
    answer = client.post(NEW, typed())
    assert answer.status_code == 422
    assert "Is this the same person?" in answer.content.decode()
    assert not Referral.objects.exists()
    assert AuditEvent.objects.get(verb="patients.duplicates").detail == {"patients": [known.pk]}
    assert client.post(NEW, typed(chart=known.pk)).status_code == 302
    assert Referral.objects.get().patient == known


def test_the_desk_may_say_that_it_is_someone_else(sign_in: SignIn) -> None:
    make.patient(given_name="Lucia", family_name="Fairbramble", born_on="2001-07-09")
    assert sign_in().post(NEW, typed(chart="new")).status_code == 302
    assert Patient.objects.count() == 2


def test_a_chart_that_was_not_offered_cannot_be_chosen(sign_in: SignIn) -> None:
    elsewhere = make.patient(make.other_site(), given_name="Lucía", family_name="Fairbramble")
    assert sign_in().post(NEW, typed(chart=elsewhere.pk)).status_code == 302
    assert Referral.objects.get().patient != elsewhere


@pytest.mark.parametrize(
    "wrong",
    [
        {"given_name": ""},
        {"born_on": "1992-02-31"},
        {"born_on": (TODAY + timedelta(days=400)).isoformat()},
        {"born_on": "0001-01-01"},
        {"received_on": (TODAY + timedelta(days=30)).isoformat()},
        {"source": "the moon"},
        {"reason": "x" * 2001},
        {"email": "not an address"},
        {"payer": "99999999999999999999"},
    ],
)
def test_bad_input_is_answered_with_422_and_saves_nothing(wrong: dict[str, Any], sign_in: SignIn) -> None:
    answer = sign_in().post(NEW, typed(**wrong))
    assert answer.status_code == 422
    assert "to fix before this can be saved" in answer.content.decode()
    assert not Patient.objects.exists()


def test_the_pipeline_groups_by_stage_and_shows_the_days_waited(sign_in: SignIn) -> None:
    make.referral(received_on=TODAY - timedelta(days=9))
    make.referral(stage="waitlisted", received_on=TODAY - timedelta(days=20))
    make.referral(stage="referred_out", received_on=TODAY - timedelta(days=3))
    make.referral(make.patient(make.other_site()))
    answer = sign_in().get("/referrals/")
    shown = {lane.stage.value: [row.days for row in lane.rows] for lane in answer.context["lanes"]}
    assert shown == {"inquiry": [9], "screening": [], "assessment": [], "waitlisted": [20]}
    assert len(answer.context["closed"]) == 1
    assert "9 days" in answer.content.decode()


def test_a_move_is_a_post_and_shows_in_the_steps(sign_in: SignIn) -> None:
    referral = make.referral()
    client = sign_in()
    url = reverse("patients:referral_stage", args=[referral.pk])
    assert client.get(url).status_code == 405
    page = client.post(url, {"stage": "screening", "note": "Called back"}, follow=True)
    assert "Called back" in page.content.decode()


@pytest.mark.parametrize("stage", ["", "admitted", "gone"])
def test_a_stage_that_cannot_be_is_422(stage: str, sign_in: SignIn) -> None:
    referral = make.referral()
    answer = sign_in().post(reverse("patients:referral_stage", args=[referral.pk]), {"stage": stage})
    assert answer.status_code == 422
    referral.refresh_from_db()
    assert referral.stage == "inquiry"


def test_the_checklist_names_what_is_missing_until_nothing_is(sign_in: SignIn) -> None:
    patient = make.patient(phone="")
    referral = make.referral(patient)
    client = sign_in(role=Role.CASE_MANAGER)

    def missing() -> list[str]:
        page = client.get(reverse("patients:referral", args=[referral.pk]))
        return [step.title for step in page.context["steps"] if not step.is_done]

    assert missing() == [
        "A way to reach them",
        "Screening and assessment",
        "Intake measures",
        "Consents",
        "Coverage",
    ]
    make.consents(patient, on=TODAY - timedelta(days=1))
    make.coverage(patient, from_on=TODAY)
    Patient.objects.filter(pk=patient.pk).update(phone="609-555-0101")
    Referral.objects.filter(pk=referral.pk).update(stage="assessment")
    for code in ("phq9", "gad7"):
        make.response(patient, code, state="complete", total=3, finished_at=make.NOW)
    assert missing() == []


def test_admission_is_offered_only_when_the_consents_are_there(sign_in: SignIn) -> None:
    referral = make.referral()
    client, url = sign_in(role=Role.CASE_MANAGER), reverse("patients:referral", args=[referral.pk])
    assert "Admission needs the consents" in client.get(url).content.decode()
    make.consents(referral.patient, on=TODAY)
    assert "Admission needs the consents" not in client.get(url).content.decode()


def admission(**fields: Any) -> dict[str, Any]:
    return {
        "level": make.level().pk,
        "hours": "9",
        "days_a_week": "3",
        "admitted_on": TODAY.isoformat(),
        "diagnosis_code": "F33.1",
        "diagnosis_label": "",
    } | fields


def test_admission_from_the_page_takes_the_words_of_a_listed_code(sign_in: SignIn) -> None:
    patient, clinician = make.patient(), make.clinician()
    make.consents(patient, on=TODAY)
    url = reverse("patients:admission", args=[patient.pk])
    answer = sign_in(role=Role.CASE_MANAGER).post(url, admission(primary_clinician=clinician.pk))
    assert answer.status_code == 302
    episode = patient.episodes.get()
    assert episode.stays.get().prescribed_minutes == 540
    assert episode.diagnoses.get().label == "Major depressive disorder, recurrent, moderate"


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"hours": "6"}, 422, "Fewer than 9 hours a week need a reason."),
        ({"hours": "many"}, 422, "Enter a number"),
        ({"diagnosis_code": "sad", "diagnosis_label": "Sad"}, 422, "ICD-10-CM code looks like"),
        ({"diagnosis_code": "Z99.9"}, 422, "Write the diagnosis in words."),
        ({"primary_clinician": ""}, 422, "This field is required."),
        ({"expected_end_on": "2020-01-01"}, 422, "before the admission"),
    ],
)
def test_an_admission_that_cannot_be_says_why(
    wrong: dict[str, Any], status: int, said: str, sign_in: SignIn
) -> None:
    patient, clinician = make.patient(), make.clinician()
    make.consents(patient, on=TODAY)
    typed_in = admission(primary_clinician=clinician.pk) | wrong
    url = reverse("patients:admission", args=[patient.pk])
    answer = sign_in(role=Role.CASE_MANAGER).post(url, typed_in)
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert not patient.episodes.exists()


def test_without_consents_the_admission_is_refused_and_says_which(sign_in: SignIn) -> None:
    patient = make.patient()
    url = reverse("patients:admission", args=[patient.pk])
    answer = sign_in(role=Role.CASE_MANAGER).post(url, admission(primary_clinician=make.clinician().pk))
    assert answer.status_code == 409
    assert "treatment and privacy notice received" in answer.content.decode()
    assert not Consent.objects.exists()


def test_admitting_twice_leaves_one_episode(sign_in: SignIn) -> None:
    patient, clinician = make.patient(), make.clinician()
    make.consents(patient, on=TODAY)
    client, url = sign_in(role=Role.CASE_MANAGER), reverse("patients:admission", args=[patient.pk])
    statuses = [client.post(url, admission(primary_clinician=clinician.pk)).status_code for _ in range(2)]
    assert statuses == [302, 409]
    assert patient.episodes.count() == 1


def test_the_hours_of_an_adolescent_are_prefilled_with_six(sign_in: SignIn) -> None:
    patient = make.patient(born_on=TODAY - timedelta(days=365 * 15))
    make.level()
    page = sign_in(role=Role.CASE_MANAGER).get(reverse("patients:admission", args=[patient.pk]))
    assert page.context["form"]["hours"].value() == "6"
