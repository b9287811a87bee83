"""Which documents a chart has of each kind, what is due, and since when. Clocks: domain reference 4.4."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from patients.documents.definition import DocumentForm
from patients.documents.reader import load_documents
from patients.due import day_words
from patients.models import ClinicalDocument, DocumentClock, Patient


@dataclass
class ShelfRow:
    """One kind: the draft, the version in force, the earlier ones, and by when the first must be signed."""

    form: DocumentForm
    may_write: bool
    draft: ClinicalDocument | None = None
    in_force: ClinicalDocument | None = None
    earlier: list[ClinicalDocument] = field(default_factory=list)
    due_on: date | None = None
    due_words: str = ""
    due_tone: str = ""

    @property
    def in_force_words(self) -> str:
        return f"Version {self.in_force.version}, signed" if self.in_force else ""

    @property
    def draft_words(self) -> str:
        return f"Draft by {self.draft.author.short_name}" if self.draft else ""


def shelf_of(patient: Patient, episode: Any, user: User, day: date) -> list[ShelfRow]:
    """A row for every kind, in the order of their titles; two queries."""
    rows = {
        kind: ShelfRow(form, may(user.role, Permission(form.written_by)))
        for kind, form in sorted(load_documents().items(), key=lambda found: found[1].title)
    }
    found = ClinicalDocument.objects.filter(patient=patient, in_error__isnull=True).select_related("author")
    for document in found.order_by("kind", "-version"):
        row = rows.get(document.kind)
        if row is not None:
            _place(row, document)
    if episode is not None:
        clocks = dict(DocumentClock.objects.filter(site=patient.site_id).values_list("kind", "due_days"))
        for row in rows.values():
            _say_due(row, episode, clocks.get(row.form.kind), day)
    return list(rows.values())


def _place(row: ShelfRow, document: ClinicalDocument) -> None:
    if document.signed_at is None:
        row.draft = document
    elif row.in_force is None:
        row.in_force = document
    else:
        row.earlier.append(document)


def due_on(form: DocumentForm, episode: Any, days: int | None) -> date | None:
    """By when the first version of this episode is signed; None where no clock runs. `days` is the site's."""
    if form.due is None:
        return None
    start = episode.admitted_on if form.due.after == "admission" else episode.ended_on
    if start is None:
        return None
    return start + timedelta(days=form.due.days if days is None else days)


def _say_due(row: ShelfRow, episode: Any, days: int | None, day: date) -> None:
    signed_now = row.in_force is not None and row.in_force.episode_id == episode.pk
    row.due_on = None if signed_now else due_on(row.form, episode, days)
    if row.due_on is not None:
        late = row.due_on < day
        row.due_words = f"{'Was due' if late else 'Due'} {day_words(row.due_on, day)}"
        row.due_tone = "bad" if late else "warn"
