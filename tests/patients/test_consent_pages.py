"""Consents and disclosures as pages: asked for by kind, signed by the patient, told through the gate."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.clock import local_day
from iop_clinic.roles import Role
from patients.consent_words import AGREEMENTS
from patients.disclosing import NOTICE
from patients.models import Consent, Disclosure, Patient
from patients.models.consent_terms import RELEASING, ConsentKind
from tests import make

pytestmark = pytest.mark.django_db
UNTIL = (timezone.now() + timedelta(days=200)).date().isoformat()
RELEASE = {
    "discloser": "Marlow Street",
    "scopes": ["attendance", "plan"],
    "recipient_names": "Dr. Ito\n\n Dr.  Vale ",
    "purpose": "treatment",
    "expires_on": UNTIL,
}
OWN = {
    "tpo": {"scopes": ["everything"], "expires_on": ""},
    "legal": {"purpose_words": "Doe v. Roe"},
    "justice": {"expires_event": "probation ends", "is_irrevocable": "on"},
}
SIGNED = {"signed_name": "Ana Testperson", "signed_as": "patient", "agree": "on", "drawing": "M1 2 3 4"}


@pytest.fixture
def desk(sign_in: Any) -> Client:
    return sign_in(role=Role.CASE_MANAGER)


def new(patient: Patient, kind: str) -> str:
    return f"{reverse('patients:consent_new', args=[patient.pk])}?kind={kind}"


def page(name: str, row: Any) -> str:
    return reverse(f"patients:{name}", args=[row.pk])


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("kind", RELEASING)
def test_each_kind_of_release_is_asked_for_with_its_own_fields(kind: str, desk: Client) -> None:
    patient = make.patient()
    shown = desk.get(new(patient, kind))
    assert ('name="is_irrevocable"' in shown.content.decode()) == (kind == "justice")
    assert desk.post(new(patient, kind), {}).status_code == 422
    answer = desk.post(new(patient, kind), RELEASE | OWN.get(kind, {}))
    row = Consent.objects.get()
    assert (answer.status_code, answer.url) == (302, page("consent", row))
    assert (row.kind, row.signed_on) == (kind, None)
    assert row.recipient_names == ([] if kind == "tpo" else ["Dr. Ito", "Dr. Vale"])


@pytest.mark.parametrize("kind", [one for one in ConsentKind.values if one not in (*RELEASING, "family")])
def test_each_other_kind_shows_its_own_words(kind: str, desk: Client) -> None:
    patient = make.patient()
    assert desk.post(new(patient, kind), {}).status_code == 302
    row = Consent.objects.get()
    assert AGREEMENTS[ConsentKind(kind)][:40] in text(desk.get(page("consent", row)))


def test_a_family_consent_names_one_of_the_relatives(desk: Client) -> None:
    patient = make.patient()
    rosa = make.relative(patient, agreed=False)
    assert desk.post(new(patient, "family"), {}).status_code == 422
    assert desk.post(new(patient, "family"), {"related_person": rosa.pk}).status_code == 302
    assert "Rosa Testperson" in text(desk.get(page("consent", Consent.objects.get())))


def test_what_was_typed_stays_when_it_cannot_be_kept(desk: Client) -> None:
    answer = desk.post(new(make.patient(), "release"), RELEASE | {"expires_on": ""})
    assert (
        answer.status_code == 422 and "Give a day or an event" in text(answer) and "Dr. Ito" in text(answer)
    )


def test_an_unknown_kind_is_a_choice_again(desk: Client) -> None:
    assert desk.get(new(make.patient(), "soul")).status_code == 422


def test_the_patient_signs_on_the_screen_and_hands_it_back(desk: Client) -> None:
    row = make.waiting_release(make.patient())
    url = page("consent_signature", row)
    shown = text(desk.get(url))
    assert "data-signature-pad" in shown and "/patients/" not in shown
    assert desk.post(url, SIGNED | {"agree": ""}).status_code == 422
    assert desk.post(url, SIGNED).status_code == 302
    row.refresh_from_db()
    assert (row.way, row.signed_name, row.drawing) == ("on_screen", "Ana Testperson", "M1 2 3 4")
    assert "hand the device back" in text(desk.get(url))
    again = desk.post(url, SIGNED | {"signed_name": "Someone"})
    assert again.status_code == 409 and "signed already" in text(again)
    assert 'd="M1 2 3 4"' in text(desk.get(page("consent", row)))


@pytest.mark.parametrize("drawn", ["<svg>", "M1 2Z", "M1 2 url(x)", "M1", "M1 2 " * 9000])
def test_a_drawing_that_is_no_path_is_refused(drawn: str, desk: Client) -> None:
    row = make.waiting_release(make.patient())
    assert desk.post(page("consent_signature", row), SIGNED | {"drawing": drawn}).status_code == 422
    row.refresh_from_db()
    assert row.signed_on is None


def test_a_typed_name_alone_signs(desk: Client) -> None:
    row = make.waiting_release(make.patient())
    assert desk.post(page("consent_signature", row), SIGNED | {"drawing": ""}).status_code == 302


def test_a_guardian_says_why_they_may_sign(desk: Client) -> None:
    row = make.waiting_release(make.patient())
    url, said = page("consent_signature", row), SIGNED | {"signed_as": "guardian"}
    assert desk.post(url, said).status_code == 422
    assert desk.post(url, said | {"signed_authority": "Mother"}).status_code == 302
    assert "Mother" in text(desk.get(page("consent", row)))


def test_what_was_signed_on_paper_is_noted_once(desk: Client) -> None:
    row = make.waiting_release(make.patient())
    url, day = page("consent_paper", row), local_day(timezone.now(), "America/New_York")
    said = {"signed_name": "Ana", "signed_as": "patient", "signed_on": (day + timedelta(days=1)).isoformat()}
    assert desk.get(url).status_code == 200
    assert desk.post(url, said).status_code == 422
    assert desk.post(url, said | {"signed_on": (day - timedelta(days=4)).isoformat()}).status_code == 302
    assert desk.post(url, said | {"signed_on": day.isoformat()}).status_code == 409
    assert desk.get(url).status_code == 404


def test_a_consent_nobody_signed_is_removed_and_a_signed_one_is_not(desk: Client) -> None:
    waiting, signed = make.waiting_release(make.patient()), make.release(make.patient())
    for row in (waiting, signed):
        assert desk.post(page("consent_removal", row)).status_code == 302
    assert list(Consent.objects.all()) == [signed]


def test_a_criminal_justice_consent_is_ended_only_by_its_event(desk: Client) -> None:
    held = make.release(
        make.patient(), "justice", purpose="justice", is_irrevocable=True, expires_event="probation ends"
    )
    url = page("consent_revocation", held)
    assert desk.post(url, {"how": "written"}).status_code == 422
    assert desk.post(url, {"how": "event"}).status_code == 302
    listed = text(desk.get(reverse("patients:consents", args=[held.patient_id])))
    assert "Ended" in listed


@pytest.mark.parametrize("role", [Role.BILLER, Role.PRESCRIBER, Role.DIRECTOR])
def test_readers_of_consents_ask_for_none_and_sign_none(role: Role, sign_in: Any) -> None:
    row, client = make.waiting_release(make.patient()), sign_in(role=role)
    assert client.get(page("consent", row)).status_code == 200
    for url in (new(row.patient, "tpo"), page("consent_signature", row), page("consent_removal", row)):
        assert client.post(url, SIGNED).status_code == 403


TOLD = {
    "recipient": "Dr. Vale, Trenton Hospital",
    "recipient_kind": "provider",
    "purpose": "treatment",
    "scopes": ["medication"],
}


def test_telling_is_refused_in_words_and_what_was_typed_stays(desk: Client) -> None:
    patient = make.episode(is_part2=True).patient
    answer = desk.post(reverse("patients:disclosure_new", args=[patient.pk]), TOLD)
    assert answer.status_code == 409
    assert "There is no consent of this patient" in text(answer) and "Trenton Hospital" in text(answer)
    assert not Disclosure.objects.exists()


def test_what_is_told_shows_what_goes_along(desk: Client) -> None:
    patient = make.episode(is_part2=True).patient
    make.release(patient, recipient_classes=["provider"], scopes=["medication"], purpose="treatment")
    answer = desk.post(reverse("patients:disclosure_new", args=[patient.pk]), TOLD)
    row = Disclosure.objects.get()
    assert (answer.status_code, answer.url) == (302, page("disclosure", row))
    assert NOTICE in text(desk.get(answer.url)) and "copy of the consent" in text(desk.get(answer.url))


def test_an_emergency_needs_a_reason_and_the_privacy_officer_looks_at_it(desk: Client, sign_in: Any) -> None:
    patient = make.episode(is_part2=True).patient
    url, said = reverse("patients:disclosure_new", args=[patient.pk]), TOLD | {"exception": "emergency"}
    assert desk.post(url, said).status_code == 422
    assert desk.post(url, said | {"reason": "Unconscious, drugs unknown"}).status_code == 302
    row, log = Disclosure.objects.get(), reverse("patients:disclosure_log")
    officer = sign_in(role=Role.PRIVACY_OFFICER)
    assert "1 emergency to look at" in text(officer.get(log))
    assert desk.post(page("disclosure", row), {"note": "Fine"}).status_code == 403
    assert officer.post(page("disclosure", row), {"note": ""}).status_code == 422
    assert officer.post(page("disclosure", row), {"note": "It was one."}).status_code == 302
    assert "Every emergency is looked at" in text(officer.get(log))
    assert officer.post(page("disclosure", row), {"note": "Again"}).status_code == 409
    assert "It was one." in text(officer.get(page("disclosure", row)))


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BILLER])
def test_desk_and_biller_read_the_list_and_tell_nobody(role: Role, sign_in: Any) -> None:
    patient, client = make.patient(), sign_in(role=role)
    make.disclosure(patient)
    assert "Trenton Hospital" in text(client.get(reverse("patients:disclosures", args=[patient.pk])))
    assert client.get(reverse("patients:disclosure_new", args=[patient.pk])).status_code == 403
    assert client.get(reverse("patients:disclosure_log")).status_code == 403


def test_the_accounting_leaves_out_what_was_for_care(desk: Client) -> None:
    patient = make.patient()
    make.disclosure(patient, at=timezone.now())
    make.disclosure(patient, basis="care", reason="", recipient="Cobalt Plan", at=timezone.now())
    url = reverse("patients:disclosures", args=[patient.pk])
    assert "Cobalt Plan" in text(desk.get(url))
    accounted = text(desk.get(url, {"show": "accounting"}))
    assert "Cobalt Plan" not in accounted and "Trenton Hospital" in accounted


def test_lists_ask_the_same_number_of_times_however_long_they_are(
    sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    officer, patient, by = sign_in(role=Role.PRIVACY_OFFICER), make.patient(), make.user()
    log, listed = reverse("patients:disclosure_log"), reverse("patients:disclosures", args=[patient.pk])
    for most in (1, 60):
        for number in range(most):
            make.disclosure(make.patient() if number % 2 else patient, by=by)
        for url in (log, listed):
            officer.get(url)
            with django_assert_max_num_queries(16):
                assert officer.get(url).status_code == 200


def test_another_sites_disclosure_is_on_no_list_here(sign_in: Any) -> None:
    make.disclosure(make.patient(make.other_site()))
    assert "Nothing was told" in text(
        sign_in(role=Role.PRIVACY_OFFICER).get(reverse("patients:disclosure_log"))
    )


def test_a_chart_with_many_consents_asks_no_more_often(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    patient, by = make.patient(), make.user()
    url = reverse("patients:consents", args=[patient.pk])
    for most in (1, 25):
        for number in range(most):
            make.release(patient, recipient_names=[f"Dr. {number}"], recorded_by=by)
            make.relative(patient, name=f"Rosa {most} {number}")
        desk.get(url)
        with django_assert_max_num_queries(15):
            assert desk.get(url).status_code == 200
