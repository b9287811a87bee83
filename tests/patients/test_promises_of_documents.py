"""The database says no by itself: each named constraint of documents and signatures, broken on purpose."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from iop_clinic.constraints import broken_constraint
from patients.models import Addendum, ClinicalDocument, DocumentClock, EnteredInError, Signature
from tests import make
from tests.make import NOW


def document(**fields: Any) -> ClinicalDocument:
    return make.document(make.patient(), make.clinician(), **fields)


def version_twice() -> None:
    first = document(signed_at=NOW)
    make.document(first.patient, first.author, signed_at=NOW)


def two_drafts() -> None:
    first = document()
    make.document(first.patient, first.author, version=2)


def addendum(**fields: Any) -> None:
    of = document(signed_at=NOW)
    given = {"document": of, "text": "More.", "author": of.author, "written_at": NOW} | fields
    Addendum.objects.create(**given)


def in_error() -> None:
    of = document(signed_at=NOW)
    EnteredInError.objects.create(document=of, reason="", by=of.author, at=NOW)


def clock_twice() -> None:
    for _ in range(2):
        DocumentClock.objects.create(site=make.site(), kind="safety_plan", due_days=2)


def signature(**fields: Any) -> Signature:
    of = fields.pop("of", None) or document(signed_at=NOW)
    given = {
        "document": of,
        "part": "clinician",
        "way": "password",
        "signer": of.author,
        "recorded_by": of.author,
        "signed_name": "Theo Test",
        "signed_at": NOW,
        "content_sha256": "0" * 64,
    } | fields
    return Signature.objects.create(**given)


def signed_twice() -> None:
    first = signature()
    signature(of=first.document)


def plan_signed_twice() -> None:
    of = make.plan(make.episode())
    for _ in range(2):
        signature(plan=of, document=None)


BREAKS: list[tuple[str, Callable[[], Any]]] = [
    ("document_version_once", version_twice),
    ("document_one_draft", two_drafts),
    ("document_signed_after_it_was_begun", lambda: document(signed_at=NOW - timedelta(days=1))),
    ("document_addendum_says_something", lambda: addendum(text="")),
    ("document_correction_has_a_reason", lambda: addendum(kind="correction")),
    ("document_late_entry_names_its_day", lambda: addendum(kind="late_entry")),
    ("document_in_error_has_a_reason", in_error),
    ("document_clock_once_per_site", clock_twice),
    ("signature_signs_one_thing", lambda: signature(document=None)),
    ("signature_once_per_document", signed_twice),
    ("signature_once_per_plan", plan_signed_twice),
    ("signature_has_a_hash", lambda: signature(content_sha256="no")),
    ("signature_names_the_signer", lambda: signature(signed_name="")),
    ("signature_missing_has_a_reason", lambda: signature(part="patient", way="none", signer=None)),
    ("signature_staff_sign_themselves", lambda: signature(recorded_by=make.user())),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "attempt"), BREAKS, ids=[name for name, _ in BREAKS])
def test_the_database_itself_says_no(name: str, attempt: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = (Addendum, ClinicalDocument, DocumentClock, EnteredInError, Signature)
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named == {name for name, _ in BREAKS}
