"""Lists, search, consents and coverage as pages; what was typed in a search stays out of the address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.roles import Role
from patients.models import Authorization, Consent, Coverage, Patient
from tests import make

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]
TODAY = make.NOW.date()
HTMX = {"HTTP_HX_REQUEST": "true"}
SEARCH = "/patients/search/"


def amara() -> Patient:
    patient = make.patient(given_name="Amara", family_name="Willowby")
    patient.refresh_from_db()
    return patient


def test_the_list_shows_who_is_in_the_program_or_everyone(sign_in: SignIn) -> None:
    here = make.episode(admitted_on=TODAY - timedelta(days=3)).patient
    gone = make.episode(admitted_on=TODAY - timedelta(days=30), ended_on=TODAY - timedelta(days=1)).patient
    make.episode(make.patient(make.other_site()))
    client = sign_in()

    def listed(query: str) -> dict[int, str]:
        rows = client.get(f"/patients/{query}").context["rows"]
        return {row.patient.pk: f"{row.status} {row.detail}".strip() for row in rows}

    assert listed("") == {here.pk: "In program day 4"}
    assert set(listed("?show=all")) == {here.pk, gone.pk}
    assert listed("?show=nonsense&page=99999999999") == listed("")


def test_the_list_is_paged(sign_in: SignIn) -> None:
    for _ in range(51):
        make.patient()
    client = sign_in()
    assert len(client.get("/patients/?show=all").context["rows"]) == 50
    assert len(client.get("/patients/?show=all&page=2").context["rows"]) == 1


def test_a_search_posts_and_answers_a_page(sign_in: SignIn) -> None:
    patient, client = amara(), sign_in()
    empty = client.get(SEARCH, {"q": "amara"}).content.decode()
    assert "Amara" not in empty
    shown = client.post(SEARCH, {"q": "amara"}).content.decode()
    assert reverse("patients:chart", args=[patient.pk]) in shown
    assert "Nobody found" in client.post(SEARCH, {"q": "zzzz"}).content.decode()


def test_the_palette_gets_its_piece_with_what_this_role_may_do(sign_in: SignIn) -> None:
    patient = amara()
    piece = sign_in(role=Role.CLINICIAN).post(SEARCH, {"q": "10/2 amara"}, **HTMX).content.decode()
    assert "<html" not in piece
    piece = sign_in(role=Role.CLINICIAN).post(SEARCH, {"q": "amara"}, **HTMX).content.decode()
    assert f"Chart {patient.record_number}, born Feb 3, 1992" in piece
    assert "Measures" in piece
    desk = sign_in().post(SEARCH, {"q": "amara"}, **HTMX).content.decode()
    assert "Book a visit" in desk and "Measures" not in desk


@pytest.mark.parametrize("text", ["", " ", "%", "\\", "'; drop", "a" * 5000, "💜", "()[]*+", "2/30/1990"])
def test_any_text_in_the_search_is_harmless(text: str, sign_in: SignIn) -> None:
    assert sign_in().post(SEARCH, {"q": text}).status_code == 200


def consent(**fields: str) -> dict[str, str]:
    return {"kind": "treatment", "signed_name": "Amara Willowby", "signed_on": TODAY.isoformat()} | fields


def test_a_consent_is_recorded_once_and_taken_back_on_its_own_page(sign_in: SignIn) -> None:
    patient, client = amara(), sign_in()
    url = reverse("patients:consents", args=[patient.pk])
    assert [client.post(url, consent()).status_code for _ in range(2)] == [302, 302]
    row = Consent.objects.get()
    away = reverse("patients:consent_revocation", args=[row.pk])
    assert "Take back" in client.get(away, **HTMX).content.decode()
    row.refresh_from_db()
    assert row.revoked_at is None
    assert client.post(away).status_code == 422
    assert client.post(away, {"how": "written"}).status_code == 302
    assert "Taken back" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"kind": "soul"}, 422),
        ({"signed_name": ""}, 422),
        ({"signed_on": (TODAY + timedelta(days=3)).isoformat()}, 422),
        ({"expires_on": "2001-01-01"}, 422),
    ],
)
def test_a_consent_that_cannot_be_is_refused(wrong: dict[str, str], status: int, sign_in: SignIn) -> None:
    url = reverse("patients:consents", args=[amara().pk])
    assert sign_in().post(url, consent(**wrong)).status_code == status
    assert not Consent.objects.exists()


@pytest.mark.parametrize("role", [Role.BILLER, Role.PRESCRIBER, Role.DIRECTOR])
def test_readers_of_consents_do_not_record_them(role: Role, sign_in: SignIn) -> None:
    url = reverse("patients:consents", args=[amara().pk])
    client = sign_in(role=role)
    assert "Record a signed consent" not in client.get(url).content.decode()
    assert client.post(url, consent()).status_code == 403


def coverage(**fields: Any) -> dict[str, Any]:
    given = {"payer": make.payer().pk, "member_number": "M1", "rank": "1", "from_on": TODAY.isoformat()}
    return given | fields


def test_coverage_is_added_once_ended_and_followed_by_another(sign_in: SignIn) -> None:
    patient, client = amara(), sign_in()
    url = reverse("patients:coverage", args=[patient.pk])
    assert [client.post(url, coverage()).status_code for _ in range(2)] == [302, 302]
    assert client.post(url, coverage(member_number="M2")).status_code == 409
    end = reverse("patients:coverage_end", args=[Coverage.objects.get().pk])
    assert client.post(end, {"to_on": "2001-01-01"}).status_code == 422
    assert client.post(end, {"to_on": TODAY.isoformat()}).status_code == 302
    later = (TODAY + timedelta(days=1)).isoformat()
    assert client.post(url, coverage(member_number="M2", from_on=later)).status_code == 302
    assert Coverage.objects.count() == 2


def test_an_authorization_is_asked_for_and_answered(sign_in: SignIn) -> None:
    held = make.coverage(amara())
    client = sign_in(role=Role.BILLER)
    new = reverse("patients:authorization_new", args=[held.pk])
    asked = {
        "service_code": "S9480",
        "units_requested": "10",
        "from_on": TODAY.isoformat(),
        "to_on": (TODAY + timedelta(days=27)).isoformat(),
        "status": "requested",
        "units_approved": "0",
    }
    assert [client.post(new, asked).status_code for _ in range(2)] == [302, 302]
    row = Authorization.objects.get()
    url = reverse("patients:authorization_answer", args=[row.pk])
    answer = {"status": "approved", "number": "", "units_approved": "8", "to_on": asked["to_on"]}
    assert client.post(url, answer).status_code == 422
    assert client.post(url, {**answer, "units_approved": "-8"}).status_code == 422
    assert client.post(url, {**answer, "number": "BX-1"}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.units_approved) == ("approved", 8)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.DIRECTOR, Role.PRIVACY_OFFICER])
def test_readers_of_coverage_do_not_change_it(role: Role, sign_in: SignIn) -> None:
    client, url = sign_in(role=role), reverse("patients:coverage", args=[amara().pk])
    assert "Add coverage" not in client.get(url).content.decode()
    assert client.post(url, coverage()).status_code == 403
