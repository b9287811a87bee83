"""Bring your own clinic: every faulty row is named, all of it is loaded or nothing, twice changes nothing."""

import csv
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
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Authorization, Coverage, Episode, Patient, Payer
from scheduling.models import Booking, Enrollment, Group, TherapySession
from sessions.importing.columns import FILES, PATIENTS
from sessions.importing.faults import Report
from sessions.importing.load import book_ahead, check, import_files
from sessions.importing.samples import as_markdown, sample
from sessions.ledger import ledger_of
from sessions.models import Attendance, ImportedRow
from tests import make

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SAMPLES = {file.name: sample(file).encode() for file in FILES}
MODELS = (
    User,
    Patient,
    Episode,
    Coverage,
    Payer,
    Group,
    Enrollment,
    TherapySession,
    Booking,
    Attendance,
    ImportedRow,
)


@pytest.fixture
def admin(db: None) -> User:
    make.site()
    make.level()
    return make.user(Role.ADMINISTRATOR)


def report_of(**changed: Any) -> Report:
    """The dry run of the samples with some files replaced; a file given as None is left out."""
    files = {f"{name}.csv": text for name, text in changed.items()}
    contents = {
        **SAMPLES,
        **{name: text.encode() if isinstance(text, str) else text for name, text in files.items()},
    }
    return check(files={name: text for name, text in contents.items() if text is not None}, now=NOW).report


def load(admin: User, files: dict[str, bytes] | None = None) -> Report:
    return import_files(files=files or SAMPLES, actor=admin, now=NOW)


def with_row(name: str, **cells: str) -> str:
    """A sample with one more row: the last one with these cells changed."""
    rows = list(csv.DictReader(StringIO(SAMPLES[name].decode())))
    out = StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([*rows, rows[-1] | cells])
    return out.getvalue()


def only(report: Report) -> str:
    assert len(report.faults) == 1, [str(fault) for fault in report.faults]
    return str(report.faults[0])


def counts() -> list[int]:
    return [model.objects.count() for model in MODELS]


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


# --- faults, each named ----------------------------------------------------------------------

FAULTS = [
    ("patients", "date_of_birth", "31/02/1990", "line 4, date_of_birth: “31/02/1990” is not a date"),
    ("patients", "date_of_birth", "2027-01-01", "line 4, admitted_on: is before the date of birth"),
    ("patients", "date_of_birth", "1792-01-01", "not a year between 1900 and 2100"),
    ("patients", "site", "Elsewhere", "there is no site called “Elsewhere”"),
    ("patients", "level_of_care", "PHP", "“PHP” is not a level of care. Known: IOP"),
    ("patients", "primary_clinician", "S9", "there is no staff_id “S9”"),
    ("patients", "primary_clinician", "S2", "Dana Whitlock is no clinician"),
    ("patients", "diagnosis_code", "depression", "is not an ICD-10-CM code"),
    ("patients", "treatment_consent_on", "2026-02-01", "is after the admission"),
    ("patients", "prescribed_hours", "5", "is below 9 hours: give fewer_hours_reason"),
    ("patients", "discharged_on", "2025-12-01", "is before the admission or in the future"),
    ("patients", "discharge", "", "and discharged_on belong together"),
    ("patients", "first_name", "", "line 4, first_name: is empty"),
    ("patients", "first_name", "=HYPERLINK(1)", "holds a formula"),
    ("patients", "first_name", "  =HYPERLINK(1)", "holds a formula"),
    ("patients", "first_name", "A" * 81, "has 81 characters; at most 80 fit"),
    ("patients", "patient_id", "P2", "is the same as line 3"),
    ("staff", "role", "wizard", "“wizard” is not one of"),
    ("staff", "sites", "Nowhere", "there is no site called “Nowhere”"),
    ("staff", "email", "dana", "is not an e-mail address"),
    ("staff", "email", "ruth@clinic.example", "is the same as in line 2"),
    ("coverage", "patient_id", "P9", "is not in patients.csv"),
    ("coverage", "service_code", "S9480", "authorization_number: is empty, yet service_code is given"),
    ("groups", "lead", "S2", "Dana Whitlock is no clinician"),
    ("groups", "weekday", "Someday", "is not a day of the week"),
    ("groups", "minutes", "-60", "is not a whole number"),
    ("groups", "minutes", "600", "600 is not between 15 and 480"),
    ("enrolments", "group_id", "G9", "is not in groups.csv"),
    ("enrolments", "from", "2025-01-05", "the person is not in the program on that day"),
    ("attendance", "date", "2026-01-13", "is a Tuesday; Process group meets on another day"),
    ("attendance", "date", "2026-03-09", "is in the future"),
    ("attendance", "date", "2025-12-29", "did not meet then"),
    ("attendance", "patient_id", "P9", "is not in patients.csv"),
    ("attendance", "absence", "", "arrived: and absence: give one of the two"),
    ("attendance", "reason", "", "is needed for an excused absence"),
    ("attendance", "arrived", "25:00", "“25:00” is not a time"),
    ("attendance", "left", "10:00", "is given for someone who was absent"),
]
FRESH = {
    "patients": {"patient_id": "P3", "first_name": "Cleo", "email": ""},
    "staff": {"staff_id": "S3", "email": "new@clinic.example"},
    "coverage": {"payer": "Meridian Care", "rank": "2"},
    "groups": {"group_id": "G3", "weekday": "Friday"},
    "enrolments": {"patient_id": "P1", "group_id": "G2", "to": ""},
    "attendance": {"date": "2026-01-19"},
}


@pytest.mark.parametrize(("file", "column", "cell", "said"), FAULTS)
def test_a_faulty_cell_is_named(admin: User, file: str, column: str, cell: str, said: str) -> None:
    text = with_row(f"{file}.csv", **(FRESH[file] | {column: cell}))
    before = counts()
    found = [str(fault) for fault in report_of(**{file: text}).faults]
    assert any(said in one for one in found), found
    assert all(one.startswith(f"{file}.csv, line ") for one in found)
    with pytest.raises(Refused, match="Nothing was loaded"):
        load(admin, {**SAMPLES, f"{file}.csv": text.encode()})
    assert counts() == before


def test_a_row_without_a_fault_is_the_base_of_the_table(admin: User) -> None:
    for file, cells in FRESH.items():
        report = report_of(**{file: with_row(f"{file}.csv", **cells)})
        assert [str(fault) for fault in report.faults] == [], file


def test_staff_of_another_site_cannot_lead_here(admin: User) -> None:
    make.other_site()
    staff = SAMPLES["staff.csv"].decode().replace("Marlow Street", "Orchard Row", 1)
    reasons = {fault.reason for fault in report_of(staff=staff).faults}
    assert reasons == {"Ruth Adeyemi-Vale does not work at Marlow Street."}


def test_someone_with_a_chart_is_not_imported_a_second_time(admin: User) -> None:
    chart = make.patient(given_name="Ana", family_name="Testwell", born_on=date(1992, 2, 3))
    assert f"this person has chart {chart.record_number} already" in only(report_of())


def test_an_address_that_can_sign_in_is_not_taken_over(admin: User) -> None:
    make.user(Role.CLINICIAN, email="ruth@clinic.example")
    assert "belongs to someone who can already sign in" in only(report_of())


def test_a_lead_and_a_room_are_in_one_place_at_a_time(admin: User) -> None:
    twin = with_row("groups.csv", group_id="G3", weekday="Monday", starts="9:30", room="Cedar")
    found = {fault.column: fault.reason for fault in report_of(groups=twin).faults}
    assert found == {
        "lead": "Ruth Adeyemi-Vale has Process group at that time.",
        "room": "“Cedar” has Process group at that time.",
    }


def test_a_person_is_in_one_group_at_a_time(admin: User) -> None:
    staff = with_row(
        "staff.csv",
        staff_id="S3",
        first_name="Joon",
        email="joon@clinic.example",
        role="clinician",
        credential="LPC",
    )
    groups = with_row("groups.csv", group_id="G3", weekday="Monday", starts="9:30", lead="S3", room="")
    enrolments = with_row("enrolments.csv", group_id="G3")
    report = report_of(staff=staff, groups=groups, enrolments=enrolments)
    assert only(report) == "enrolments.csv, line 4, group_id: meets at the same time as the group in line 3."


def test_more_people_than_seats_are_named(admin: User) -> None:
    groups = SAMPLES["groups.csv"].decode().replace(",12,", ",1,", 1)
    found = [str(fault) for fault in report_of(groups=groups).faults]
    assert any("would be person 2 in a group of 1 seats" in one for one in found)
    assert any("would be one more than the 1 seats of Process group" in one for one in found)


# --- hostile files ---------------------------------------------------------------------------

HOSTILE = [
    (b"", "is empty. The first line names the columns"),
    (b"\x00\x01", "NUL"),
    ("patient_id,first_name\n".encode("utf-16"), "UTF-16"),
    (b"patient_id,first_name\nP1,Jos\xe9\n", "line 2: holds a character that is not UTF-8"),
    (b"patient_id,shoe_size\nP1,44\n", "column not known: “shoe_size”"),
    (b"patient_id\nP1\n", "column missing: “first_name”"),
    (b"patient_id,patient_id\nP1,P2\n", "column there twice: “patient_id”"),
    (b'patient_id,first_name,last_name,date_of_birth,site\n"P1,Ana\n', "mark that is never closed"),
    (b"patient_id,first_name,last_name,date_of_birth,site\nP1,Ana\n", "has 2 cells; the first line has 5"),
    (
        "patient_id,first_name,last_name,date_of_birth,site\nP1,An\u202ea,T,1992-02-03,Marlow\n".encode(),
        "hidden character",
    ),
    (b"patient_id,first_name,last_name,date_of_birth,site\nP1," + b"x" * 200_000 + b"\n", "too long"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(admin: User, content: bytes, said: str) -> None:
    report = check(files={"patients.csv": content}, now=NOW).report
    assert any(said in str(fault) for fault in report.faults), [str(fault) for fault in report.faults]
    assert not report.is_clean


def test_a_semicolon_file_of_another_country_reads_the_same(admin: User) -> None:
    files = {
        name: text.replace(b";", b" ").replace(b",", b";") if name != "patients.csv" else text
        for name, text in SAMPLES.items()
    }
    assert check(files=files, now=NOW).report.is_clean


def test_a_constraint_the_checks_did_not_foresee_leaves_nothing_behind(admin: User) -> None:
    """The clinic has a session in that room that no file speaks of."""
    make.session(day=date(2026, 1, 5), room=make.room(name="Cedar"))
    before = counts()
    with pytest.raises(Refused, match=r"The room is taken at that time\. Nothing was loaded\."):
        load(admin)
    assert counts() == before


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
