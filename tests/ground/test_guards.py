"""No setting of a session switches off the triggers over signed rows."""

from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from iop_clinic.kept import NEVER_TRUNCATED
from patients.models import ClinicalDocument, Consent, TreatmentPlan
from sessions.models import ProgressNote
from sessions.notes import sign_note
from tests import make
from tests.make import NOW, SAFETY_PLAN

pytestmark = pytest.mark.django_db
KEEPS = {
    "append_only",
    "signed_stays",
    "said_once",
    "finished_stays",
    "closed_stays",
    "given_stays",
    "result_stays",
}


def plan() -> tuple[str, int]:
    return TreatmentPlan._meta.db_table, make.plan(make.episode()).pk


def consent() -> tuple[str, int]:
    return Consent._meta.db_table, make.release(make.patient()).pk


def document() -> tuple[str, int]:
    made = make.document(make.patient(), make.clinician(), answers=SAFETY_PLAN, signed_at=NOW)
    return ClinicalDocument._meta.db_table, made.pk


def note() -> tuple[str, int]:
    episode = make.episode()
    plan = make.plan(episode)
    held = make.booking(make.session(lead=episode.primary_clinician), episode)
    make.attendance(held)
    written = make.note(held, objective=make.objective_of(plan))
    sign_note(actor=held.session.lead, note=written, now=NOW)
    return ProgressNote._meta.db_table, written.pk


@pytest.mark.parametrize("signed", [plan, consent, document, note], ids=lambda make: make.__name__)
def test_a_signed_row_stays_whatever_the_session_asks_to_ignore(
    signed: Callable[[], tuple[str, int]],
) -> None:
    table, pk = signed()
    names = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered()]
    columns = {
        "patients_treatmentplan": "version",
        "patients_consent": "signed_name",
        "patients_clinicaldocument": "version",
        "iop_sessions_progressnote": "text",
    }
    value: Any = 9 if columns[table] == "version" else "x"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(names) + "}"])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET {columns[table]} = %s WHERE id = %s", [value, pk])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("signed", [plan, consent, document, note], ids=lambda make: make.__name__)
def test_a_table_with_kept_rows_is_never_emptied(signed: Callable[[], tuple[str, int]]) -> None:
    table, _ = signed()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else their queue is what PostgreSQL minds
        with pytest.raises(DatabaseError, match="these rows are kept"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")


def test_whoever_keeps_rows_keeps_the_table() -> None:
    """Row triggers do not see TRUNCATE."""
    keeping, never = set(), set()
    for model, trigger in pgtrigger.registered():
        if trigger.name in KEEPS:
            keeping.add(model._meta.label)
        if trigger.name == NEVER_TRUNCATED.name:
            never.add(model._meta.label)
    assert keeping and keeping - never == set()
