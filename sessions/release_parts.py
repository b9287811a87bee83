"""What of a record can be given out on paper: each part with the scope a consent must name for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from iop_clinic.paper.sheet import Sheet
from patients.document_paper import document_sheet
from patients.document_words import title_of
from patients.documenting import form_of
from patients.measure_paper import measures_sheet
from patients.medication_paper import medication_sheet
from patients.models import ClinicalDocument, Episode, Patient
from patients.models.consent_terms import Scope
from sessions.attendance_paper import attendance_sheet
from sessions.notes_paper import notes_sheet

# Told when the sheet was made, and which notice stands at its foot.
Make = Callable[[datetime, str], Sheet]


@dataclass(frozen=True)
class ReleasePart:
    """One thing that can be ticked. `key` names it in a form."""

    key: str
    title: str
    scope: str
    make: Make


def parts_of(patient: Patient, episode: Episode | None) -> list[ReleasePart]:
    """Documents in force first, then what is kept as rows; four queries until one is made."""
    parts = [_document_part(document) for document in _in_force(patient)]
    parts.append(
        ReleasePart(
            "medication",
            "Medication and allergies",
            Scope.MEDICATION,
            lambda now, notice: medication_sheet(patient, now=now, notice=notice),
        )
    )
    parts.append(
        ReleasePart(
            "measures",
            "Measures and scores",
            Scope.MEASURES,
            lambda now, notice: measures_sheet(patient, now=now, notice=notice),
        )
    )
    return parts + (_stay_parts(patient, episode) if episode is not None else [])


def _in_force(patient: Patient) -> list[ClinicalDocument]:
    rows = patient.documents.signed().order_by("kind", "-version").distinct("kind").select_related("author")
    documents = list(rows.prefetch_related("addenda__author", "signatures"))
    for document in documents:
        document.patient = patient
    return documents


def _document_part(document: ClinicalDocument) -> ReleasePart:
    return ReleasePart(
        f"document-{document.pk}",
        f"{title_of(document)}, version {document.version}",
        form_of(document).scope,
        lambda now, notice: document_sheet(document, now=now, notice=notice),
    )


def _stay_parts(patient: Patient, episode: Episode) -> list[ReleasePart]:
    episode.patient = patient
    return [
        ReleasePart(
            "attendance",
            "Attendance and hours",
            Scope.ATTENDANCE,
            lambda now, notice: attendance_sheet(episode, now=now, notice=notice),
        ),
        ReleasePart(
            "notes",
            "Signed progress notes",
            Scope.NOTES,
            lambda now, notice: notes_sheet(episode, now=now, notice=notice),
        ),
    ]
