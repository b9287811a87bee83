"""The database says no by itself: each named constraint of determinations, certifications and diagnoses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from iop_clinic.constraints import broken_constraint
from patients.models import Certification, Diagnosis, DiagnosisChange, LevelDetermination, PayerClock
from tests import make
from tests.make import MONDAY, NOW

DAY = timedelta(days=1)
RATED = {f"d{n}": {"rating": "1", "why": "x"} for n in range(1, 7)}


def determination(**fields: Any) -> LevelDetermination:
    of = make.episode()
    return make.determination(of.patient, of.primary_clinician, **fields)


def two_drafts() -> None:
    first = determination(signed=False)
    make.determination(first.patient, first.author, signed=False)


def without_episode() -> None:
    make.determination(make.patient(), make.clinician(), episode=None, kind="continued")


def superseded_twice() -> None:
    first = determination()
    for _ in range(2):
        make.determination(first.patient, first.author, supersedes=first)


def certification(**fields: Any) -> Certification:
    of = make.episode()
    return make.certification(of, make.plan(of), **fields)


def certified_twice() -> None:
    first = certification()
    make.certification(first.episode, first.plan, from_on=first.to_on, signed_on=first.from_on)


def clocks_overlap() -> None:
    for _ in range(2):
        make.payer_clock()


def change(**fields: Any) -> None:
    of = make.episode()
    said = {"diagnosis": of.diagnoses.get(), "kind": "ended", "on": MONDAY, "at": NOW} | fields
    DiagnosisChange.objects.create(by=of.primary_clinician, **said)


LOCUS = {"scheme": "locus", "recommended": "3", "actual": "3", "instrument_version": "20", "rater": "Theo"}
BREAKS: list[tuple[str, Callable[[], Any]]] = [
    ("determination_difference_has_a_reason", lambda: determination(recommended="PHP")),
    ("determination_other_reason_in_words", lambda: determination(recommended="PHP", difference="other")),
    ("determination_rates_every_dimension", lambda: determination(scheme="asam3", ratings={"d1": {}})),
    ("determination_locus_has_its_result", lambda: determination(**LOCUS, composite=36)),
    ("determination_locus_has_its_result", lambda: determination(**LOCUS)),
    ("determination_after_admission_has_an_episode", without_episode),
    ("determination_says_why", lambda: determination(rationale="")),
    ("determination_signature_is_whole", lambda: determination(signed=False, signed_at=NOW)),
    ("determination_one_draft", two_drafts),
    ("patients_leveldetermination_supersedes_id_key", superseded_twice),
    ("certification_ends_after_it_starts", lambda: certification(to_on=MONDAY - timedelta(days=200))),
    ("certification_says_why_it_is_needed", lambda: certification(need="")),
    ("certification_again_says_how_it_goes", lambda: certification(kind="again", response="Better")),
    ("certification_late_has_a_reason", lambda: certification(signed_on=MONDAY)),
    ("certification_names_the_credential", lambda: certification(credential="")),
    ("certification_has_a_hash", lambda: certification(content_sha256="")),
    ("certification_one_a_day", certified_twice),
    ("payer_clock_certifies_for_some_days", lambda: make.payer_clock(every_days=None)),
    ("payer_clock_reviews_within_ninety_days", lambda: make.payer_clock(review_days=91)),
    ("payer_clock_ends_after_it_starts", lambda: make.payer_clock(to_on=MONDAY - timedelta(days=900))),
    ("payer_clock_one_a_day", clocks_overlap),
    ("diagnosis_change_has_a_reason", change),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "attempt"), BREAKS, ids=[f"{n} {name}" for n, (name, _) in enumerate(BREAKS)]
)
def test_the_database_itself_says_no(name: str, attempt: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = (Certification, DiagnosisChange, LevelDetermination, PayerClock)
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named <= {name for name, _ in BREAKS}


def signed_rows() -> dict[str, Model]:
    of = make.episode()
    primary = of.diagnoses.get()
    return {
        "determination": make.determination(of.patient, of.primary_clinician),
        "certification": make.certification(of, make.plan(of)),
        "change": DiagnosisChange.objects.create(
            diagnosis=primary, kind="added", on=MONDAY, by=of.primary_clinician, at=NOW
        ),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["determination", "certification", "change"])
def test_what_is_signed_cannot_be_changed_or_deleted_by_any_path(what: str) -> None:
    row = signed_rows()[what]
    field = {"determination": "rationale", "certification": "need", "change": "kind"}[what]
    rows, table = type(row)._default_manager.filter(pk=row.pk), row._meta.db_table

    def raw(statement: str) -> Callable[[], Any]:
        return lambda: connection.cursor().execute(statement, [row.pk])

    attempts: list[Callable[[], Any]] = [
        lambda: row.save(force_update=True),
        lambda: row.delete(),
        lambda: rows.update(**{field: getattr(row, field)}),
        lambda: rows.delete(),
        raw(f"UPDATE {table} SET {field} = {field} WHERE id = %s"),
        raw(f"DELETE FROM {table} WHERE id = %s"),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            attempt()


@pytest.mark.django_db
def test_an_episode_with_diagnoses_in_force_has_a_primary_one() -> None:
    of = make.episode()
    with (
        pytest.raises(DatabaseError, match="one diagnosis of an episode is primary"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        Diagnosis.objects.filter(episode=of).update(is_primary=False)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
