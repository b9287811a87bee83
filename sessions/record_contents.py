"""Everything of one record, gathered: tables of every floor, sheets in their order, FHIR resources.

Two things are kept where a person looks first: how many of what (before the click), and every table (after).
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.conf import settings
from django.db.models import Sum
from django.utils.module_loading import import_string

from iop_clinic.fhir import Resource, collection
from iop_clinic.paper.sheet import Bundle, Points, Section, Sheet, Words
from iop_clinic.tables import Table
from patients.fhir import patient_resources
from patients.models import Episode, Patient
from patients.paper import sheet_of
from patients.record.care import care_tables
from patients.record.health import health_tables
from patients.record.papers import paper_tables
from patients.record.person import person_tables
from patients.record.plan import plan_tables
from patients.record.sheets import patient_sheets, tables_sheet
from scheduling.models import Booking
from scheduling.record import scheduling_tables
from sessions.attendance_paper import attendance_sheet
from sessions.fhir import session_resources
from sessions.models import ProgressNote
from sessions.notes_paper import notes_sheet
from sessions.record import session_tables

TITLE = "Your record"
# Printed on sheets of their own, word for word.
OWN_SHEET = {
    "documents",
    "document-answers",
    "document-signatures",
    "document-addenda",
    "level-decisions",
    "certifications",
    "measure-answers",
    "plans",
    "plan-problems",
    "goals",
    "objectives",
    "plan-services",
    "plan-reviews",
    "reviewed-objectives",
    "plan-signatures",
    "notes",
    "note-addenda",
}


@dataclass(frozen=True)
class Chapter:
    """Tables that belong together under a title, in the PDF and in the list of what is inside."""

    title: str
    tables: tuple[Table, ...]


def chapters_of(patient: Patient, now: datetime) -> list[Chapter]:
    """Every table of every floor; about fifty queries, the same for every patient."""
    above = [import_string(name)(patient) for name in settings.RECORD_TABLES_ABOVE]
    return [
        Chapter("About you, and how you came to us", tuple(person_tables(patient))),
        Chapter("Your care", tuple(care_tables(patient))),
        Chapter("Your treatment plan", tuple(plan_tables(patient))),
        Chapter("Your health", tuple(health_tables(patient))),
        Chapter("Papers, consents and what was given out", tuple(paper_tables(patient))),
        Chapter("Your appointments", tuple(scheduling_tables(patient))),
        Chapter("What happened", tuple(session_tables(patient, now))),
        Chapter("Billing", tuple(chain.from_iterable(above))),
    ]


def bundle_of(patient: Patient, chapters: list[Chapter], now: datetime) -> Bundle:
    """The PDF: a first page, signed papers, notes and hours of each stay, then every other table."""
    stays = list(Episode.objects.filter(patient=patient).select_related("site").order_by("admitted_on"))
    for stay in stays:
        stay.patient = patient
    tables = [
        tables_sheet(patient, chapter.title, (t for t in chapter.tables if t.name not in OWN_SHEET), now=now)
        for chapter in chapters
    ]
    return Bundle(
        TITLE,
        (
            _first_page(patient, chapters, now),
            *patient_sheets(patient, now=now),
            *(notes_sheet(stay, now=now) for stay in stays),
            *(attendance_sheet(stay, now=now) for stay in stays),
            *(sheet for sheet in tables if sheet is not None),
        ),
    )


def _first_page(patient: Patient, chapters: list[Chapter], now: datetime) -> Sheet:
    inside = tuple(
        Words("; ".join(f"{table.title}: {len(table)}" for table in tables), chapter.title)
        for chapter in chapters
        if (tables := [table for table in chapter.tables if len(table)])
    )
    return sheet_of(
        patient,
        title=TITLE,
        sections=(
            Section("What this is", (Words(ABOUT),)),
            Section("What is inside", inside),
            Section("What is not inside", (Points(LEFT_OUT),)),
        ),
        now=now,
    )


ABOUT = (
    "This is a copy of what the clinic has written down about you, given to you under your right of "
    "access (45 CFR 164.524). It is yours: keep it safe, and show it only to whom you want."
)
LEFT_OUT = (
    "A counselor’s own separate notes, if there are any: the right of access does not reach them.",
    "Drafts of notes, documents and plans: nobody has signed them yet.",
    "What was entered on the chart by mistake: it may be about someone else.",
    "Other people: who else was in a group, remarks on a group as a whole, a private person who made the "
    "referral, people kept apart.",
    "The clinic’s own work: who opened the chart, reminders among staff, plans of the week.",
)


def fhir_bundle(patient: Patient, now: datetime) -> Resource:
    """Every reference in it leads to a resource in it."""
    return collection(
        [*patient_resources(patient), *session_resources(patient)],
        base=f"{settings.BASE_URL}/fhir",
        at=now,
        is_part2=patient.episodes.filter(is_part2=True).exists(),
    )


def counted(patient: Patient) -> list[tuple[str, int]]:
    """The main things by number, to be read before the click; seven queries."""
    files = patient.uploads.shown()
    return [
        ("Signed documents, every version", patient.documents.signed().count()),
        (
            "Signed progress notes",
            ProgressNote.objects.filter(booking__patient=patient, signature__isnull=False).count(),
        ),
        ("Appointments, with attendance", Booking.objects.filter(patient=patient).count()),
        ("Finished measures, with every answer", patient.responses.filter(finished_at__isnull=False).count()),
        ("Medication, now and before", patient.medications.true().count()),
        ("Signed consents", patient.consents.filter(signed_on__isnull=False).count()),
        ("Files", files.count()),
    ]


def files_bytes(patient: Patient) -> int:
    """What the files of the chart come to; the rest of a record is small."""
    return patient.uploads.shown().aggregate(all=Sum("byte_count"))["all"] or 0
