"""The database says no by itself: each named constraint around medication, broken on purpose."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from iop_clinic.constraints import broken_constraint
from patients.models import (
    Allergy,
    MedicationInterval,
    MedicationReport,
    MedicationStatement,
    ReconciledLine,
    Reconciliation,
    ToxLine,
    ToxScreen,
)
from tests import make
from tests.patients.test_promises import Break

DAY = make.MONDAY


def medication(**fields: Any) -> MedicationStatement:
    return make.medication(fields.pop("patient", None) or make.patient(), **fields)


def same_line_twice() -> None:
    first = medication()
    medication(patient=first.patient, drug="SERTRALINE")


def changed_twice() -> None:
    first = medication(to_on=DAY)
    for dose in ("75 mg", "100 mg"):
        medication(patient=first.patient, dose=dose, follows=first, because="Up")


def line_twice() -> None:
    row = medication()
    make.reconciliation(row.patient, row, row)


def report_twice() -> None:
    for whom in [make.patient()] * 2:
        make.medication_report(whom)


def interval(**fields: Any) -> None:
    of = make.episode()
    said = {"days": 14, "reason": "New dose", "set_by": of.primary_clinician, "set_at": make.NOW}
    MedicationInterval.objects.create(episode=of, **(said | fields))


def allergy(*substances: str, **fields: Any) -> None:
    whom = make.patient()
    for substance in substances:
        make.allergy(whom, substance, **fields)


def allergy_and_none() -> None:
    whom = make.patient()
    make.allergy(whom)
    make.allergy(whom, "", none_known=True)


def tox_line(**fields: Any) -> None:
    screen = make.tox_screen(make.patient())
    said = {"substance": "Cocaine", "result": "negative"}
    ToxLine.objects.create(screen=screen, **(said | fields))


def screen(**fields: Any) -> None:
    make.tox_screen(make.patient(), **fields)


BREAKS: list[tuple[str, Break]] = [
    ("medication_says_what_and_how", lambda: medication(dose="")),
    ("medication_ends_after_it_starts", lambda: medication(to_on=date(2020, 1, 1))),
    ("medication_ours_is_from_here", lambda: medication(source="ours")),
    ("medication_change_has_a_reason", lambda: medication(follows=medication(to_on=DAY))),
    ("medication_end_is_whole", lambda: medication(ended_at=make.NOW, to_on=DAY)),
    ("medication_error_is_whole", lambda: medication(error_because="Typo")),
    ("medication_line_once", same_line_twice),
    ("medication_changed_once", changed_twice),
    ("reconciliation_names_the_credential", lambda: make.reconciliation(make.patient(), credential="")),
    ("reconciled_line_once_per_medication", line_twice),
    ("medication_report_says_something", lambda: make.medication_report(make.patient(), "")),
    ("medication_report_once", report_twice),
    ("medication_interval_is_a_day_to_half_a_year", lambda: interval(days=0)),
    ("medication_interval_has_a_reason", lambda: interval(reason="")),
    ("allergy_names_a_substance_or_none", lambda: allergy("")),
    ("allergy_end_is_whole", lambda: allergy("Latex", ending="over")),
    ("allergy_once", lambda: allergy("Latex", "LATEX")),
    ("allergy_or_none_known", allergy_and_none),
    ("tox_screen_results_after_collection", lambda: screen(resulted_at=make.NOW - timedelta(days=9))),
    ("tox_screen_error_is_whole", lambda: screen(error_at=make.NOW)),
    ("tox_line_names_a_substance", lambda: tox_line(substance="")),
    ("tox_line_lab_speaks_of_a_positive", lambda: tox_line(confirmation="confirmed")),
    ("tox_line_substance_once", lambda: tox_line(substance="OPIATES")),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "attempt"), BREAKS, ids=[name for name, _ in BREAKS])
def test_the_database_itself_says_no(name: str, attempt: Break) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = [
        Allergy, MedicationInterval, MedicationReport, MedicationStatement, ReconciledLine, Reconciliation,
        ToxLine, ToxScreen,
    ]  # fmt: skip
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named == {name for name, _ in BREAKS}


@pytest.mark.django_db
def test_medication_visits_are_at_least_a_day_apart() -> None:
    with pytest.raises(IntegrityError, match="site_medication_visits_are_days_apart"), transaction.atomic():
        make.site("Nowhere", medication_days=0)
