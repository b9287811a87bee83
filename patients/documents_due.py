"""Lists of a site's documents: not signed in time, still drafts, waiting for a supervisor. Paged, a fixed
number of queries each. Clocks: domain reference 4.4; a site may set its own.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    CharField,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from iop_clinic.accounts.models import Site, User
from patients.documents.definition import DocumentForm
from patients.documents.reader import load_documents
from patients.due import day_words
from patients.models import ClinicalDocument, DocumentClock, Episode, Patient, Signature

PAGE_ROWS = 50
SOON = timedelta(days=3)
# Longer ago than this, a missing discharge document is history, not work.
LOOK_BACK = timedelta(days=60)


@dataclass(frozen=True)
class DueRow:
    """One document one person's stay still needs, by when."""

    patient: Patient
    form: DocumentForm
    words: str
    tone: str
    clinician: str


def due_at_site(
    site: Site, day: date, whose: User | None = None, soon: timedelta = SOON
) -> QuerySet[Any, Any]:
    """Rows of episode, kind and due date within `soon`, the oldest first; `whose` keeps one clinician's."""
    own_days = dict(DocumentClock.objects.filter(site=site).values_list("kind", "due_days"))
    parts = [
        _missing(site, form, own_days.get(kind, form.due.days), day, whose, soon)
        for kind, form in load_documents().items()
        if form.due is not None
    ]
    first, *others = parts
    return first.union(*others, all=True).order_by("due_on", "episode", "kind")


def _missing(
    site: Site, form: DocumentForm, days: int, day: date, whose: User | None, soon: timedelta
) -> QuerySet[Any, Any]:
    """Stays whose clock runs for this kind and that have no signed one."""
    assert form.due is not None
    after_admission = form.due.after == "admission"
    start = "admitted_on" if after_admission else "ended_on"
    episodes = Episode.objects.filter(site=site)
    if after_admission:
        episodes = episodes.filter(ended_on__isnull=True)
    else:
        episodes = episodes.filter(ended_on__gte=day - LOOK_BACK)
    if whose is not None:
        episodes = episodes.filter(primary_clinician=whose)
    signed = ClinicalDocument.objects.signed().filter(episode=OuterRef("pk"), kind=form.kind)
    due_on = Cast(
        ExpressionWrapper(F(start) + Value(timedelta(days=days)), output_field=DateTimeField()), DateField()
    )
    missing = episodes.filter(**{f"{start}__lte": day + soon - timedelta(days=days)}).exclude(Exists(signed))
    return missing.order_by().values(
        "patient_id", episode=F("pk"), kind=Value(form.kind, output_field=CharField()), due_on=due_on
    )


def due_page(site: Site, day: date, number: str, whose: User | None = None) -> tuple[Page[Any], list[DueRow]]:
    """A page of what is due; four queries."""
    page = Paginator(due_at_site(site, day, whose), PAGE_ROWS).get_page(number)
    found = list(page.object_list)
    episodes = (
        Episode.objects.filter(pk__in=[row["episode"] for row in found])
        .select_related("patient", "primary_clinician")
        .in_bulk()
    )
    return page, [_row(row, episodes[row["episode"]], day) for row in found]


def _row(row: dict[str, Any], episode: Episode, day: date) -> DueRow:
    late = row["due_on"] < day
    words = f"{'was due' if late else 'due'} {day_words(row['due_on'], day)}"
    form = load_documents()[row["kind"]]
    return DueRow(
        episode.patient, form, words, "bad" if late else "warn", episode.primary_clinician.full_name
    )


def drafts_of(user: User, site: Site) -> QuerySet[ClinicalDocument]:
    """What this person began and has not signed, the oldest first."""
    rows = ClinicalDocument.objects.drafts().filter(author=user, patient__site=site)
    return rows.select_related("patient", "author").order_by("started_at")


def to_cosign(site: Site, whose: User | None = None) -> QuerySet[ClinicalDocument]:
    """Signed documents a supervisor has not signed yet, the oldest first; `whose` keeps one supervisor's."""
    cosigned = Signature.objects.filter(document=OuterRef("pk"), part=Signature.Part.SUPERVISOR)
    rows = ClinicalDocument.objects.signed().filter(needs_cosignature=True, patient__site=site)
    if whose is not None:
        rows = rows.filter(author__profile__supervisor=whose)
    return rows.exclude(Exists(cosigned)).select_related("patient", "author").order_by("signed_at")
