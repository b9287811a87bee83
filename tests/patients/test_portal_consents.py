"""My consents in the portal: sign what waits, read what stands, take it back; nobody else's."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.refusal import Refused
from patients.disclosing import disclose
from patients.models import Consent, Patient
from tests import make

pytestmark = pytest.mark.django_db
SAID = {"signed_name": "Ana Portal", "agree": "on", "drawing": "M1 2 3 4"}


@pytest.fixture
def ana() -> Patient:
    return make.portal_patient()


@pytest.fixture
def phone(ana: Patient, sign_in: Any) -> Client:
    return sign_in(ana.user)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def at(row: Consent, name: str = "consent") -> str:
    return reverse(f"portal:{name}", args=[row.public_id])


def test_a_consent_that_waits_is_read_and_signed(ana: Patient, phone: Client) -> None:
    row = make.waiting_release(ana)
    assert "It waits for your signature" in text(phone.get(reverse("portal:week")))
    assert "Waits for your signature" in text(phone.get(reverse("portal:consents")))
    assert "data-signature-pad" in text(phone.get(at(row)))
    assert phone.post(at(row), SAID | {"agree": ""}).status_code == 422
    assert phone.post(at(row), SAID | {"signed_name": " "}).status_code == 422
    assert phone.post(at(row), SAID).status_code == 302
    row.refresh_from_db()
    assert (row.way, row.signed_as, row.recorded_by, row.signed_name) == (
        "portal", "patient", ana.user, "Ana Portal",
    )  # fmt: skip
    assert row.content_sha256 and row.drawing == "M1 2 3 4"
    assert "It waits" not in text(phone.get(reverse("portal:week")))


def test_pressing_twice_signs_once(ana: Patient, phone: Client) -> None:
    row = make.waiting_release(ana)
    assert [phone.post(at(row), SAID).status_code for _ in range(2)] == [302, 409]


def test_the_patient_cannot_sign_as_someone_else(ana: Patient, phone: Client) -> None:
    row = make.waiting_release(ana)
    phone.post(at(row), SAID | {"signed_as": "guardian", "signed_authority": "Mother", "way": "paper"})
    row.refresh_from_db()
    assert (row.signed_as, row.way) == ("patient", "portal")


def test_taking_back_binds_at_once(ana: Patient, phone: Client) -> None:
    make.episode(ana, is_part2=True)
    row = make.release(ana)
    said: dict[str, Any] = {"recipient_kind": "payer", "purpose": "payment", "scopes": ["plan"]}
    said |= {"actor": make.user(), "patient": ana, "recipient": "Bluestone Health"}
    assert disclose(now=make.NOW, **said)
    assert "Take it back" in text(phone.get(at(row)))
    assert phone.post(at(row, "consent_revocation")).status_code == 302
    row.refresh_from_db()
    assert (row.revoked_how, row.revoked_by) == ("portal", ana.user)
    with pytest.raises(Refused, match="was taken back"):
        disclose(now=timezone.now(), **said)
    assert "taken back" in text(phone.get(reverse("portal:consents")))


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("treatment", {}),
        ("privacy_notice", {}),
        ("justice", {"purpose": "justice", "is_irrevocable": True, "expires_event": "probation ends"}),
    ],
)
def test_some_are_not_taken_back_by_a_button(
    kind: str, own: dict[str, Any], ana: Patient, phone: Client
) -> None:
    row = make.release(ana, kind, **own) if own else make.consent(ana, kind)
    assert "Take it back" not in text(phone.get(at(row)))
    assert phone.post(at(row, "consent_revocation")).status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is None


def test_one_signed_on_paper_is_listed_without_its_words(ana: Patient, phone: Client) -> None:
    assert "You signed this on paper" in text(phone.get(at(make.consent(ana))))


def test_someone_elses_consent_is_not_found(phone: Client) -> None:
    theirs = make.waiting_release(make.patient())
    assert phone.get(at(theirs)).status_code == 404
    assert phone.post(at(theirs), SAID).status_code == 404
    assert phone.post(at(theirs, "consent_revocation")).status_code == 404
    theirs.refresh_from_db()
    assert theirs.signed_on is None
