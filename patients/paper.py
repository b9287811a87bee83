"""What every sheet about a patient has: the clinic, the person, days and instants in words."""

from datetime import date, datetime

from iop_clinic.clock import local_day
from iop_clinic.paper.sheet import Section, Sheet, Signed
from iop_clinic.wall import wall
from patients.models import Patient


def day_in_words(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def instant_in_words(at: datetime, tz_name: str) -> str:
    return f"{day_in_words(local_day(at, tz_name))}, {wall(at, tz_name)}"


def person_line(patient: Patient) -> str:
    """Legal name, birth date and chart number: what tells two people apart on paper."""
    name = f"{patient.given_name} {patient.family_name}"
    return f"{name}, born {day_in_words(patient.born_on)}, chart {patient.record_number}"


def sheet_of(
    patient: Patient,
    *,
    title: str,
    sections: tuple[Section, ...],
    now: datetime,
    facts: tuple[tuple[str, str], ...] = (),
    mark: str = "",
    notice: str = "",
    signatures: tuple[Signed, ...] = (),
) -> Sheet:
    """A sheet about this patient, with the clinic's head and the day it was made."""
    site = patient.site
    return Sheet(
        title=title,
        clinic=site.name,
        clinic_lines=(site.address, site.phone),
        person=person_line(patient),
        facts=facts,
        sections=sections,
        made=f"Made {instant_in_words(now, site.time_zone)}",
        mark=mark,
        notice=notice,
        signatures=signatures,
    )
