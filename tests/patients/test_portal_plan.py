"""The plan as its patient reads and signs it."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from patients.models import Signature
from tests import make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


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
