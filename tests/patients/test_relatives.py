"""Relatives on the chart, and the written consent before one of them joins a family session."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.consenting import revoke_consent
from patients.models import Consent, RelatedPerson
from patients.relating import add_related_person, consent_in_force
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in: Any) -> Client:
    return sign_in(role=Role.FRONT_DESK)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_relative_is_added_once_and_the_trail_names_only_the_chart() -> None:
    patient, said = make.patient(), {"name": "Rosa Testperson", "relationship": "Mother"}
    add_related_person(actor=make.user(), patient=patient, **said)
    event = AuditEvent.objects.get(verb="patients.add_related_person")
    assert event.patient_id == patient.pk and "Rosa" not in str(event.detail)
    with pytest.raises(Refused, match="on this chart already"):
        add_related_person(actor=make.user(), patient=patient, **said)
    with pytest.raises(Refused) as refused:
        add_related_person(actor=make.user(), patient=patient, name=" ", relationship="Mother")
    assert refused.value.status == 422 and "name" in refused.value.fields


def test_consent_holds_until_it_ends_or_is_taken_back() -> None:
    rosa = make.relative(make.patient(), agreed=False)
    assert consent_in_force(rosa, make.MONDAY) is None
    given = make.consent(rosa.patient, "family", related_person=rosa, expires_on=make.MONDAY)
    assert consent_in_force(rosa, make.MONDAY) == given
    assert consent_in_force(rosa, make.MONDAY + timedelta(days=1)) is None
    revoke_consent(actor=make.user(), consent=given, now=make.NOW)
    assert consent_in_force(rosa, make.MONDAY) is None


def test_the_page_adds_a_relative_records_the_consent_and_takes_it_back(desk: Client) -> None:
    patient = make.patient()
    page = reverse("patients:relatives", args=[patient.pk])
    assert desk.post(page, {"name": "Rosa Testperson", "relationship": "Mother"}).status_code == 302
    rosa = RelatedPerson.objects.get()
    assert "Not signed" in text(desk.get(page))
    sign = reverse("patients:relative_consent", args=[rosa.pk])
    today = local_day(timezone.now(), patient.site.time_zone)
    assert desk.get(sign).status_code == 200
    assert desk.post(sign, {"signed_name": "Ana", "signed_on": today + timedelta(days=2)}).status_code == 422
    assert desk.post(sign, {"signed_name": "Ana", "signed_on": today}).status_code == 302
    given = Consent.objects.get(related_person=rosa)
    assert "In force" in text(desk.get(page))
    consents = text(desk.get(reverse("patients:consents", args=[patient.pk])))
    assert "Family sessions with Rosa Testperson" in consents
    assert (
        desk.post(reverse("patients:consent_revocation", args=[given.pk]), {"how": "verbal"}).status_code
        == 302
    )
    assert "Not signed" in text(desk.get(page))


def test_who_only_reads_the_chart_adds_no_relative(sign_in: Any) -> None:
    patient, client = make.patient(), sign_in(role=Role.BILLER)
    page = reverse("patients:relatives", args=[patient.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "Rosa", "relationship": "Mother"}).status_code == 403
    assert not RelatedPerson.objects.exists()


@pytest.mark.parametrize(("typed", "status", "kept"), [("pa", 302, "PA"), ("", 302, ""), ("ZZ", 422, "")])
def test_the_home_state_is_two_letters_of_a_state(desk: Client, typed: str, status: int, kept: str) -> None:
    patient = make.patient()
    said = {"given_name": "Ana", "family_name": patient.family_name, "born_on": "1992-02-03"}
    said |= {"state_code": typed, "initial-state_code": ""}
    answer = desk.post(reverse("patients:edit", args=[patient.pk]), said)
    patient.refresh_from_db()
    assert (answer.status_code, patient.state_code) == (status, kept)
