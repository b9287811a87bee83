"""No signature without saying again who one is, not even by someone of whom allauth can ask nothing."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.roles import Role
from tests import make
from tests.sure import signed_in_by_code
from tests.test_access import digest, world

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent

SIGNING = {
    "patients:plan_signature": "plan",
    "patients:plan_review_signature": "plan_review",
    "patients:document_signature": "document",
    "patients:determination_signature": "determination",
    "patients:certification_new": "patient",
    "sessions:signature": "note",
}


def signer(name: str) -> User:
    return make.clinician(role=Role.PRESCRIBER if name == "patients:certification_new" else Role.SUPERVISOR)


@pytest.mark.parametrize("name", SIGNING)
def test_who_signs_in_by_codes_alone_signs_only_after_a_new_one(name: str) -> None:
    mine, _ = world(make.site())
    url, who, client = reverse(name, kwargs=mine.kwargs[SIGNING[name]]), signer(name), Client()
    signed_in_by_code(client, who, seconds_ago=301)
    client.get(reverse("home"))
    before = digest()
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code == 403 and "Sign in again" in answer.text
    assert digest() == before
    signed_in_by_code(client, who, seconds_ago=10)
    assert "Sign in again" not in client.get(url).text


@pytest.mark.parametrize("name", SIGNING)
def test_a_password_is_asked_again(name: str) -> None:
    mine, _ = world(make.site())
    client = Client()
    client.force_login(signer(name))
    answer = client.post(reverse(name, kwargs=mine.kwargs[SIGNING[name]]))
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]


def test_signing_pages_ask_through_one_door() -> None:
    """allauth's own decorator lets pass whom it cannot ask; the record's pages ask `is_sure` beside it."""
    used = [
        str(path.relative_to(ROOT))
        for room in ("iop_clinic", "patients", "scheduling", "sessions", "billing")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"^@reauthentication_required", source := path.read_text(), re.M)
        and "is_sure(" not in source
    ]
    assert used == []
