"""What the trail keeps besides deeds: doors that stayed shut, and charts looked at in the administration."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Patient
from tests import make

pytestmark = pytest.mark.django_db


def refused(**about: Any) -> int:
    return AuditEvent.objects.filter(verb="access.refused", outcome="refused", **about).count()


def test_trying_another_sites_chart_is_on_the_trail_of_that_chart(sign_in: Any) -> None:
    stranger, person = make.patient(make.other_site()), make.clinician()
    client = sign_in(person)
    assert client.get(reverse("patients:chart", args=[stranger.pk])).status_code == 404
    assert refused(patient_id=stranger.pk, actor=person) == 1


def test_trying_a_row_of_another_sites_chart_is_too(sign_in: Any) -> None:
    stranger, person = make.patient(make.other_site()), make.clinician()
    client, response = sign_in(person), make.response(stranger)
    assert client.get(reverse("patients:measure", args=[response.pk])).status_code == 404
    assert refused(patient_id=stranger.pk, object_id=response.pk) == 1


def test_a_number_nobody_has_leaves_no_refusal(sign_in: Any) -> None:
    client = sign_in(make.clinician())
    assert client.get(reverse("patients:chart", args=[2_000_000_000])).status_code == 404
    assert refused() == 0


def test_sending_a_form_that_ones_role_only_reads_is_on_the_trail(sign_in: Any) -> None:
    whom = make.patient()
    person = make.user(Role.BILLER)
    assert sign_in(person).post(reverse("patients:consents", args=[whom.pk]), {}).status_code == 403
    assert refused(actor=person, patient_id=whom.pk) == 1


def test_looking_at_a_chart_in_the_administration_is_a_read(sign_in: Any) -> None:
    alba, whom = make.user(Role.ADMINISTRATOR), make.patient()
    client = sign_in(alba)
    client.get(reverse("admin:patients_patient_change", args=[whom.pk]))
    assert AuditEvent.objects.get(verb="admin.patient.read").patient_id == whom.pk
    client.get(reverse("admin:patients_patient_changelist"))
    assert AuditEvent.objects.filter(verb="admin.patient.listed", actor=alba).count() == 1


def test_no_patient_is_searched_by_name_in_an_address() -> None:
    """The administration searches by GET: numbers of ours only, wherever a search leads to a patient."""
    loose = [
        f"{model._meta.label}: {field}"
        for model, page in admin.site._registry.items()
        for field in page.search_fields
        if (model is Patient or "patient" in field or model._meta.model_name == "coverage")
        and not field.endswith("record_number")
    ]
    assert not loose, loose


def test_a_day_opened_by_a_poll_is_read_too_and_only_once(sign_in: Any) -> None:
    """A header that anyone can send must not open the day without a line on the trail."""
    client = sign_in(role=Role.FRONT_DESK)
    headers = {"X-Poll": "1", "HX-Request": "true"}
    answer = client.get(reverse("sessions:today"), headers=headers)
    assert answer.status_code == 200
    assert AuditEvent.objects.filter(verb="sessions.read_today").count() == 1
    client.get(reverse("sessions:today"), headers=headers)
    assert AuditEvent.objects.filter(verb="sessions.read_today").count() == 1


def test_what_a_page_has_to_say_waits_in_the_session_and_not_in_the_browser(sign_in: Any) -> None:
    """A cookie of messages is only signed, and stays behind after signing out."""
    whom = make.patient(given_name="Zelda")
    client = sign_in(role=Role.FRONT_DESK)
    said = {"kind": "treatment", "signed_name": "Zelda", "signed_on": "2026-01-05"}
    assert client.post(reverse("patients:consents", args=[whom.pk]), said).status_code == 302
    assert set(client.cookies) <= {"sessionid", "csrftoken"}
