"""The level of care in the browser without script: determined, stepped, certified, each by its role."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.roles import Role
from patients.document_signing import sign_document
from patients.documenting import begin_document
from patients.documents.reader import load_documents
from patients.models import Certification, Episode, LevelDetermination, LevelOfCare
from tests import make
from tests.make import NOW
from tests.sure import recently_sure

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
DAY = timedelta(days=1)


@pytest.fixture
def ana() -> Episode:
    return make.episode(admitted_on=timezone.now().date() - 20 * DAY)


@pytest.fixture
def client(ana: Episode, sign_in: SignIn) -> Client:
    made = sign_in(ana.primary_clinician)
    recently_sure(made, ana.primary_clinician)
    return made


def to(name: str, pk: int) -> str:
    return reverse(f"patients:{name}", args=[pk])


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "transfer",
        "decided_on": f"{timezone.now().date() - DAY}",
        "recommended": "PHP",
        "actual": "PHP",
        "rationale": "Not safe between sessions.",
    } | fields


def test_from_a_finding_to_another_level_by_pages_alone(client: Client, ana: Episode) -> None:
    php = LevelOfCare.objects.create(
        code="PHP", name="Partial hospitalization", kind="php", adult_minutes=1200, adolescent_minutes=1200
    )
    change = to("level_change", ana.patient_id)
    assert "Determine the level first" in client.get(change).content.decode()
    answer = client.post(f"{to('determination_draft', ana.patient_id)}?scheme=judgement", typed())
    row = LevelDetermination.objects.get()
    assert answer["Location"] == to("determination_signature", row.pk)
    assert "Draft, not signed" in client.get(answer["Location"]).content.decode()
    assert client.post(answer["Location"]).status_code == 302
    page = client.get(change).content.decode()
    assert f'value="{php.pk}" selected' in page and 'value="20"' in page
    said = {"level": php.pk, "from_on": f"{timezone.now().date() + DAY}", "hours": "18", "days_a_week": "5"}
    refused = client.post(change, said)
    assert refused.status_code == 422 and "below this level" in refused.content.decode()
    assert client.post(change, said | {"reason": "Childcare on Fridays"}).status_code == 302
    story = client.get(to("level_of_care", ana.patient_id)).content.decode()
    assert "Childcare on Fridays" in story and "Below 20 h" in story


def test_every_dimension_is_on_one_page_and_nothing_typed_is_lost(client: Client, ana: Episode) -> None:
    url = f"{to('determination_draft', ana.patient_id)}?scheme=asam4"
    page = client.get(url).content.decode()
    assert "Person-centered considerations" in page and "d6_rating" not in page
    answer = client.post(url, typed(d1_why="Kept words", recommended="2.5", actual="9"))
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    ratings = {f"d{n}_rating": "2" for n in range(1, 6)} | {f"d{n}_why": "Said" for n in range(1, 7)}
    assert client.post(url, typed(recommended="2.5", actual="2.5", **ratings)).status_code == 302
    again = client.get(to("determination_draft", ana.patient_id)).content.decode()
    assert "Said" in again and "ASAM, fourth edition" in again


def test_signing_asks_who_one_is(sign_in: SignIn, ana: Episode) -> None:
    row = make.determination(ana.patient, ana.primary_clinician, signed=False)
    answer = sign_in(ana.primary_clinician).post(to("determination_signature", row.pk))
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]
    assert not LevelDetermination.objects.signed().exists()


def test_a_prescriber_certifies_on_one_page_after_saying_who_they_are(sign_in: SignIn, ana: Episode) -> None:
    make.plan(ana)
    abena = make.clinician(role=Role.PRESCRIBER, credential="MD")
    client, url = sign_in(abena), to("certification_new", ana.patient_id)
    assert "reauthenticate" in client.get(url)["Location"]
    recently_sure(client, abena)
    assert "Nothing to certify" in client.get(url).content.decode()
    make.coverage(ana.patient)
    make.payer_clock()
    said = {"from_on": str(ana.admitted_on), "need": "At risk without structure"}
    refused = client.post(url, said)
    assert refused.status_code == 422 and "At risk without structure" in refused.content.decode()
    assert client.post(url, said | {"late_because": "On leave"}).status_code == 302
    row = Certification.objects.get()
    assert "On leave" in client.get(to("certification", row.pk)).content.decode()


def test_a_payer_that_wants_a_physician_is_told_by_the_page(sign_in: SignIn, ana: Episode) -> None:
    make.plan(ana)
    make.coverage(ana.patient)
    make.payer_clock()
    nurse = make.clinician(role=Role.PRESCRIBER, credential="PMHNP")
    client = sign_in(nurse)
    recently_sure(client, nurse)
    said = {"from_on": str(ana.admitted_on), "need": "Kept words", "late_because": "Leave"}
    answer = client.post(to("certification_new", ana.patient_id), said)
    assert answer.status_code == 403
    assert "MD or DO" in answer.content.decode() and "Kept words" in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "determines", "certifies"),
    [
        (Role.CLINICIAN, True, False),
        (Role.SUPERVISOR, True, False),
        (Role.PRESCRIBER, False, True),
        (Role.CASE_MANAGER, False, False),
        (Role.DIRECTOR, False, False),
    ],
)
def test_each_role_finds_its_own_deed(
    sign_in: SignIn, ana: Episode, role: Role, determines: bool, certifies: bool
) -> None:
    make.coverage(ana.patient)
    make.payer_clock()
    page = sign_in(role=role).get(to("level_of_care", ana.patient_id)).content.decode()
    assert ("Determine the level" in page) is determines
    assert (to("certification_new", ana.patient_id) in page) is certifies


@pytest.mark.parametrize("kind", ["admission_criteria", "continued_stay", "transfer"])
def test_a_case_manager_writes_and_signs_the_checklists(kind: str, ana: Episode) -> None:
    bea = make.user(Role.CASE_MANAGER)
    form = load_documents()[kind]
    drafted = {
        question.id: "yes"
        if question.kind == "yes_no"
        else [{"with": "Dr. Lee"}]
        if question.kind == "table"
        else "x"
        for question in form.questions
    }
    draft = begin_document(actor=bea, patient=ana.patient, kind=kind, now=NOW, drafted=drafted)
    assert sign_document(actor=bea, document=draft, now=NOW).signer == bea


def test_the_facts_of_the_head_lead_to_their_pages_for_who_may_open_them(
    sign_in: SignIn, ana: Episode
) -> None:
    url, level = to("chart", ana.patient_id), to("level_of_care", ana.patient_id)
    assert level in sign_in(role=Role.CLINICIAN).get(url).content.decode()
    assert level not in sign_in(role=Role.FRONT_DESK).get(url).content.decode()
    assert to("diagnoses", ana.patient_id) not in sign_in(role=Role.BILLER).get(url).content.decode()
