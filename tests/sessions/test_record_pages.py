"""The pages that give the whole record: who may, who says again who they are, what the answer carries."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import ALLOWED, Permission, Role
from patients.models import Disclosure, Episode
from sessions.exporting import BUSY, LOCK
from tests import make
from tests.sessions.record_world import opened
from tests.sure import recently_sure, signed_in_by_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Episode:
    return make.episode(make.portal_patient())


def page_of(episode: Episode) -> str:
    return reverse("sessions:record", args=[episode.patient_id])


@pytest.fixture
def desk(ana: Episode, sign_in: Callable[..., Client]) -> Client:
    """The case manager, who has just said who they are."""
    person = make.user(Role.CASE_MANAGER)
    client = sign_in(person)
    recently_sure(client, person)
    return client


def whole(answer: Any) -> Any:
    return opened(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_page_says_what_will_be_in_it_and_what_not(ana: Episode, desk: Client) -> None:
    make.note(make.booking(make.session(), ana))
    page = desk.get(page_of(ana)).text
    assert "Signed progress notes" in page and "Drafts of notes" in page
    assert "Make the archive" in page
    assert not Disclosure.objects.exists()


def test_the_answer_is_a_file_to_keep_that_nobody_caches_or_guesses(ana: Episode, desk: Client) -> None:
    answer = desk.post(page_of(ana))
    number = ana.patient.record_number
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith(f'attachment; filename="record-{number}-20')
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    row = Disclosure.objects.get()
    assert int(answer["Content-Length"]) == row.content_bytes
    assert "record.pdf" in whole(answer).names
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {
        "chart.read_export",
        "patients.disclose",
    }


def test_whatever_is_typed_the_recipient_is_the_patient(ana: Episode, desk: Client) -> None:
    wanted = {"recipient": "Rosa, the mother", "recipient_kind": "family", "scopes": ["counseling_notes"]}
    desk.post(page_of(ana), wanted)
    row = Disclosure.objects.get()
    assert (row.recipient_kind, row.recipient) == ("patient", f"Ana {ana.patient.family_name}")
    assert row.scopes == ["everything"]


def test_nobody_gets_it_without_saying_again_who_they_are(
    ana: Episode, sign_in: Callable[..., Client]
) -> None:
    client = sign_in(make.user(Role.CASE_MANAGER))
    for method in (client.get, client.post):
        assert "reauthenticate" in method(page_of(ana))["Location"]
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in ALLOWED[Permission.DISCLOSE]])
def test_only_roles_that_may_disclose_reach_it(
    role: Role, ana: Episode, sign_in: Callable[..., Client]
) -> None:
    person = make.user(role)
    client = sign_in(person)
    recently_sure(client, person)
    assert client.post(page_of(ana)).status_code == 403
    assert not Disclosure.objects.exists()


def test_a_chart_of_another_site_is_not_there(desk: Client) -> None:
    other = make.episode(make.patient(make.other_site()))
    assert desk.post(page_of(other)).status_code == 404


def test_the_documents_tab_leads_to_it_for_who_may(ana: Episode, sign_in: Callable[..., Client]) -> None:
    tab = reverse("patients:documents", args=[ana.patient_id])
    assert page_of(ana) in sign_in(make.user(Role.CASE_MANAGER)).get(tab).text


def test_the_privacy_officer_finds_it_beside_what_left(ana: Episode, sign_in: Callable[..., Client]) -> None:
    person = make.user(Role.PRIVACY_OFFICER)
    client = sign_in(person)
    recently_sure(client, person)
    assert page_of(ana) in client.get(reverse("patients:disclosures", args=[ana.patient_id])).text
    assert client.get(page_of(ana)).status_code == 200


def test_a_minors_page_says_whose_it_is(desk: Client) -> None:
    young = make.episode(make.patient(born_on=make.NOW.date().replace(year=make.NOW.year - 15)))
    assert "Under 18." in desk.get(page_of(young)).text


@pytest.fixture
def other_connection(no_connection_left: None) -> Iterator[Any]:
    """A second session of the same database, as another worker has one."""
    other = connections.create_connection("default")
    other.settings_dict = connection.settings_dict
    yield other
    other.close()


def test_a_record_that_is_being_made_is_not_made_twice(
    ana: Episode, desk: Client, other_connection: Any
) -> None:
    with other_connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, ana.patient_id])
        answer = desk.post(page_of(ana))
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, ana.patient_id])
    assert answer.status_code == 409 and BUSY in answer.text
    assert not Disclosure.objects.exists()
    assert desk.post(page_of(ana)).status_code == 200


# --- the portal ------------------------------------------------------------------------------------------

MINE = "portal:record"


@pytest.fixture
def phone(ana: Episode, sign_in: Callable[..., Client]) -> Client:
    client = sign_in(ana.patient.user)
    recently_sure(client, ana.patient.user)
    return client


def test_a_patient_takes_their_own_record_home(ana: Episode, phone: Client) -> None:
    make.episode(make.portal_patient(given_name="OTTO"))
    assert "Download my record" in phone.get(reverse(MINE)).text
    made = whole(phone.post(reverse(MINE)))
    row = Disclosure.objects.get()
    assert (row.patient, row.basis, row.by) == (ana.patient, "access", ana.patient.user)
    assert ana.patient.family_name in made.readme and "OTTO" not in made.text


def test_my_care_leads_to_it(phone: Client) -> None:
    assert reverse(MINE) in phone.get(reverse("portal:care")).text


def test_a_password_is_asked_again_in_the_portal_too(ana: Episode, sign_in: Callable[..., Client]) -> None:
    client = sign_in(ana.patient.user)
    assert "reauthenticate" in client.post(reverse(MINE))["Location"]


def test_who_signs_in_by_codes_needs_a_new_one(ana: Episode) -> None:
    client = Client()
    signed_in_by_code(client, ana.patient.user, seconds_ago=301)
    for answer in (client.get(reverse(MINE)), client.post(reverse(MINE))):
        assert answer.status_code == 200 and "Sign in again" in answer.text
        assert "Download my record" not in answer.text
    assert not Disclosure.objects.exists()
    signed_in_by_code(client, ana.patient.user, seconds_ago=10)
    assert client.post(reverse(MINE))["Content-Type"] == "application/zip"


def test_signing_in_again_leads_back_here(ana: Episode, mailoutbox: list[Any]) -> None:
    client = Client()
    signed_in_by_code(client, ana.patient.user, seconds_ago=301)
    code_page = f"{reverse('account_request_login_code')}?next={reverse(MINE)}"
    assert code_page.replace("&", "&amp;") in client.get(reverse(MINE)).text
    out = client.post(reverse("account_logout"), {"next": code_page})
    assert out["Location"] == code_page
    asked = client.post(code_page, {"email": ana.patient.user.email, "next": reverse(MINE)})
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mailoutbox[0].body, re.M)
    assert code is not None
    done = client.post(asked["Location"], {"code": code.group(1), "next": reverse(MINE)})
    assert done["Location"] == reverse(MINE)
    assert "Download my record" in client.get(reverse(MINE)).text


def test_a_minor_is_asked_to_come_to_us(sign_in: Callable[..., Client]) -> None:
    young = make.portal_patient(born_on=make.NOW.date().replace(year=make.NOW.year - 15))
    client = sign_in(young.user)
    recently_sure(client, young.user)
    page = client.get(reverse(MINE)).text
    assert "Ask us for it." in page and "Download my record" not in page
    assert client.post(reverse(MINE)).status_code == 403
    assert not Disclosure.objects.exists()


def test_the_address_holds_no_number_so_nobody_elses_record_can_be_asked_for(
    ana: Episode, phone: Client
) -> None:
    other = make.portal_patient()
    made = whole(phone.post(reverse(MINE), {"patient": other.pk, "pk": other.pk}))
    assert f"chart {ana.patient.record_number}" in made.readme
