"""The trail is append-only in PostgreSQL itself, and reads of a chart are on it."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.audit.trail import record
from iop_clinic.roles import Role
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
