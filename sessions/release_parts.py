"""What of a record can be given out on paper: each part with the scope a consent must name for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from iop_clinic.paper.sheet import Sheet
from patients.document_paper import document_sheet
from patients.document_words import title_of
from patients.documenting import form_of
from patients.level_paper import certification_sheet, determination_sheet
from patients.measure_paper import measures_sheet
from patients.medication_paper import medication_sheet
from patients.models import (
    Certification,
    ClinicalDocument,
    Episode,
    LevelDetermination,
    Patient,
)
from patients.models.consent_terms import Scope
from patients.paper import day_in_words
from patients.plan_paper import plan_on_paper
from patients.planning import plan_in_force
from sessions.attendance_paper import attendance_sheet
from sessions.notes_paper import notes_sheet


@dataclass(frozen=True)
class ReleasePart:
    """One thing that can be ticked. `key` names it in a form; `make(now=, notice=)` answers its sheet."""

    key: str
    title: str
    scope: str
    make: Callable[..., Sheet]


def parts_of(patient: Patient, episode: Episode | None, day: date) -> list[ReleasePart]:
    """Documents in force first, then the stay's plan and level, then what is kept as rows; five queries."""
    parts = [_document_part(document) for document in _in_force(patient)]
    if episode is not None:
        episode.patient = patient
        parts += [*_plan_part(episode, day), *_level_parts(episode)]
    parts += [
        ReleasePart(
            "medication", "Medication and allergies", Scope.MEDICATION, partial(medication_sheet, patient)
        ),
        ReleasePart("measures", "Measures and scores", Scope.MEASURES, partial(measures_sheet, patient)),
    ]
    if episode is not None:
        parts += [
            ReleasePart(
                "attendance", "Attendance and hours", Scope.ATTENDANCE, partial(attendance_sheet, episode)
            ),
            ReleasePart("notes", "Signed progress notes", Scope.NOTES, partial(notes_sheet, episode)),
        ]
    return parts


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
        partial(document_sheet, document),
    )


def _plan_part(episode: Episode, day: date) -> list[ReleasePart]:
    plan = plan_in_force(episode, day)
    if plan is None:
        return []
    plan.episode = episode
    title = f"Treatment plan, version {plan.version}"
    return [ReleasePart(f"plan-{plan.pk}", title, Scope.PLAN, partial(plan_on_paper, plan))]


def _level_parts(episode: Episode) -> list[ReleasePart]:
    """The last determination that was signed and the last certification, where there are any."""
    parts = []
    signed = LevelDetermination.objects.filter(patient=episode.patient_id, signed_at__isnull=False)
    decided = signed.select_related("signed_by").order_by("-decided_on", "-pk").first()
    if decided is not None:
        decided.patient = episode.patient
        title = f"Level of care, decided {day_in_words(decided.decided_on)}"
        sheet = partial(determination_sheet, decided)
        parts.append(ReleasePart(f"determination-{decided.pk}", title, Scope.ASSESSMENT, sheet))
    certified = Certification.objects.filter(episode=episode).select_related("plan", "signed_by")
    last = certified.order_by("-from_on", "-pk").first()
    if last is not None:
        last.episode = episode
        title = f"{last.get_kind_display()} to {day_in_words(last.to_on)}"
        sheet = partial(certification_sheet, last)
        parts.append(ReleasePart(f"certification-{last.pk}", title, Scope.ASSESSMENT, sheet))
    return parts
