"""The trail is append-only in PostgreSQL itself; reads are on it, of a chart and of lists; values are not."""

import ast
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.audit.trail import record
from iop_clinic.messages import outbox
from iop_clinic.roles import Role
from patients.models import Patient
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET verb = 'x'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
    ],
)
def test_postgresql_refuses_to_change_the_trail(statement: str) -> None:
    record(make.user(), "test.done")
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    assert AuditEvent.objects.filter(verb="test.done").count() == 1


def test_the_guard_bites_only_while_its_trigger_stands() -> None:
    """Without the trigger the row would go: the trigger is what holds it."""
    record(make.user(), "test.done")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_auditevent")
        assert cursor.rowcount >= 1
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")


def test_opening_a_chart_leaves_one_row_with_who_and_whose(sign_in: Any) -> None:
    person, whom = make.clinician(), make.patient()
    sign_in(person).get(reverse("patients:chart", args=[whom.pk]), REMOTE_ADDR="203.0.113.9")
    event = AuditEvent.objects.get(verb="chart.read")
    assert (event.actor, event.patient_id, event.ip_address) == (person, whom.pk, "203.0.113.9")
    assert event.request_id is not None


def test_being_turned_away_is_on_the_trail(sign_in: Any) -> None:
    person = make.user(Role.BILLER)
    assert sign_in(person).get(reverse("patients:referral_new")).status_code == 403
    assert AuditEvent.objects.get(actor=person, verb="access.refused").outcome == "refused"


def test_only_the_privacy_officer_reads_the_trail(sign_in: Any) -> None:
    make.patient()
    assert sign_in(role=Role.DIRECTOR).get(reverse("audit:trail")).status_code == 403
    assert sign_in(role=Role.PRIVACY_OFFICER).get(reverse("audit:trail")).status_code == 200


def test_the_trail_narrows_by_patient_actor_verb_and_day(sign_in: Any) -> None:
    first, second, person = make.patient(), make.patient(), make.user()
    record(person, "chart.read", first)
    record(person, "chart.edited", second)
    officer = sign_in(role=Role.PRIVACY_OFFICER)

    def shown(**query: Any) -> list[tuple[str, int | None]]:
        rows = officer.get(reverse("audit:trail"), query).context["rows"]
        return [(row.event.verb, row.event.patient_id) for row in rows if row.event.actor == person]

    assert shown(chart=first.record_number) == [("chart.read", first.pk)]
    assert shown(verb="chart.edited") == [("chart.edited", second.pk)]
    assert len(shown(actor=person.pk)) == 2
    assert shown(day="2020-01-01") == []


def test_another_sites_patient_is_not_on_my_trail(sign_in: Any) -> None:
    stranger = make.patient(make.other_site())
    record(make.user(), "chart.read", stranger)
    officer = sign_in(role=Role.PRIVACY_OFFICER)
    rows = officer.get(reverse("audit:trail")).context["rows"]
    assert stranger.pk not in {row.event.patient_id for row in rows}


@pytest.mark.parametrize("query", [{"day": "2026-02-30"}, {"chart": "ten"}, {"actor": "0"}, {"before": "x"}])
def test_a_filter_that_makes_no_sense_is_answered_422(sign_in: Any, query: dict[str, str]) -> None:
    assert sign_in(role=Role.PRIVACY_OFFICER).get(reverse("audit:trail"), query).status_code == 422


ROOT = Path(__file__).parents[2]
ROOMS = ("iop_clinic", "patients", "scheduling", "sessions", "billing")
# What a row may hold besides who, what, whose and where: identifiers, counts (any `len`), versions, names of
# fields, a clinic day, our own words. A status, reason, code or score says what the record says: not here.
NAMED = {"outcome", "patients", "version", "sha256", "fields", "view", "tab", "on", "due_on", "scope"}
NAMED |= {"billable", "bookings", "changed", "enrollments", "made", "rows", "by_patient", "with_the_group"}


def values_told(source: str) -> set[str]:
    """What the calls of `record` in this source tell beyond identifiers and counts."""
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    ours = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "record"]
    told = [k for call in ours for k in call.keywords if not ast.unparse(k.value).startswith("len(")]
    return {name for k in told if not (name := k.arg or "**").endswith("_id")} - NAMED


def test_the_trail_never_says_what_a_record_says() -> None:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py") if file.name != "trail.py"]
    told = {file.name: values_told(file.read_text()) for file in files}
    assert not {name: words for name, words in told.items() if words}


def test_the_value_guard_bites() -> None:
    call = 'record(actor, "x", row, trigger="phq9.item9", owner_id=1, rows=len(rows))'
    assert values_told(call) == {"trigger"}


LISTS = [
    (Role.FRONT_DESK, "patients:list", "patients.list"),
    (Role.FRONT_DESK, "patients:referrals", "patients.referrals"),
    (Role.CASE_MANAGER, "patients:follow_ups", "patients.follow_ups"),
    (Role.CASE_MANAGER, "sessions:hours_board", "sessions.read_hours_board"),
    (Role.CLINICIAN, "sessions:my_notes", "sessions.read_my_notes"),
    (Role.FRONT_DESK, "sessions:today", "sessions.read_today"),
    (Role.FRONT_DESK, "sessions:sign_in_sheets", "sessions.print_sign_in_sheet"),
    (Role.FRONT_DESK, "scheduling:messages", "messages.read"),
    (Role.ADMINISTRATOR, "admin:patients_patient_changelist", "admin.patient.listed"),
    (Role.ADMINISTRATOR, "admin:patients_episode_changelist", "admin.episode.listed"),
]


@pytest.mark.parametrize(("role", "name", "verb"), LISTS)
def test_a_list_says_whose_names_it_showed(role: Role, name: str, verb: str, sign_in: Any) -> None:
    """So that the privacy officer can ask who saw this patient's name, and on which day."""
    reader, ana, otto = make.user(role), make.patient(), make.patient(make.other_site())
    now = timezone.now()
    with time_machine.travel(now.replace(hour=16), tick=False):  # the site's noon
        _fill_lists(reader, ana, timezone.now())
        answer = sign_in(reader).get(reverse(name))
    assert answer.status_code == 200
    assert ana.pk in AuditEvent.objects.get(verb=verb).detail["patients"]
    assert AuditEvent.objects.about(ana.pk).filter(verb=verb, actor=reader).count() == 1
    if role != Role.ADMINISTRATOR:  # who keeps the house sees every site's number
        assert not AuditEvent.objects.about(otto.pk).filter(verb=verb).exists()
    officer = sign_in(role=Role.PRIVACY_OFFICER)
    assert verb in officer.get(reverse("audit:trail"), {"chart": ana.record_number}).text
    assert verb not in officer.get(reverse("audit:trail"), {"chart": otto.record_number}).text


def _fill_lists(reader: User, ana: Patient, now: datetime) -> None:
    """Ana on every list there is: in the program, referred, expected today, owed a note, a call, a mail."""
    today = now.date()
    episode = make.episode(ana, admitted_on=today - timedelta(days=28))
    make.referral(ana)
    make.follow_up(ana, reader)
    held = make.session(day=today, lead=reader, starts=time(10), capacity=8)
    booking = make.booking(held, episode)
    make.attendance(booking)
    mail = outbox.Owed(
        kind="reminder",
        unique_key="reminder:1",
        subject_id=1,
        subject_version=1,
        patient_id=ana.pk,
        site=ana.site,
        to_address="ana@mail.example",
        subject_line="x",
        body="x",
        due_at=now,
        expires_at=now + timedelta(days=1),
    )
    outbox.put_all([mail])
