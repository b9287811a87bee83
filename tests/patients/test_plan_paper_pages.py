"""The plan as a file for staff, and the plan as its patient reads it."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Signature
from tests import make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.mark.parametrize("signed", [True, False])
def test_a_version_is_a_pdf_whose_name_says_no_more_than_the_chart(sign_in: SignIn, signed: bool) -> None:
    episode = make.episode()
    plan = make.plan(episode, signed=signed)
    answer = sign_in(episode.primary_clinician).get(reverse("patients:plan_paper", args=[plan.pk]))
    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "private, no-store"
    name = f"chart-{episode.patient.record_number}-plan-{plan.version}.pdf"
    assert name in answer["Content-Disposition"]
    assert AuditEvent.objects.get(verb="patients.print_plan").patient_id == episode.patient_id


def test_a_plan_of_another_site_is_not_found_as_paper(sign_in: SignIn) -> None:
    plan = make.plan(make.episode(make.patient(make.other_site())))
    client = sign_in(role=Role.CLINICIAN)
    assert client.get(reverse("patients:plan_paper", args=[plan.pk])).status_code == 404


def test_the_patient_reads_services_and_themselves_before_signing(sign_in: SignIn) -> None:
    patient = make.portal_patient()
    episode = make.episode(patient)
    plan = make.plan(episode, signed=False, barriers="The bus on Fridays")
    service = make.objective_of(plan).interventions.get()
    service.words, service.minutes = "Skills for evenings", 55
    service.save(update_fields=["words", "minutes"])
    plan.signed_at, plan.signed_by = make.NOW, episode.primary_clinician
    plan.save(update_fields=["signed_at", "signed_by"])
    client = sign_in(patient.user)
    with time_machine.travel(make.NOW, tick=False):
        page = client.get(reverse("portal:plan")).text
        for words in ("Skills for evenings", "55 minutes", "The bus on Fridays", "Your full name"):
            assert words in page
        said = {"plan": plan.pk, "signed_name": "Ana Testperson", "agreed": "on"}
        assert client.post(reverse("portal:plan"), said).status_code == 302
        assert "Signed by" in client.get(reverse("portal:plan")).text
    assert plan.signatures.get().way == Signature.Way.PORTAL
