"""Bring your own clinic: every faulty row is named, all of it is loaded or nothing, twice changes nothing."""

from datetime import UTC, date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import week_of
from iop_clinic.roles import Role
from patients.models import Authorization, Episode, Patient
from scheduling.models import Booking, TherapySession
from sessions.importing.columns import FILES, PATIENTS
from sessions.importing.load import book_ahead, import_files
from sessions.importing.samples import as_markdown
from sessions.ledger import ledger_of
from sessions.models import Attendance
from tests import make
from tests.sessions.import_files import NOW, SAMPLES, counts, load, report_of, with_row


@pytest.fixture
def admin(db: None) -> User:
    make.site()
    make.level()
    return make.user(Role.ADMINISTRATOR)


# --- the samples ---------------------------------------------------------------------------


def test_the_samples_have_no_fault_and_a_dry_run_writes_nothing(admin: User) -> None:
    before = counts()
    report = report_of()
    assert [str(fault) for fault in report.faults] == []
    assert report.new == {
        "staff": 2, "patients": 2, "coverage": 2, "groups": 2, "enrolments": 2, "attendance": 3,
    }  # fmt: skip
    assert counts() == before


def test_what_was_loaded_is_what_the_pages_show(admin: User) -> None:
    load(admin)
    ana = Episode.objects.get(patient__given_name="Ana")
    assert (ana.primary_clinician.given_name, ana.stays.get().prescribed_minutes) == ("Ruth", 540)
    ledger = ledger_of(episode=ana, week=week_of(date(2026, 1, 5)), now=NOW)
    assert ledger.attended_minutes == 60, "8:56 to 10:00 in a session of 9 to 10"
    ben = Episode.objects.get(patient__given_name="Ben")
    assert ledger_of(episode=ben, week=week_of(date(2026, 1, 5)), now=NOW).attended_minutes == 40
    assert ledger_of(episode=ana, week=week_of(date(2026, 1, 12)), now=NOW).lines[0].state == "absent"
    assert ben.discharge.kind == "completed"
    assert Authorization.objects.get().units_approved == 12
    meeting = TherapySession.objects.get(occurs_on=date(2026, 1, 5))
    assert (meeting.starts_at, meeting.booked_seats) == (datetime(2026, 1, 5, 14, 0, tzinfo=UTC), 2)


def test_a_second_run_changes_nothing(admin: User) -> None:
    load(admin)
    before = counts()
    report = load(admin)
    assert report.new_count == 0
    assert report.same["attendance"] == 3
    assert counts() == before


def test_new_rows_of_a_longer_file_are_added(admin: User) -> None:
    load(admin)
    longer = with_row(
        "attendance.csv",
        patient_id="P2",
        date="2026-01-12",
        arrived="9:00",
        left="10:00",
        absence="",
        reason="",
    )
    report = load(admin, {"attendance.csv": longer.encode()})
    assert (report.new["attendance"], report.same["attendance"]) == (1, 3)
    assert TherapySession.objects.get(occurs_on=date(2026, 1, 12)).booked_seats == 2


def test_a_row_that_changed_is_named_and_the_record_stays(admin: User) -> None:
    load(admin)
    changed = SAMPLES["attendance.csv"].decode().replace("9:20 AM", "9:40 AM")
    report = load(admin, {"attendance.csv": changed.encode()})
    assert [row.line for row in report.differing] == [3]
    ben = Attendance.objects.get(booking__patient__given_name="Ben", arrived_at__isnull=False)
    assert ben.arrived_at == datetime(2026, 1, 5, 14, 20, tzinfo=UTC)


def test_the_weeks_ahead_are_booked_from_the_enrolments(admin: User) -> None:
    load(admin)
    assert book_ahead(now=NOW) > 0
    ahead = Booking.objects.filter(session__starts_at__gt=NOW, patient__given_name="Ana")
    assert ahead.count() == 8


def test_an_enrolment_in_a_running_group_is_booked_at_once(admin: User) -> None:
    load(admin)
    book_ahead(now=NOW)
    more = with_row("enrolments.csv", patient_id="P1", group_id="G2", to="")
    load(admin, {"enrolments.csv": more.encode()})
    assert Booking.objects.filter(session__title="Family education", session__starts_at__gt=NOW).count() == 8


def test_seats_are_counted_and_bookings_lie_in_their_sessions(admin: User) -> None:
    load(admin)
    booked = Count("bookings", filter=Q(bookings__status="booked"))
    assert not TherapySession.objects.annotate(n=booked).exclude(n=F("booked_seats")).exists()
    assert not Booking.objects.exclude(during=F("session__during")).exists()


def test_each_chart_says_that_it_was_imported(admin: User) -> None:
    load(admin)
    chart = Patient.objects.get(given_name="Ana")
    verbs = set(AuditEvent.objects.filter(patient_id=chart.pk).values_list("verb", flat=True))
    assert {"sessions.import_patient", "sessions.import_attendance"} <= verbs


def test_a_clock_change_moves_no_wall_time(admin: User) -> None:
    """9:00 AM is 14:00 UTC in winter and 13:00 UTC from March 8, 2026."""
    files = {name: text.replace(b"2026-01-05", b"2026-03-02") for name, text in SAMPLES.items()}
    files["coverage.csv"] = SAMPLES["coverage.csv"]
    files["attendance.csv"] = files["attendance.csv"].replace(b"2026-01-12", b"2026-03-09")
    files["patients.csv"] = SAMPLES["patients.csv"].replace(b"2026-02-27", b"2026-03-10")
    files["enrolments.csv"] = SAMPLES["enrolments.csv"].replace(b"2026-02-27", b"2026-03-10")
    import_files(files=files, actor=admin, now=datetime(2026, 3, 11, 15, 0, tzinfo=UTC))
    starts = dict(TherapySession.objects.values_list("occurs_on", "starts_at"))
    assert starts[date(2026, 3, 2)].time() == time(14, 0)
    assert starts[date(2026, 3, 9)].time() == time(13, 0)


# --- the command -----------------------------------------------------------------------------


def run(*arguments: Any) -> str:
    said = StringIO()
    call_command("import_clinic", *map(str, arguments), stdout=said)
    return said.getvalue()


def test_the_command_is_a_dry_run_until_it_is_confirmed(admin: User, tmp_path: Path) -> None:
    run("--samples", tmp_path)
    assert "add --confirm to load it" in run(tmp_path)
    assert not Patient.objects.exists()
    assert "patients.csv: 2 new, 0 already there" in run(tmp_path, "--confirm")
    assert Patient.objects.count() == 2
    assert "patients.csv: 0 new, 2 already there" in run(tmp_path, "--confirm")


def test_the_command_prints_each_fault_and_fails(admin: User, tmp_path: Path) -> None:
    run("--samples", tmp_path)
    (tmp_path / "patients.csv").write_text(with_row("patients.csv", patient_id="P3", date_of_birth="soon"))
    said = StringIO()
    with pytest.raises(CommandError, match="1 fault"):
        call_command("import_clinic", str(tmp_path), stdout=said)
    assert "patients.csv, line 4, date_of_birth: “soon” is not a date" in said.getvalue()
    with pytest.raises(CommandError, match="Nothing was loaded"):
        run(tmp_path, "--confirm")
    assert not Patient.objects.exists()


def test_the_command_needs_an_administrator_and_a_folder(admin: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        run(tmp_path / "none")
    with pytest.raises(CommandError, match="1 fault"):
        run(tmp_path)
    run("--samples", tmp_path)
    with pytest.raises(CommandError, match="administrator"):
        run(tmp_path, "--confirm", "--as", "nobody@clinic.example")


def test_the_documentation_names_every_column() -> None:
    text = as_markdown()
    assert all(f"`{column.name}`" in text for file in FILES for column in file.columns)
    assert PATIENTS.name in text
