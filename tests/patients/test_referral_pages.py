"""Referrals as pages: the desk looks for the person first, sends once, and sees what is still missing."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
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


def shown(answer: Any) -> list[int]:
    return [row.referral.pk for row in answer.context["rows"]]


def test_the_pipeline_is_one_list_by_stage_source_and_what_is_late(sign_in: SignIn) -> None:
    old = make.referral(received_on=TODAY - timedelta(days=19), source="school")
    new = make.referral(received_on=TODAY - timedelta(days=1), next_contact_on=TODAY)
    wait = make.referral(stage="waitlisted", received_on=TODAY - timedelta(days=20))
    gone = make.referral(stage="closed", received_on=TODAY - timedelta(days=3))
    make.referral(make.patient(make.other_site()))
    client = sign_in()
    assert shown(client.get("/referrals/")) == [wait.pk, old.pk, new.pk]
    for query, found in (
        ("stage=inquiry", [old, new]),
        ("stage=closed", [gone]),
        ("source=school", [old]),
        ("only=late", [old]),
        ("only=contact", [new]),
        ("stage=x&source=y&only=z&page=w", [wait, old, new]),
    ):
        assert shown(client.get(f"/referrals/?{query}")) == [row.pk for row in found], query
    assert "overdue since" in client.get("/referrals/?only=late").content.decode()


def test_the_pipeline_needs_as_many_queries_for_fifty_as_for_one(sign_in: SignIn) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/referrals/").status_code == 200
        return len(seen)

    client = sign_in()
    make.referral(sender=make.sender())
    client.get("/referrals/")
    one = queries()
    for _ in range(60):
        make.referral(sender=make.sender())
    assert queries() == one
    assert len(client.get("/referrals/").context["rows"]) == 50
    assert len(client.get("/referrals/?page=2").context["rows"]) == 11


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
    coverage = make.coverage(patient, from_on=TODAY)
    Patient.objects.filter(pk=patient.pk).update(phone="609-555-0101")
    Referral.objects.filter(pk=referral.pk).update(stage="assessment")
    for code in ("phq9", "gad7"):
        make.response(patient, code, state="complete", total=3, finished_at=make.NOW)
    assert missing() == ["Benefits verified"]
    make.verification(coverage, verified_on=TODAY)
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
        ({"primary_clinician": ""}, 422, "Choose one."),
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


@pytest.mark.parametrize(
    ("page", "said", "words"),
    [
        ("referral_closure", {"outcome": "", "words": "Kept words"}, "Kept words"),
        ("referral_closure", {"outcome": "other", "words": ""}, "Say which reason."),
        ("referral_contact", {"channel": "phone", "outcome": "", "note": "Kept note"}, "Kept note"),
        ("referral_contact", {"channel": "pigeon", "outcome": "reached"}, "Select a valid choice"),
        ("referral_contact", {"channel": "phone", "outcome": "reached", "next_on": "2020-01-01"}, "past"),
        ("referral_urgency", {"urgency": "never"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_on_the_page_of_a_referral_is_422(
    page: str, said: dict[str, str], words: str, sign_in: SignIn
) -> None:
    referral = make.referral()
    answer = sign_in().post(reverse(f"patients:{page}", args=[referral.pk]), said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    referral.refresh_from_db()
    assert (referral.stage, referral.contact_tries.count()) == ("inquiry", 0)


def test_tries_to_reach_someone_stand_on_the_page_with_the_next_day(sign_in: SignIn) -> None:
    referral, client = make.referral(), sign_in()
    url = reverse("patients:referral_contact", args=[referral.pk])
    tomorrow = TODAY + timedelta(days=1)
    said = {"channel": "phone", "outcome": "left_message", "note": "Asked for Ana", "next_on": tomorrow}
    for _ in range(2):
        page = client.post(url, said, follow=True).content.decode()
    assert "Left a message" in page and "Asked for Ana" in page
    referral.refresh_from_db()
    assert (referral.next_contact_on, referral.contact_tries.count()) == (tomorrow, 1)


def test_the_reason_of_an_end_is_on_the_page_and_it_can_be_opened_again(sign_in: SignIn) -> None:
    referral, client = make.referral(), sign_in()
    client.post(reverse("patients:referral_closure", args=[referral.pk]), {"outcome": "declined"})
    url = reverse("patients:referral", args=[referral.pk])
    page = client.get(url).content.decode()
    assert "Closed: declined" in page and "Open this referral again" in page
    client.post(reverse("patients:referral_stage", args=[referral.pk]), {"stage": "inquiry"})
    assert "Move on" in client.get(url).content.decode()


def test_who_sends_people_is_a_list_with_counts_and_can_be_corrected(sign_in: SignIn) -> None:
    client, mercy = sign_in(), make.sender()
    make.referral(sender=mercy)
    make.referral(sender=mercy, stage="admitted")
    make.referral(sender=mercy, received_on=TODAY - timedelta(days=800))
    make.sender(make.other_site(), "Theirs")
    row = client.get("/referrals/senders/").context["page"].object_list[0]
    assert (row.sent, row.admitted, row.ever) == (2, 1, 3)
    url = reverse("patients:sender", args=[mercy.pk])
    assert client.post(url, {"name": "Mercy", "kind": "family"}).status_code == 422
    make.sender(name="Taken")
    assert client.post(url, {"name": "TAKEN", "kind": "hospital"}).status_code == 409
    assert client.post(url, {"name": "Mercy Medical", "kind": "hospital"}).status_code == 302


def test_a_second_chart_is_found_from_the_first_and_says_which_to_use(sign_in: SignIn) -> None:
    one = make.patient(given_name="Lucía", family_name="Fairbramble", phone="(609) 555-0199")
    two = make.patient(given_name="Lucy", family_name="Else", phone="609 555 0199")
    make.patient(make.other_site(), given_name="Lucía", family_name="Fairbramble")
    client, url = sign_in(), reverse("patients:duplicates", args=[one.pk])
    rows = client.get(url).context["rows"]
    assert [(row.patient, row.why) for row in rows] == [(two, "Same birth date, same phone")]
    assert client.post(url, {"chart": two.pk}, follow=True).status_code == 200
    page = client.get(reverse("patients:chart", args=[one.pk])).content.decode()
    assert "Second chart of the same person" in page
    assert client.post(url, {"chart": ""}).status_code == 302
    one.refresh_from_db()
    assert one.use_chart is None


@pytest.mark.parametrize("number", ["x", "0", "99999999999999999999"])
def test_a_chart_that_is_none_cannot_be_used_instead(number: str, sign_in: SignIn) -> None:
    one = make.patient()
    url = reverse("patients:duplicates", args=[one.pk])
    assert sign_in().post(url, {"chart": number}).status_code == 404
    elsewhere = make.patient(make.other_site())
    assert sign_in().post(url, {"chart": elsewhere.pk}).status_code == 404


def test_someone_of_both_sites_sees_the_chart_of_the_other(sign_in: SignIn) -> None:
    one = make.patient(given_name="Lucía", family_name="Fairbramble")
    other = make.patient(make.other_site(), given_name="Lucía", family_name="Fairbramble")
    fay = make.user()
    fay.sites.add(make.other_site())
    rows = sign_in(fay).get(reverse("patients:duplicates", args=[one.pk])).context["rows"]
    assert [row.patient for row in rows] == [other]


def test_every_field_of_the_referral_page_has_an_id_of_its_own(sign_in: SignIn) -> None:
    """Four forms stand on it; a label that points at another form's field names the wrong one."""
    referral = make.referral()
    page = sign_in().get(reverse("patients:referral", args=[referral.pk])).content.decode()
    ids = re.findall(r'\sid="([^"]+)"', page.partition("<main")[2])
    assert sorted(ids) == sorted(set(ids))
