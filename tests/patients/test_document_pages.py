"""Documents in the browser without script: begun, filled in, signed, read; and the portal's copy."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.roles import Role
from patients.document_signing import family_parts
from patients.documents.reader import load_documents
from patients.models import ClinicalDocument, Episode, Patient, Signature
from tests import make
from tests.make import NOW, SAFETY_PLAN
from tests.sure import recently_sure

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture
def ana() -> Episode:
    return make.episode(make.portal_patient())


@pytest.fixture
def client(ana: Episode, sign_in: SignIn) -> Client:
    return sign_in(ana.primary_clinician)


def part_url(document: ClinicalDocument, number: int = 1) -> str:
    return reverse("patients:document_part", kwargs={"pk": document.pk, "number": number})


def seen_on(client: Client, url: str) -> str:
    found = re.search(r'id="seen" value="([0-9a-f]+)"', client.get(url).content.decode())
    assert found is not None
    return found[1]


def draft(ana: Episode, **fields: Any) -> ClinicalDocument:
    return make.document(ana.patient, ana.primary_clinician, **fields)


def test_writing_begins_at_the_first_part(client: Client, ana: Episode) -> None:
    url = reverse("patients:document_new", args=[ana.patient_id])
    answer = client.post(url, {"kind": "safety_plan"})
    assert answer["Location"] == part_url(ClinicalDocument.objects.get())
    assert client.post(url, {"kind": "poem"}).status_code == 422


def test_a_part_saved_by_its_button_leads_to_the_next(client: Client, ana: Episode) -> None:
    url = part_url(found := draft(ana))
    typed = {"seen": seen_on(client, url), "warning_signs-rows": "2", "warning_signs-0-sign": "No sleep"}
    assert client.post(url, typed)["Location"] == part_url(found, 2)
    found.refresh_from_db()
    assert found.answers == {"warning_signs": [{"sign": "No sleep"}]}


def test_going_on_goes_on_whatever_the_questions_are_called(client: Client, ana: Episode) -> None:
    """The discharge summary asks for the "stay"."""
    url = part_url(found := draft(ana, kind="discharge_summary"))
    typed = {"seen": seen_on(client, url), "stay": "Aug 17 to Oct 5"}
    assert client.post(url, typed)["Location"] == part_url(found, 2)
    again = typed | {"seen": seen_on(client, url), "save-then": "rows"}
    assert client.post(url, again)["Location"] == url
    asked = {question.id for form in load_documents().values() for question in form.questions}
    assert not asked & {"seen", "save-then", "csrfmiddlewaretoken"}


def test_what_is_typed_is_saved_as_it_is_typed(client: Client, ana: Episode) -> None:
    url = part_url(draft(ana), 2)
    typed = {"seen": seen_on(client, url), "alone-rows": "2", "alone_obstacle": "Rain"}
    answer = client.post(url, typed, headers={"HX-Request": "true"}).content.decode()
    assert "Saved" in answer and 'hx-swap-oob="true"' in answer


def test_another_window_never_overwrites_and_nothing_typed_is_lost(client: Client, ana: Episode) -> None:
    url = part_url(found := draft(ana))
    first = seen_on(client, url)
    for sign in ("Mine", "Theirs"):
        typed = {"seen": first, "warning_signs-rows": "2", "warning_signs-0-sign": sign}
        answer = client.post(url, typed)
    assert answer.status_code == 409
    assert "another window" in answer.content.decode() and 'value="Theirs"' in answer.content.decode()
    found.refresh_from_db()
    assert found.answers["warning_signs"] == [{"sign": "Mine"}]


@pytest.mark.parametrize(
    ("name", "value"),
    [("access", "everything"), ("surroundings-0-by", "tomorrow"), ("surroundings-rows", "9999999999")],
)
def test_bad_input_is_a_sentence_and_keeps_the_rest(
    client: Client, ana: Episode, name: str, value: str
) -> None:
    url = part_url(draft(ana), 6)
    typed = {"seen": seen_on(client, url), "surroundings-rows": "2", "reason_to_live": "My dog"}
    answer = client.post(url, typed | {name: value})
    assert answer.status_code in (302, 422)
    if answer.status_code == 422:
        assert "My dog" in answer.content.decode()


def test_a_part_that_is_not_there_is_404(client: Client, ana: Episode) -> None:
    assert client.get(part_url(draft(ana), 99)).status_code == 404


def test_signing_lists_what_is_open_then_signs(client: Client, ana: Episode) -> None:
    found = draft(ana)
    url = reverse("patients:document_signature", args=[found.pk])
    assert "reauthenticate" in client.get(url)["Location"]
    recently_sure(client, ana.primary_clinician)
    assert "still need an answer" in client.get(url).content.decode()
    assert client.post(url).status_code == 422
    ClinicalDocument.objects.filter(pk=found.pk).update(answers=SAFETY_PLAN)
    assert client.post(url).status_code == 302
    assert Signature.objects.get().signer == ana.primary_clinician


def test_a_document_says_the_day_it_was_signed_at_the_clinic(client: Client, ana: Episode) -> None:
    signed_late = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
    ClinicalDocument.objects.filter(pk=draft(ana).pk).update(
        answers=SAFETY_PLAN, started_at=signed_late, signed_at=signed_late
    )
    page = client.get(reverse("patients:documents", args=[ana.patient_id])).content.decode()
    assert "Version 1, signed Mar 2, 2026" in page


def test_a_reader_cannot_write(ana: Episode, sign_in: SignIn) -> None:
    client = sign_in(make.user(Role.DIRECTOR))
    found = draft(ana)
    assert client.get(reverse("patients:document", args=[found.pk])).status_code == 200
    assert client.post(part_url(found), {"seen": "0" * 16, "warning_signs-rows": "2"}).status_code == 403


def test_the_portal_shows_the_plan_and_takes_the_signature(ana: Episode, sign_in: SignIn) -> None:
    found = draft(ana, answers=SAFETY_PLAN, signed_at=NOW)
    client = sign_in(ana.patient.user)
    assert "Safety plan" in client.get(reverse("portal:care")).content.decode()
    url = reverse("portal:paper", args=[found.public_id])
    page = client.get(url).content.decode()
    assert "My sister" in page and "988" in page
    assert client.post(url, {"signed_name": "Ana"}).status_code == 422
    assert client.post(url, {"signed_name": "Ana Test", "agreed": "on"}).status_code == 302
    assert Signature.objects.get().way == "portal"
    assert "Sign it" not in client.get(url).content.decode()


def test_the_portal_shows_no_draft_and_no_assessment(ana: Episode, sign_in: SignIn) -> None:
    draft(ana)
    hidden = draft(ana, kind="biopsychosocial", signed_at=NOW)
    client = sign_in(ana.patient.user)
    assert "Safety plan" not in client.get(reverse("portal:care")).content.decode().split("<h1>")[1][:400]
    assert client.get(reverse("portal:paper", args=[hidden.public_id])).status_code == 404


@pytest.mark.parametrize(("born_on", "after"), [(date(1992, 2, 3), []), (date(2011, 2, 3), ["patient"])])
def test_a_minor_signs_beside_the_guardian_and_an_adult_alone(
    client: Client, ana: Episode, born_on: date, after: list[str]
) -> None:
    Patient.objects.filter(pk=ana.patient_id).update(born_on=born_on)
    found = draft(ana, signed_at=NOW)
    page = client.get(reverse("patients:document", args=[found.pk])).content.decode()
    assert "Patient signs" in page
    url = reverse("patients:document_patient_signature", args=[found.pk])
    said = {"part": "guardian", "way": "on_screen", "signed_name": "Rosa Testperson"}
    assert client.post(url, said).status_code == 302
    found = ClinicalDocument.objects.select_related("patient__site").get(pk=found.pk)
    assert family_parts(found) == after
