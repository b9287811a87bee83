"""The medication list as a sheet of paper."""

from datetime import datetime

from iop_clinic.clock import local_day
from iop_clinic.paper.sheet import Block, Section, Sheet, Table, Words
from patients.medication_list import medication_list
from patients.models import Patient
from patients.paper import day_in_words, sheet_of


def medication_sheet(patient: Patient, *, now: datetime, notice: str = "") -> Sheet:
    """The list of the site's day, allergies first; it says when it was last gone through."""
    found = medication_list(patient, local_day(now, patient.site.time_zone))
    allergies = tuple((line.words, line.detail) for line in found.allergies)
    lines = tuple(
        (line.drug, line.how, line.reason, line.prescriber_words, day_in_words(line.from_on))
        for line in found.lines
    )
    gone_through = "Not yet"
    if found.reconciled_on is not None:
        gone_through = f"{day_in_words(found.reconciled_on)}, with {found.reconciled_with}"
    return sheet_of(
        patient,
        title="Medication",
        facts=(("List of", day_in_words(found.day)), ("Last gone through", gone_through)),
        sections=(
            Section("Allergies", (_or(("Allergy", "Reaction"), allergies, "Not asked yet."),)),
            Section(
                "Medication",
                (_or(("Medication", "How", "For", "Prescriber", "Since"), lines, "Nothing on the list."),),
            ),
        ),
        now=now,
        notice=notice,
    )


def _or(heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...], none: str) -> Block:
    return Table(heads, rows) if rows else Words(none)
