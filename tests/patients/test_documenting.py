"""Clinical documents: drafted by parts, signed for good, added to, and never about the wrong person."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.deletion import ProtectedError

from iop_clinic.accounts.models import StaffProfile
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from iop_clinic.seal import seal_of
from patients.document_signing import cosign_document, sign_as_patient, sign_document
from patients.document_words import parts_said
from patients.documenting import (
    add_addendum,
    begin_document,
    form_of,
    mark_in_error,
    part_seal,
    save_part,
)
from patients.documents.definition import DocumentForm
from patients.models import ClinicalDocument, EnteredInError, Patient, Signature
from tests import make
from tests.make import NOW, SAFETY_PLAN

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    found = make.patient()
    make.episode(found)
    return found


@pytest.fixture
def theo() -> Any:
    return make.clinician()


def begun(theo: Any, patient: Patient, **answers: Any) -> ClinicalDocument:
    draft = begin_document(actor=theo, patient=patient, kind="safety_plan", now=NOW)
    ClinicalDocument.objects.filter(pk=draft.pk).update(answers=answers)
    draft.refresh_from_db()
    return draft


def signed(theo: Any, patient: Patient) -> ClinicalDocument:
    draft = begun(theo, patient, **SAFETY_PLAN)
    sign_document(actor=theo, document=draft, now=NOW)
    draft.refresh_from_db()
    return draft


def form(document: ClinicalDocument) -> DocumentForm:
    return form_of(document)


def test_beginning_twice_opens_the_same_draft(theo: Any, patient: Patient) -> None:
    first = begin_document(actor=theo, patient=patient, kind="safety_plan", now=NOW)
    assert begin_document(actor=theo, patient=patient, kind="safety_plan", now=NOW).pk == first.pk


def test_a_role_that_does_not_treat_begins_none(patient: Patient) -> None:
    with pytest.raises(Refused) as refusal:
        begin_document(actor=make.user(Role.DIRECTOR), patient=patient, kind="safety_plan", now=NOW)
    assert refusal.value.status == 403


def test_a_part_is_saved_by_whoever_saw_it_last(theo: Any, patient: Patient) -> None:
    draft = begun(theo, patient)
    part = form(draft).parts[0]
    seen = part_seal(draft, part)
    answers: Any = {"warning_signs": [{"sign": "No sleep"}]}
    saved = save_part(actor=theo, document=draft, part=part, answers=answers, seen=seen, now=NOW)
    with pytest.raises(Refused, match="another window"):
        save_part(actor=theo, document=draft, part=part, answers={}, seen=seen, now=NOW)
    assert save_part(actor=theo, document=draft, part=part, answers=answers, seen=seen, now=NOW) == saved


def test_two_windows_on_two_parts_do_not_disturb_each_other(theo: Any, patient: Patient) -> None:
    draft = begun(theo, patient)
    first, second = form(draft).parts[:2]
    seen = [part_seal(draft, part) for part in (first, second)]
    signs: Any = {"warning_signs": [{"sign": "No sleep"}]}
    alone: Any = {"alone": [{"thing": "Tea"}]}
    save_part(actor=theo, document=draft, part=first, answers=signs, seen=seen[0], now=NOW)
    saved = save_part(actor=theo, document=draft, part=second, answers=alone, seen=seen[1], now=NOW)
    assert saved.answers == signs | alone


def test_it_is_not_signed_while_required_questions_are_open(theo: Any, patient: Patient) -> None:
    draft = begun(theo, patient, **{key: SAFETY_PLAN[key] for key in ("alone", "people")})
    with pytest.raises(Refused, match="5 questions"):
        sign_document(actor=theo, document=draft, now=NOW)


def test_signing_twice_signs_once_and_binds_the_words(theo: Any, patient: Patient) -> None:
    draft = begun(theo, patient, **SAFETY_PLAN)
    first = sign_document(actor=theo, document=draft, now=NOW)
    assert sign_document(actor=theo, document=draft, now=NOW + timedelta(minutes=1)) == first
    draft.refresh_from_db()
    assert first.content_sha256 == seal_of(draft.signed_content())
    assert draft.signed_at == NOW


def test_the_next_version_starts_as_the_last_one_ended(theo: Any, patient: Patient) -> None:
    signed(theo, patient)
    draft = begin_document(actor=theo, patient=patient, kind="safety_plan", now=NOW)
    assert (draft.version, draft.answers) == (2, SAFETY_PLAN)


def test_a_supervised_author_waits_for_a_cosignature(theo: Any, patient: Patient) -> None:
    helena = make.clinician(role=Role.SUPERVISOR)
    StaffProfile.objects.filter(user=theo).update(supervisor=helena)
    theo.refresh_from_db()
    document = signed(theo, patient)
    assert document.needs_cosignature
    with pytest.raises(Refused) as refusal:
        cosign_document(actor=theo, document=document, now=NOW)
    assert refusal.value.status == 403
    assert cosign_document(actor=helena, document=document, now=NOW).part == Signature.Part.SUPERVISOR
    with pytest.raises(Refused, match="already"):
        cosign_document(actor=helena, document=document, now=NOW)


def test_nobody_signs_under_themselves(patient: Patient) -> None:
    helena = make.clinician(role=Role.SUPERVISOR)
    document = signed(helena, patient)
    with pytest.raises(Refused, match="already"):
        cosign_document(actor=helena, document=document, now=NOW)


def test_a_missing_signature_has_a_reason(theo: Any, patient: Patient) -> None:
    document = signed(theo, patient)
    with pytest.raises(Refused, match="why"):
        sign_as_patient(actor=theo, document=document, way="none", signed_name="Ana Test", now=NOW)
    kept = sign_as_patient(
        actor=theo, document=document, way="none", signed_name="Ana Test", reason="Did not want to", now=NOW
    )
    assert kept.way == "none"


def test_the_patient_signs_after_the_author(theo: Any, patient: Patient) -> None:
    with pytest.raises(Refused, match="author signs first"):
        sign_as_patient(
            actor=theo, document=begun(theo, patient), way="paper", signed_name="Ana Test", now=NOW
        )


def test_what_comes_later_is_added_beside_it(theo: Any, patient: Patient) -> None:
    document = signed(theo, patient)
    added = add_addendum(actor=theo, document=document, kind="addendum", text="Phone changed.", now=NOW)
    assert list(document.addenda.all()) == [added]
    for kind, words in (("correction", "why"), ("late_entry", "Which day")):
        with pytest.raises(Refused, match=f"(?i){words}"):
            add_addendum(actor=theo, document=document, kind=kind, text="Words.", now=NOW)


def test_one_about_someone_else_leaves_the_chart_and_is_kept(theo: Any, patient: Patient) -> None:
    document = signed(theo, patient)
    marked = mark_in_error(actor=theo, document=document, reason="Other person", now=NOW)
    assert mark_in_error(actor=theo, document=document, reason="Again", now=NOW) == marked
    assert not patient.documents.signed().exists()
    assert begin_document(actor=theo, patient=patient, kind="safety_plan", now=NOW).answers == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE patients_clinicaldocument SET answers = '{}' WHERE id = %s",
        "UPDATE patients_clinicaldocument SET signed_at = NULL WHERE id = %s",
        "DELETE FROM patients_clinicaldocument WHERE id = %s",
        "UPDATE patients_signature SET signed_name = 'x' WHERE document_id = %s",
        "DELETE FROM patients_signature WHERE document_id = %s",
    ],
)
def test_a_signed_document_cannot_change_by_raw_sql(theo: Any, patient: Patient, statement: str) -> None:
    document = signed(theo, patient)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        connection.cursor().execute(statement, [document.pk])


def test_a_signed_document_cannot_change_through_the_orm(theo: Any, patient: Patient) -> None:
    document = signed(theo, patient)
    document.answers = {}
    with pytest.raises(DatabaseError), transaction.atomic():
        document.save()
    with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
        document.delete()
    mark_in_error(actor=theo, document=document, reason="Other person", now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        EnteredInError.objects.update(reason="x")


def test_answers_are_shown_in_words(theo: Any, patient: Patient) -> None:
    said = parts_said(begun(theo, patient, **SAFETY_PLAN))
    assert said[5].said[0].words == "No access to what could be used"
    assert said[3].said[0].rows == (("My sister", "609-555-0142"),)
