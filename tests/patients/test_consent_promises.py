"""The database says no by itself: each element of a consent and each promise of a disclosure, broken once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from iop_clinic.constraints import broken_constraint
from iop_clinic.roles import Role
from patients.models import Consent, Disclosure, DisclosureReview
from patients.models.consent_terms import RELEASING
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY
SEAL = "a" * 64
Break = Callable[[], Any]


def consent(**fields: Any) -> Consent:
    return make.consent(
        fields.pop("patient", None) or make.patient(), fields.pop("kind", "treatment"), **fields
    )


def release(kind: str = "release", **fields: Any) -> Consent:
    return make.release(make.patient(), kind, **fields)


def consent_twice() -> None:
    whom = make.patient()
    consent(patient=whom)
    consent(patient=whom)


def told(**fields: Any) -> Disclosure:
    return make.disclosure(make.patient(), **fields)


CONSENT_BREAKS: list[tuple[str, Break]] = [
    ("consent_expires_after_signing", lambda: consent(signed_on=DAY, expires_on=DAY - timedelta(days=1))),
    ("consent_once_per_kind_and_day", consent_twice),
    ("consent_family_names_a_person", lambda: consent(kind="family")),
    ("consent_says_who_discloses", lambda: release(discloser="")),
    ("consent_says_what", lambda: release(scopes=[])),
    ("consent_names_a_recipient", lambda: release(recipient_names=[])),
    ("consent_intermediary_says_for_whom", lambda: release(intermediary="State exchange")),
    ("consent_says_why", lambda: release(purpose="")),
    ("consent_says_why", lambda: release(purpose="other")),
    ("consent_says_when_it_ends", lambda: release(expires_on=None)),
    ("consent_keeps_what_was_shown", lambda: release(shown=[])),
    ("consent_keeps_what_was_shown", lambda: release(wording_version="")),
    ("consent_signature_is_whole", lambda: release(signed_name="")),
    ("consent_signature_is_whole", lambda: release(signed_on=None)),
    ("consent_signature_is_whole", lambda: release(way="portal", signed_at=make.NOW)),
    ("consent_representative_says_why", lambda: release(signed_as="guardian")),
    ("consent_single_is_for_care", lambda: release(purpose="tpo")),
    ("consent_single_is_for_care", lambda: release("tpo", purpose="payment")),
    ("consent_counseling_notes_stand_alone", lambda: release(scopes=["counseling_notes", "plan"])),
    (
        "consent_counseling_notes_stand_alone",
        lambda: release("counseling_notes", scopes=["counseling_notes", "plan"]),
    ),
    ("consent_legal_stands_alone", lambda: release("legal")),
    ("consent_legal_stands_alone", lambda: release(purpose="legal")),
    ("consent_irrevocable_until_its_event", lambda: release(is_irrevocable=True)),
    ("consent_irrevocable_until_its_event", lambda: release("justice", is_irrevocable=True)),
    (
        "consent_irrevocable_until_its_event",
        lambda: release(
            "justice",
            is_irrevocable=True,
            expires_event="probation ends",
            revoked_at=make.NOW,
            revoked_how="portal",
            revoked_by=make.user(),
        ),
    ),
    ("consent_revocation_is_whole", lambda: release(revoked_at=make.NOW)),
    ("consent_revocation_is_whole", lambda: release(revoked_at=make.NOW, revoked_how="written")),
    ("consent_revocation_is_whole", lambda: release(revoked_how="written")),
]
DISCLOSURE_BREAKS: list[tuple[str, Break]] = [
    ("disclosure_names_a_recipient", lambda: told(recipient="")),
    ("disclosure_says_what", lambda: told(scopes=[])),
    ("disclosure_by_consent_names_it", lambda: told(basis="consent")),
    ("disclosure_exception_has_a_reason", lambda: told(reason="")),
    (
        "disclosure_part2_needs_more_than_care",
        lambda: told(basis="care", is_part2=True, notice_version="2.32-short-2024"),
    ),
    ("disclosure_part2_carries_the_notice", lambda: told(is_part2=True)),
    ("disclosure_access_is_the_patients", lambda: told(basis="access")),
    ("disclosure_content_has_hash_and_size", lambda: told(content_bytes=3)),
    ("disclosure_review_has_a_note", lambda: review(told(), note="")),
]


def review(of: Disclosure, **fields: Any) -> DisclosureReview:
    said = {"note": "It was one.", "by": make.user(), "at": make.NOW} | fields
    return DisclosureReview.objects.create(disclosure=of, **said)


BREAKS = CONSENT_BREAKS + DISCLOSURE_BREAKS


@pytest.mark.parametrize(
    ("name", "attempt"), BREAKS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(BREAKS)]
)
def test_the_database_itself_says_no(name: str, attempt: Break) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = [Consent, Disclosure, DisclosureReview]
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named == {name for name, _ in BREAKS}


@pytest.mark.parametrize("kind", RELEASING)
def test_each_kind_of_release_can_be_kept_whole(kind: str) -> None:
    own = {
        "tpo": {"purpose": "tpo", "expires_on": None, "scopes": ["everything"]},
        "counseling_notes": {"scopes": ["counseling_notes"]},
        "legal": {"purpose": "legal"},
        "justice": {"purpose": "justice", "is_irrevocable": True, "expires_event": "probation ends"},
    }
    assert release(kind, **own.get(kind, {})).pk


CHANGES: dict[str, dict[str, Any]] = {
    "what": {"scopes": ["notes"]},
    "to whom": {"recipient_names": ["Someone else"]},
    "the words shown": {"shown": [{"title": "Patient", "words": "Nobody"}]},
    "who signed": {"signed_name": "Someone else"},
    "when it ends": {"expires_on": date(2099, 1, 1)},
    "that it is signed": {"signed_on": None, "signed_name": "", "way": ""},
    "the seal": {"content_sha256": SEAL},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_signed_consent_cannot_change_through_the_orm(what: str) -> None:
    given = release()
    with pytest.raises(DatabaseError, match="a signed consent stays"), transaction.atomic():
        Consent.objects.filter(pk=given.pk).update(**CHANGES[what])
    for name, value in CHANGES[what].items():
        setattr(given, name, value)
    with pytest.raises(DatabaseError, match="a signed consent stays"), transaction.atomic():
        given.save()


RAW = {
    "update": "UPDATE patients_consent SET recipient_names = '{Someone else}' WHERE id = %s",
    "another column with a revocation": "UPDATE patients_consent SET revoked_at = now(), revoked_how = "
    "'not_recorded', signed_name = 'x' WHERE id = %s",
    "delete": "DELETE FROM patients_consent WHERE id = %s",
}


@pytest.mark.parametrize("how", RAW)
def test_a_signed_consent_cannot_change_through_raw_sql(how: str) -> None:
    given = release()
    with (
        pytest.raises(DatabaseError, match="stays as it is"),
        transaction.atomic(),
        connection.cursor() as sql,
    ):
        sql.execute(RAW[how], [given.pk])


def test_a_signed_consent_cannot_change_through_the_administration(sign_in: Any) -> None:
    given, client = release(), sign_in(role=Role.ADMINISTRATOR)
    page = reverse("admin:patients_consent_change", args=[given.pk])
    assert client.post(page, {"kind": "tpo", "signed_on": "2020-01-01"}).status_code == 403
    assert client.post(reverse("admin:patients_consent_delete", args=[given.pk])).status_code == 403
    given.refresh_from_db()
    assert given.kind == "release"


def test_a_revocation_is_written_once() -> None:
    given = release()
    taken_back = {"revoked_at": make.NOW, "revoked_how": "written", "revoked_by": make.user()}
    Consent.objects.filter(pk=given.pk).update(**taken_back)
    for change in ({"revoked_at": None, "revoked_how": "", "revoked_by": None}, {"revoked_how": "verbal"}):
        with pytest.raises(DatabaseError, match="a signed consent stays"), transaction.atomic():
            Consent.objects.filter(pk=given.pk).update(**change)


@pytest.mark.parametrize("table", ["patients_consent", "patients_disclosure"])
def test_no_table_of_these_is_emptied(table: str) -> None:
    kept = pytest.raises(DatabaseError, match="these rows are kept")
    with kept, transaction.atomic(), connection.cursor() as sql:
        sql.execute(f"TRUNCATE {table} CASCADE")


def test_a_consent_nobody_signed_may_go() -> None:
    make.waiting_release(make.patient()).delete()
    assert not Consent.objects.exists()


@pytest.mark.parametrize("made", [told, lambda: review(told())])
def test_disclosures_and_their_reviews_are_append_only(made: Break) -> None:
    row = made()
    for deed in (lambda: type(row).objects.filter(pk=row.pk).update(by=make.user()), row.delete):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            deed()


@pytest.mark.parametrize("fields", [{"signed_on": None, "signed_name": "", "way": ""}, {"revoked": True}])
def test_no_disclosure_is_written_under_a_consent_that_does_not_stand(fields: dict[str, Any]) -> None:
    whom = make.patient()
    if fields.pop("revoked", False):
        fields = {"revoked_at": make.NOW, "revoked_how": "not_recorded"}
    given = make.release(whom, **fields)
    with pytest.raises(DatabaseError, match="no signed consent"), transaction.atomic():
        make.disclosure(whom, basis="consent", consent=given)


def test_no_disclosure_is_written_under_another_patients_consent() -> None:
    with pytest.raises(DatabaseError, match="no signed consent"), transaction.atomic():
        told(basis="consent", consent=release())
