"""The whole record: complete, about one person alone, through the gate, the same shape for every patient."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import ServiceDay
from iop_clinic.filestore import path_of
from iop_clinic.refusal import Refused
from patients.models import Consent, Disclosure, Episode, Patient, TreatmentPlan
from sessions.exporting import archive_of, export_own_record, export_record
from sessions.record_contents import bundle_of, chapters_of, counted
from tests import make
from tests.make import MONDAY, NOW
from tests.sessions.record_world import Archive, opened, whole_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Episode:
    """With someone else in the same group, of whom everything is marked OTTO."""
    shared = make.session(day=MONDAY, title="Process group")
    whole_patient("OTTO", session=shared)
    return whole_patient("ANA", session=shared)


def archive(episode: Episode) -> Archive:
    return opened(archive_of(Patient.objects.get(pk=episode.patient_id), NOW))


# Table, and how many rows the database has of it that belong in the record.
COUNTS: dict[str, Any] = {
    "related-people": 1,
    "referrals": 1,
    "coverage": 1,
    "authorizations": 1,
    "benefits": 1,
    "estimates": 1,
    "stays": 1,
    "levels": 1,
    "diagnoses": 1,
    "diagnosis-changes": 1,
    "level-decisions": 1,
    "follow-ups": 1,
    "risk-reports": 1,
    "discharges": 1,
    "aftercare": 1,
    "calls": 1,
    "plans": 1,
    "plan-problems": 1,
    "goals": 1,
    "objectives": 1,
    "plan-services": 1,
    "plan-reviews": 1,
    "reviewed-objectives": 1,
    "standings": 1,
    "plan-signatures": 1,
    "measures": 1,
    "measure-answers": 10,
    "medication": 1,
    "medication-reviews": 1,
    "medication-reports": 1,
    "allergies": 1,
    "toxicology": 2,
    "documents": 2,
    "document-addenda": 1,
    "consents": 6,
    "disclosures": 1,
    "files": 1,
    "appointments": 3,
    "groups": 1,
    "waiting": 1,
    "unavailable-hours": 1,
    "attendance": 2,
    "attendance-corrections": 1,
    "notes": 1,
    "note-addenda": 1,
}


def test_every_row_of_the_record_is_in_a_table(ana: Episode) -> None:
    made = archive(ana)
    assert {name: len(made.table(name)) for name in COUNTS} == COUNTS


def test_the_counts_in_the_readme_are_those_of_the_files(ana: Episode) -> None:
    made = archive(ana)
    names = [name for name in made.names if name.startswith("csv/")]
    assert len(names) > 45
    for name in names:
        rows = len(made.table(name.removeprefix("csv/").removesuffix(".csv")))
        assert any(line.split()[:1] == [str(rows)] and name in line for line in made.readme.splitlines()), (
            name
        )
    kinds = Counter(entry["resource"]["resourceType"] for entry in made.fhir["entry"])
    assert f"{kinds['Composition']:>6}  Composition" in made.readme


def test_nothing_about_anyone_else_is_in_it(ana: Episode) -> None:
    otto = Patient.objects.get(given_name="OTTO")
    made = archive(ana)
    assert made.text.count("ANA") > 30
    assert "OTTO" not in made.text
    assert f"chart {otto.record_number}" not in made.text
    assert f'Patient-{otto.pk}"' not in made.text
    sheets = str([sheet.as_plain() for sheet in _sheets(ana)])
    assert "ANA note" in sheets and "OTTO" not in sheets


def _sheets(ana: Episode) -> Iterator[Any]:
    patient = Patient.objects.get(pk=ana.patient_id)
    yield from bundle_of(patient, chapters_of(patient, NOW), NOW).sheets


@pytest.mark.parametrize("left_out", ["DRAFT", "UNSIGNED", "MISTAKEN", "AUNT", "KEPT APART"])
def test_drafts_mistakes_and_others_stay_out(ana: Episode, left_out: str) -> None:
    assert left_out not in archive(ana).text
    assert left_out not in str([sheet.as_plain() for sheet in _sheets(ana)])


def test_every_free_text_is_in_the_tables_and_in_the_pdf_or_its_table(ana: Episode) -> None:
    made = archive(ana)
    for words in (
        "note",
        "later",
        "next",
        "added",
        "rationale",
        "risk",
        "review",
        "tox",
        "correction",
        "call",
    ):
        assert f"ANA {words}" in made.text, words


def test_both_signed_versions_and_what_was_added_are_on_paper(ana: Episode) -> None:
    titles = Counter(sheet.title for sheet in _sheets(ana))
    assert titles["Safety plan"] == 2
    assert "ANA added" in str([sheet.as_plain() for sheet in _sheets(ana)])


def test_no_cell_of_the_record_is_a_formula(ana: Episode) -> None:
    assert archive(ana).table("notes")[0]["Note"] == "'=HYPERLINK ANA note"


def test_files_come_as_they_are_under_names_of_our_own(ana: Episode) -> None:
    made, upload = archive(ana), ana.patient.uploads.get()
    name = f"files/insurance-card-{upload.pk}.pdf"
    assert made.content[name] == make.PDF + b"ANA"
    assert made.table("files")[0]["In this archive"] == name


def test_a_file_whose_bytes_are_lost_is_said_and_stops_nothing(ana: Episode) -> None:
    path_of(ana.patient.uploads.get().stored_name).unlink()
    made = archive(ana)
    assert "WHAT COULD NOT BE READ" in made.readme
    assert not [name for name in made.names if name.startswith("files/")]
    assert len(made.table("files")) == 1


def test_every_reference_leads_to_a_resource_in_the_bundle(ana: Episode) -> None:
    fhir = archive(ana).fhir
    ids = [f"{row['resource']['resourceType']}/{row['resource']['id']}" for row in fhir["entry"]]
    assert len(ids) == len(set(ids))
    assert set(_references(fhir)) <= set(ids)
    assert len(set(_references(fhir))) > 10
    assert all(row["fullUrl"].endswith(one) for row, one in zip(fhir["entry"], ids, strict=True))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from _references(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_fhir_has_the_kinds_a_clinic_needs(ana: Episode) -> None:
    kinds = Counter(entry["resource"]["resourceType"] for entry in archive(ana).fhir["entry"])
    assert kinds == {
        "Patient": 1,
        "RelatedPerson": 1,
        "Coverage": 1,
        "EpisodeOfCare": 1,
        "Condition": 1,
        "CarePlan": 1,
        "Goal": 1,
        "QuestionnaireResponse": 1,
        "Observation": 3,
        "MedicationStatement": 1,
        "AllergyIntolerance": 1,
        "Composition": 5,
        "DocumentReference": 3,
        "Consent": 6,
        "Appointment": 3,
        "Encounter": 2,
    }


def test_a_score_carries_its_loinc_code(ana: Episode) -> None:
    total = next(row for row in archive(ana).resources("Observation") if row["id"].endswith("-total"))
    assert total["code"]["coding"][0] == {
        "system": "http://loinc.org", "code": "44261-6", "display": "PHQ-9 total",
    }  # fmt: skip
    assert (total["valueQuantity"], total["interpretation"]) == ({"value": 9.0}, [{"text": "mild"}])


def test_the_plan_in_fhir_leads_from_the_diagnosis_to_the_target_and_the_service(ana: Episode) -> None:
    (plan,), (goal,) = (archive(ana).resources(kind) for kind in ("CarePlan", "Goal"))
    assert plan["status"] == "active"
    assert plan["addresses"] == [{"reference": f"Condition/Condition-{ana.diagnoses.get().pk}"}]
    assert plan["goal"] == [{"reference": f"Goal/{goal['id']}"}]
    assert plan["activity"][0]["detail"]["scheduledString"] == "3 times a week, 60 min"
    assert goal["target"][0]["detailString"] == "PHQ-9 from 20 to 9 or less (9 points)"


def test_an_appointment_says_what_came_of_it() -> None:
    episode = make.episode()
    for n, absence in enumerate(("", "excused", "no_show", None)):
        booking = make.booking(make.session(day=MONDAY + timedelta(days=n)), episode)
        if absence is None:
            continue
        came = make.attendance(booking)
        if absence:
            type(came).objects.filter(pk=came.pk).update(arrived_at=None, left_at=None, absence=absence)
    made = archive(episode)
    statuses = [row["status"] for row in made.resources("Appointment")]
    assert statuses == ["fulfilled", "cancelled", "noshow", "booked"]
    (visit,) = made.resources("Encounter")
    assert (visit["class"]["code"], visit["status"]) == ("AMB", "finished")


def test_a_substance_use_record_says_so_in_fhir(ana: Episode) -> None:
    Episode.objects.filter(pk=ana.pk).update(is_part2=True)
    assert "42CFRPart2" in str(archive(ana).fhir["meta"])


def test_a_day_that_was_billed_is_in_the_record(ana: Episode) -> None:
    day = {"verdict": "not_billable", "minutes": 60, "units": 0, "amount_cents": 0, "why": "ANA why"}
    by = ana.primary_clinician
    ServiceDay.objects.create(
        site=ana.site, patient=ana.patient, episode=ana, on=MONDAY, verdicts=[], closed_by=by, **day
    )
    (row,) = archive(ana).table("billed-days")
    assert (row["Why"], row["Amount in dollars"]) == ("ANA why", "0.00")


def test_it_takes_as_many_queries_for_much_as_for_little(ana: Episode) -> None:
    def queries(episode: Episode) -> int:
        patient = Patient.objects.select_related("site").get(pk=episode.patient_id)
        with CaptureQueriesContext(connection) as asked:
            archive_of(patient, NOW).close()
        return len(asked)

    before = queries(ana)
    by, draft = ana.primary_clinician, ana.plans.get(signed_at=None)
    TreatmentPlan.objects.filter(pk=draft.pk).update(signed_at=NOW, signed_by=by)
    for n in range(3, 9):
        make.booking(make.session(day=MONDAY + timedelta(days=n)), ana)
        make.document(ana.patient, by, kind="relapse_prevention", version=n, answers={}, signed_at=NOW)
        make.medication(ana.patient, drug=f"Drug {n}")
        make.response(ana.patient, due_on=MONDAY + timedelta(days=n), state="incomplete", finished_at=NOW)
        make.upload(ana.patient, title=f"Card {n}")
        make.review(make.plan(ana, version=n), on=MONDAY + timedelta(days=n))
    assert queries(ana) == before <= 130


def test_what_is_counted_before_the_click_is_what_is_inside(ana: Episode) -> None:
    made = archive(ana)
    inside = ["documents", "notes", "appointments", "measures", "medication", "consents", "files"]
    assert [count for _, count in counted(ana.patient)] == [len(made.table(name)) for name in inside]


def test_no_consent_is_asked_and_it_is_written_down_with_hash_and_size(ana: Episode) -> None:
    Episode.objects.update(is_part2=True)
    Consent.objects.filter(patient=ana.patient, kind="release", signed_on__isnull=False).update(
        revoked_at=NOW, revoked_how="verbal", revoked_by=ana.primary_clinician
    )
    sent = export_record(actor=ana.primary_clinician, patient=ana.patient, now=NOW)
    row = Disclosure.objects.filter(patient=ana.patient).latest("pk")
    assert sent.file is not None
    content = sent.file.read()
    assert (row.basis, row.recipient_kind, row.consent, row.scopes) == (
        "access",
        "patient",
        None,
        ["everything"],
    )
    assert (row.content_sha256, row.content_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert row.recipient == "ANA ANA-family"


def test_the_next_archive_says_that_this_one_was_given(ana: Episode) -> None:
    export_record(actor=ana.primary_clinician, patient=ana.patient, now=NOW)
    rows = archive(ana).table("disclosures")
    assert [row["Allowed by"] for row in rows][-1] == "The patient’s own right of access"


def test_a_minor_is_given_it_by_the_clinic_not_by_the_portal() -> None:
    episode = make.episode(make.patient(born_on=NOW.date().replace(year=NOW.year - 18) + timedelta(days=1)))
    with pytest.raises(Refused, match="until you are 18"):
        export_own_record(actor=make.user(), patient=episode.patient, now=NOW)
    assert not Disclosure.objects.exists()
    export_own_record(actor=make.user(), patient=episode.patient, now=NOW + timedelta(days=1))
    assert Disclosure.objects.count() == 1


def test_the_same_record_at_the_same_instant_is_the_same_file(ana: Episode) -> None:
    patient = Patient.objects.get(pk=ana.patient_id)
    assert archive_of(patient, NOW).read() == archive_of(patient, NOW).read()


def test_an_empty_chart_is_a_record_too() -> None:
    made = opened(archive_of(make.patient(), NOW))
    assert made.content["record.pdf"].startswith(b"%PDF")
    assert [entry["resource"]["resourceType"] for entry in made.fhir["entry"]] == ["Patient"]
