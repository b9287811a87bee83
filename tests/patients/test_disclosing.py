"""The one gate: who may be told what under which consent, what travels with it, and what is written down."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from patients.accounting import accounting_of, years_before
from patients.consenting import revoke_consent
from patients.disclosing import NOTICE, Disclosed, Enclosed, disclose, review_emergency
from patients.models import Consent, Disclosure, Patient
from patients.models.consent_terms import EXCEPTIONS
from tests import make

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("patients", "scheduling", "sessions", "billing")
DAY = make.MONDAY


def protected(**fields: Any) -> Patient:
    """Someone in a substance-use program."""
    return make.episode(is_part2=True, **fields).patient


def send(patient: Patient, **fields: Any) -> Disclosed:
    """The plan to the payer, for payment, unless told otherwise."""
    said: dict[str, Any] = {
        "recipient": "Bluestone Health",
        "recipient_kind": "payer",
        "purpose": "payment",
        "scopes": ["plan"],
    }
    return disclose(actor=make.user(), patient=patient, now=make.NOW, **(said | fields))


def refused(patient: Patient, **fields: Any) -> str:
    with pytest.raises(Refused) as no:
        send(patient, **fields)
    assert not Disclosure.objects.filter(patient=patient).exists()
    return no.value.sentence


def test_a_consent_that_covers_it_lets_it_out_with_notice_and_its_words() -> None:
    patient = protected()
    given = make.release(patient)
    sent = send(patient, what="Review packet")
    row = sent.disclosure
    assert (row.consent, row.basis, row.is_part2, row.scopes) == (given, "consent", True, ["plan"])
    assert (row.what, row.at, row.notice_version) == ("Review packet", make.NOW, "2.32-short-2024")
    assert sent.enclosed.notice == NOTICE
    assert sent.enclosed.consent_parts[0] == ("Patient", patient.full_name)
    assert sent.enclosed.consent_parts[-1][0] == "Signed"
    event = AuditEvent.objects.get(verb="patients.disclose")
    assert (event.patient_id, event.detail) == (patient.pk, {"consent_id": given.pk, "scopes": 1})


def test_a_substance_use_record_without_consent_stays_in_the_house() -> None:
    assert "There is no consent of this patient for it" in refused(protected())


def test_a_revoked_consent_stops_the_next_disclosure() -> None:
    patient = protected()
    given = make.release(patient)
    send(patient)
    revoke_consent(actor=make.user(), consent=given, now=make.NOW)
    with pytest.raises(Refused, match="was taken back on Oct 21, 2026"):
        send(patient)
    assert Disclosure.objects.get().consent == given


Wrong = tuple[dict[str, Any], dict[str, Any], str]
WRONG: dict[str, Wrong] = {
    "expired": ({"expires_on": DAY}, {}, "expired on Oct 19, 2026"),
    "not begun": ({"signed_on": DAY + timedelta(days=9)}, {}, "begins on Oct 28, 2026"),
    "another recipient": ({}, {"recipient": "Cobalt Plan"}, "names Cobalt Plan"),
    "another purpose": ({}, {"purpose": "treatment"}, "is for “payment”, not for “treatment”"),
    "a missing scope": (
        {},
        {"scopes": ["plan", "notes", "toxicology"]},
        "does not cover: progress notes, toxicology results",
    ),
    "everything": ({}, {"scopes": ["everything"]}, "does not cover: everything in the record"),
    "counseling notes": (
        {"scopes": ["everything"]},
        {"scopes": ["counseling_notes"]},
        "does not cover: counseling notes",
    ),
    "someone in between": ({}, {"intermediary": "State exchange"}, "does not name State exchange"),
    "not signed": (
        {"signed_on": None, "signed_name": "", "way": ""},
        {},
        "waits for a signature",
    ),
    "legal proceedings": ({}, {"purpose": "legal"}, "not for “legal proceedings”"),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_consent_that_does_not_cover_it_is_refused_with_the_reason(why: str) -> None:
    given, asked, sentence = WRONG[why]
    patient = protected()
    make.release(patient, **given)
    assert sentence in refused(patient, **asked)


def test_the_reason_is_that_of_the_consent_that_comes_nearest() -> None:
    patient = protected()
    make.release(patient, recipient_names=["Cobalt Plan"])
    make.release(patient, expires_on=DAY)
    make.release(patient, scopes=["diagnosis"])
    assert "expired on" in refused(patient)


def test_of_two_that_do_not_cover_it_the_one_that_covers_more_is_named() -> None:
    patient = protected()
    make.release(patient, "tpo", scopes=["attendance"], recipient_classes=["payer"], purpose="tpo")
    make.release(patient, scopes=["plan", "assessment"])
    said = refused(patient, scopes=["plan", "notes"])
    assert said == "The consent that names Bluestone Health does not cover: progress notes."


COVERED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a name in other letters": ({}, {"recipient": " bluestone  HEALTH "}),
    "a class": ({"recipient_names": [], "recipient_classes": ["payer"]}, {"recipient": "Any payer"}),
    "everything": ({"scopes": ["everything"]}, {"scopes": ["notes", "toxicology", "everything"]}),
    "someone in between": (
        {"intermediary": "State exchange", "intermediary_members": "its payers"},
        {"intermediary": "State exchange"},
    ),
    "care under one consent": (
        {"kind": "tpo", "purpose": "tpo", "expires_on": None, "recipient_classes": ["payer"]},
        {},
    ),
    "counseling notes alone": (
        {"kind": "counseling_notes", "scopes": ["counseling_notes"]},
        {"scopes": ["counseling_notes"]},
    ),
    "legal proceedings": ({"kind": "legal", "purpose": "legal"}, {"purpose": "legal"}),
    "its last day": ({"expires_on": make.NOW.date()}, {}),
    "treatment that goes on": ({"expires_on": None, "ends_with_treatment": True}, {}),
}


@pytest.mark.parametrize("what", COVERED)
def test_a_consent_covers(what: str) -> None:
    given, asked = COVERED[what]
    patient = protected()
    consent = make.release(patient, **given)
    assert send(patient, **asked).disclosure.consent == consent


def test_one_that_ends_with_treatment_is_over_after_the_last_day() -> None:
    patient = protected(ended_on=DAY)
    make.release(patient, expires_on=None, ends_with_treatment=True)
    assert "ended with treatment on Oct 19, 2026" in refused(patient)


def test_an_older_stay_under_part_2_protects_the_whole_record_but_not_another_stay_alone() -> None:
    patient = protected(ended_on=DAY - timedelta(days=8))
    now = make.episode(patient, admitted_on=DAY - timedelta(days=5))
    refused(patient)
    sent = send(patient, episode=now)
    assert (sent.disclosure.is_part2, sent.disclosure.basis, sent.enclosed.notice) == (False, "care", "")


def test_another_patients_stay_opens_nothing() -> None:
    refused(protected(), episode=make.episode())


@pytest.mark.parametrize("purpose", ["treatment", "payment", "operations"])
def test_care_needs_no_consent_where_there_is_no_substance_use_record(purpose: str) -> None:
    sent = send(make.episode().patient, purpose=purpose)
    assert (sent.disclosure.basis, sent.enclosed) == ("care", Enclosed())


def test_anything_else_needs_an_authorization_from_everyone() -> None:
    patient = make.episode().patient
    assert "no consent" in refused(patient, purpose="work_or_school", recipient_kind="employer")
    assert "no consent" in refused(patient, scopes=["counseling_notes"])


def test_the_patient_always_sees_their_own_record_and_it_is_written_down() -> None:
    patient = protected()
    own = {"recipient": patient.full_name, "recipient_kind": "patient", "purpose": "patient_request"}
    sent = send(patient, **own, scopes=["everything"])
    assert (sent.disclosure.basis, sent.enclosed.notice) == ("access", "")


def test_the_right_of_access_does_not_reach_counseling_notes() -> None:
    own = {"recipient": "Ana", "recipient_kind": "patient", "purpose": "patient_request"}
    assert "does not reach" in refused(protected(), **own, scopes=["counseling_notes"])


@pytest.mark.parametrize("exception", EXCEPTIONS)
def test_an_exception_needs_a_reason_and_carries_the_notice(exception: str) -> None:
    patient = protected()
    assert "reason" in refused(patient, exception=exception, reason=" ")
    sent = send(patient, exception=exception, reason="Unconscious at Trenton Hospital, needs the drug list")
    assert (sent.disclosure.basis, sent.disclosure.consent, sent.enclosed.notice) == (exception, None, NOTICE)


def test_a_subpoena_alone_is_no_exception() -> None:
    assert "what allows it" in refused(protected(), exception="subpoena", reason="No. 12")


def test_only_an_order_opens_counseling_notes_without_consent() -> None:
    asked = {"scopes": ["counseling_notes"], "reason": "Order 12, Mercer County"}
    assert "court order" in refused(protected(), exception="emergency", **asked)
    assert send(protected(), exception="court_order", **asked).disclosure.pk


def test_an_emergency_waits_for_the_privacy_officer_and_is_looked_at_once() -> None:
    row = send(protected(), exception="emergency", reason="Overdose, needs the drug list").disclosure
    assert list(Disclosure.objects.to_review()) == [row]
    officer = make.user()
    with pytest.raises(Refused) as no:
        review_emergency(actor=officer, disclosure=row, note=" ", now=make.NOW)
    assert no.value.status == 422
    review_emergency(actor=officer, disclosure=row, note="It was one.", now=make.NOW)
    assert not Disclosure.objects.to_review().exists()
    with pytest.raises(Refused, match="already"):
        review_emergency(actor=officer, disclosure=row, note="Again", now=make.NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipient": " "},
        {"recipient_kind": "friend"},
        {"purpose": "tpo"},
        {"purpose": ""},
        {"scopes": []},
        {"scopes": ["soul"]},
    ],
)
def test_what_is_not_said_is_asked_for(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as no:
        send(make.episode().patient, **wrong)
    assert (no.value.status, list(no.value.fields)) == (422, list(wrong))


def test_the_content_is_made_with_the_notice_in_it_and_its_hash_is_kept() -> None:
    patient = protected()
    make.release(patient)
    sent = send(patient, render=lambda enclosed: f"Plan. {enclosed.notice}".encode())
    assert sent.content == f"Plan. {NOTICE}".encode()
    assert sent.disclosure.content_sha256 == sha256(sent.content).hexdigest()
    assert sent.disclosure.content_bytes == len(sent.content)


def test_nothing_is_made_when_it_is_refused() -> None:
    made: list[Enclosed] = []
    refused(protected(), render=lambda enclosed: made.append(enclosed) or b"")
    assert not made


def test_a_file_that_cannot_be_made_leaves_no_disclosure() -> None:
    def breaks(enclosed: Enclosed) -> bytes:
        raise ValueError("no font")

    patient = protected()
    make.release(patient)
    with pytest.raises(ValueError):
        send(patient, render=breaks)
    assert not Disclosure.objects.exists()


def test_a_consent_given_by_hand_must_be_the_patients() -> None:
    patient, theirs = protected(), make.release(protected())
    make.release(patient)
    assert "no consent" in refused(patient, consent=theirs)


def test_asking_finds_its_consent_in_the_same_number_of_statements(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    patient = protected()
    for number in range(12):
        make.release(patient, recipient_names=[f"Someone {number}"])
    make.release(patient)
    actor = make.user()
    with django_assert_max_num_queries(10):
        disclose(
            actor=actor,
            patient=patient,
            recipient="Bluestone Health",
            recipient_kind="payer",
            purpose="payment",
            scopes=["plan"],
            now=make.NOW,
        )


def test_the_accounting_goes_back_three_years_with_consent_and_six_without() -> None:
    patient = protected()
    given, now = make.release(patient), make.NOW
    consented: dict[str, Any] = {
        "basis": "consent", "consent": given, "is_part2": True, "notice_version": "x", "reason": "",
    }  # fmt: skip
    kept = [
        make.disclosure(patient, at=years_before(now, 3), **consented),
        make.disclosure(patient, at=years_before(now, 6)),
    ]
    make.disclosure(patient, at=years_before(now, 3) - timedelta(seconds=1), **consented)
    make.disclosure(patient, at=years_before(now, 6) - timedelta(seconds=1))
    make.disclosure(patient, basis="care", reason="")
    assert list(accounting_of(patient, now)) == kept


def test_three_years_before_a_leap_day_there_is_a_day_too() -> None:
    assert years_before(datetime(2028, 2, 29, 12, tzinfo=UTC), 3) == datetime(2025, 2, 28, 12, tzinfo=UTC)


def test_a_consent_to_care_here_lets_nothing_out() -> None:
    patient = protected()
    make.consents(patient)
    assert "no consent" in refused(patient)
    assert Consent.objects.filter(patient=patient).count() == 4


# Files that answer with one, and why nothing about a patient leaves the house by them.
STAYS = {
    "patients/fhir_papers.py": "shapes of papers, which the export takes through the gate",
    "patients/filing.py": "files that come in",
    "patients/models/upload.py": "the types of files that come in",
    "patients/forms/text_pack.py": "files that come in",
    "patients/views/check_in.py": "blank forms the desk prints and the patient fills in",
    "patients/views/packet.py": "a form the desk prints and the patient fills in",
    "patients/views/uploads.py": "read by staff inside the clinic",
    "scheduling/views/calendars.py": "“Appointment”, a place and a time, to a secret address",
    "sessions/views/imports.py": "files that come in",
}
WAY_OUT = re.compile(
    r"Content-Disposition|application/pdf|application/zip|zip_of\(|text/csv|FileResponse|as_attachment"
)


def ungated(path: str, source: str) -> bool:
    """A file that hands out a file and asks no gate."""
    return bool(WAY_OUT.search(source)) and "disclose(" not in source and path not in STAYS


def test_every_way_out_goes_through_the_gate() -> None:
    every = (file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    files = [file for file in every if file.parent.name != "migrations"]
    named = {str(file.relative_to(ROOT)): file.read_text() for file in files}
    assert not [path for path, source in named.items() if ungated(path, source)]


def test_the_guard_over_the_ways_out_bites() -> None:
    assert ungated("patients/views/plan.py", 'HttpResponse(pdf, content_type="application/pdf")')
    assert not ungated("patients/views/plan.py", 'disclose(); HttpResponse(content_type="application/pdf")')
