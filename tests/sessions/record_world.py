"""A patient with a row of every kind, each with a mark that may not be found in someone else's archive."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, Any

from patients.models import (
    Addendum,
    DiagnosisChange,
    Discharge,
    Episode,
    FollowUp,
    FollowUpContact,
    Patient,
    RiskReport,
    Standing,
)
from patients.models import Signature as PlanSignature
from sessions.models import Addendum as NoteAddendum
from sessions.models import AttendanceCorrection, Signature
from tests import make
from tests.make import MONDAY, NOW, SAFETY_PLAN


@dataclass
class Archive:
    """What is in a ZIP, read once."""

    names: list[str]
    content: dict[str, bytes] = field(repr=False)

    def table(self, name: str) -> list[dict[str, str]]:
        text = self.content[f"csv/{name}.csv"].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    @property
    def fhir(self) -> dict[str, Any]:
        return json.loads(self.content["fhir/bundle.json"])

    def resources(self, kind: str) -> list[dict[str, Any]]:
        found = [entry["resource"] for entry in self.fhir["entry"]]
        return [row for row in found if row["resourceType"] == kind]

    @property
    def readme(self) -> str:
        return self.content["README.txt"].decode()

    @property
    def text(self) -> str:
        """Every word outside the PDF."""
        return "\n".join(
            made.decode(errors="replace") for name, made in self.content.items() if not name.endswith(".pdf")
        )


def opened(file: IO[bytes] | None) -> Archive:
    assert file is not None
    with zipfile.ZipFile(file) as archive:
        return Archive(archive.namelist(), {name: archive.read(name) for name in archive.namelist()})


def signed(note: Any) -> Any:
    Signature.objects.create(
        note=note, signed_by=note.author, credential="LCSW", signed_at=NOW, content_sha256="0" * 64
    )
    return note


def whole_patient(mark: str = "ANA", *, session: Any = None, **fields: Any) -> Episode:
    """`mark` stands in every free text of theirs, so that a leak can be looked for."""
    patient = make.patient(given_name=mark, family_name=f"{mark}-family", **fields)
    episode = make.episode(patient)
    by = episode.primary_clinician
    make.consents(patient)
    make.release(patient, scope_words=f"{mark} scope", purpose_words=f"{mark} purpose")
    make.waiting_release(patient, scope_words="UNSIGNED consent")
    make.relative(patient, name=f"{mark} relative")
    _plan(episode, mark)
    _papers(patient, by, mark)
    _health(patient, mark)
    _what_happened(episode, session, mark)
    _around(patient, episode, by, mark)
    return episode


def _plan(episode: Episode, mark: str) -> None:
    plan, by = make.plan(episode, barriers=f"{mark} barriers"), episode.primary_clinician
    make.review(plan, summary=f"{mark} review of the plan")
    Standing.objects.create(
        objective=make.objective_of(plan), progress="slow", current=12, noted_at=NOW, noted_by=by
    )
    PlanSignature.objects.create(
        plan=plan,
        part="patient",
        way="paper",
        signed_name=f"{mark} signed",
        signed_at=NOW,
        recorded_by=by,
        content_sha256="0" * 64,
    )
    make.plan(episode, signed=False, version=2, barriers="DRAFT plan")


def _papers(patient: Patient, by: Any, mark: str) -> None:
    first = make.document(patient, by, answers=SAFETY_PLAN | {"access_plan": f"{mark} old"}, signed_at=NOW)
    Addendum.objects.create(document=first, text=f"{mark} added", author=by, written_at=NOW)
    make.document(patient, by, answers=SAFETY_PLAN, version=2, signed_at=NOW + timedelta(hours=1))
    make.document(patient, by, version=3, answers={"warning_signs": [{"sign": "DRAFT document"}]})
    make.determination(patient, by, rationale=f"{mark} rationale")
    make.upload(patient, title=f"{mark} card", content=make.PDF + mark.encode())
    make.disclosure(patient, what=f"{mark} what")


def _health(patient: Patient, mark: str) -> None:
    line = make.medication(patient, reason=f"{mark} reason")
    make.medication(
        patient, drug="MISTAKEN drug", error_at=NOW, error_by=make.user(), error_because="Someone else’s"
    )
    make.reconciliation(patient, line, note=f"{mark} review")
    make.medication_report(patient, f"{mark} report")
    make.allergy(patient, f"{mark} pollen")
    make.tox_screen(patient, ("Opiates", "negative"), ("Cocaine", "positive"), note=f"{mark} tox")
    answers = {f"q{n}": 1 for n in range(1, 10)} | {"difficulty": 0}
    make.response(patient, answers=answers, state="complete", total=9, band="mild", finished_at=NOW)
    make.response(patient, "gad7", answers={"q1": 3})


def _what_happened(episode: Episode, session: Any, mark: str) -> None:
    session = session or make.session(day=MONDAY)
    held = make.booking(session, episode)
    came = make.attendance(held, late_minutes=9)
    AttendanceCorrection.objects.create(attendance=came, reason=f"{mark} correction", by=session.lead)
    objective = make.objective_of(episode.plans.get(version=1))
    note = signed(make.note(held, text=f"=HYPERLINK {mark} note", plan=f"{mark} next", objective=objective))
    NoteAddendum.objects.create(
        note=note, text=f"{mark} later", reason="Forgot", author=note.author, credential="LCSW"
    )
    later = make.booking(make.session(day=MONDAY + timedelta(days=1)), episode)
    make.attendance(later)
    make.note(later, text="DRAFT note")
    make.booking(
        make.session(day=MONDAY + timedelta(days=2)),
        episode,
        status="cancelled_by_patient",
        cancelled_at=NOW,
        cancel_reason=f"{mark} cancelled",
    )


def _around(patient: Patient, episode: Episode, by: Any, mark: str) -> None:
    make.referral(patient, stage="admitted", reason=f"{mark} referred", source="family", source_name="AUNT")
    make.verification(make.authorization(make.coverage(patient)).coverage, note=f"{mark} benefits")
    make.estimate(patient)
    make.kept_apart(patient, reason="KEPT APART")
    diagnosis = episode.diagnoses.get()
    DiagnosisChange.objects.create(
        diagnosis=diagnosis, kind="added", on=MONDAY, reason=f"{mark} diagnosis", by=by, at=NOW
    )
    make.aftercare(episode, provider=f"{mark} provider")
    make.unavailable(patient)
    make.waiting(episode, make.group(), reason=f"{mark} waits")
    make.enrollment(episode, make.group(make.track(name="Adult Evening")))
    RiskReport.objects.create(patient=patient, code="said", words=f"{mark} risk", told_by=by, told_at=NOW)
    call: FollowUp = make.follow_up(patient, by, summary=f"{mark} follow-up")
    FollowUpContact.objects.create(
        follow_up=call, outcome="no_answer", note=f"{mark} call", called_by=by, called_at=NOW
    )
    discharge = {"kind": "completed", "on": MONDAY, "is_planned": True, "by": by}
    Discharge.objects.create(episode=episode, note=f"{mark} discharge", **discharge)
