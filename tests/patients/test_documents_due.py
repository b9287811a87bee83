"""What is due, begun or waits for a supervisor: found by clock, paged, in a fixed number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.accounts.models import StaffProfile
from iop_clinic.roles import Role
from patients.document_signing import cosign_document, sign_document
from patients.documents_due import due_at_site, due_page, to_cosign
from patients.models import ClinicalDocument, DocumentClock
from tests import make
from tests.make import MONDAY, NOW, SAFETY_PLAN

pytestmark = pytest.mark.django_db


def kinds(day: Any = MONDAY) -> list[str]:
    return [row["kind"] for row in due_at_site(make.site(), day)]


def test_a_stay_without_its_assessment_is_due_by_the_clock() -> None:
    make.episode(admitted_on=MONDAY)
    assert "biopsychosocial" not in kinds(MONDAY)
    assert "biopsychosocial" in kinds(MONDAY + timedelta(days=4))  # seven days, shown three ahead
    _, rows = due_page(make.site(), MONDAY + timedelta(days=8), "1")
    assert [row.tone for row in rows if row.form.kind == "biopsychosocial"] == ["bad"]


def test_a_site_may_set_its_own_clock() -> None:
    make.episode(admitted_on=MONDAY)
    DocumentClock.objects.create(site=make.site(), kind="biopsychosocial", due_days=30)
    assert "biopsychosocial" not in kinds(MONDAY + timedelta(days=8))


def test_a_signed_document_of_this_stay_is_not_due() -> None:
    episode = make.episode(admitted_on=MONDAY)
    assert "safety_plan" in kinds()
    make.document(episode.patient, episode.primary_clinician, signed_at=NOW)
    assert "safety_plan" not in kinds()


def test_a_cosignature_waits_until_it_is_given() -> None:
    theo, helena = make.clinician(), make.clinician(role=Role.SUPERVISOR)
    StaffProfile.objects.filter(user=theo).update(supervisor=helena)
    theo.refresh_from_db()
    document = make.document(make.patient(), theo, answers=SAFETY_PLAN)
    sign_document(actor=theo, document=document, now=NOW)
    assert list(to_cosign(make.site(), helena)) == [document]
    assert not to_cosign(make.site(), make.clinician(role=Role.SUPERVISOR))
    cosign_document(actor=helena, document=ClinicalDocument.objects.get(), now=NOW)
    assert not to_cosign(make.site())


@pytest.mark.parametrize("shown", ["due", "drafts", "cosign"])
def test_the_lists_take_the_same_queries_at_any_size(client: Client, shown: str) -> None:
    theo = make.clinician()
    StaffProfile.objects.filter(user=theo).update(supervisor=make.clinician(role=Role.SUPERVISOR))
    client.force_login(theo)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            url = reverse("patients:documents_due")
            assert client.get(f"{url}?list={shown}&whose=all").status_code == 200
        return len(caught)

    def add(count: int) -> None:
        for _ in range(count):
            episode = make.episode(lead=theo)
            make.document(episode.patient, theo)
            make.document(episode.patient, theo, "biopsychosocial", signed_at=NOW, needs_cosignature=True)

    add(1)
    queries()  # the first page warms what a process reads once
    few = queries()
    add(6)
    assert queries() == few
