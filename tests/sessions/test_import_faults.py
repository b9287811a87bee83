"""Every faulty row is named with its line, column and reason, and hostile files are refused whole."""

from datetime import date

import pytest

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from sessions.importing.faults import Report
from sessions.importing.load import check
from tests import make
from tests.sessions.import_files import NOW, SAMPLES, counts, load, only, report_of, with_row


@pytest.fixture
def admin(db: None) -> User:
    make.site()
    make.level()
    return make.user(Role.ADMINISTRATOR)


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


# --- one fault is told once ------------------------------------------------------------------


def told(report: Report) -> list[str]:
    return [f"{fault.file} {fault.line} {fault.column}" for fault in report.faults]


def test_a_missing_site_is_told_in_the_rows_that_name_it_and_nowhere_else(db: None) -> None:
    make.site(name="Elsewhere")
    make.level()
    report = report_of()
    assert {fault.column for fault in report.faults} == {"site", "sites"}
    assert {fault.file for fault in report.faults} == {"staff.csv", "patients.csv", "groups.csv"}
    assert all("there is no site called “Marlow Street”" in fault.reason for fault in report.faults)


def test_a_missing_level_of_care_is_told_in_the_rows_that_name_it(db: None) -> None:
    make.site()
    report = report_of()
    assert {fault.column for fault in report.faults} == {"level_of_care"}


@pytest.mark.parametrize(
    ("name", "was", "now", "told_once"),
    [
        ("patients", "1992-02-03", "31/02/1990", "patients.csv 2 date_of_birth"),
        ("staff", "ruth@clinic.example", "ruth", "staff.csv 2 email"),
        ("groups", "Monday", "Someday", "groups.csv 2 weekday"),
    ],
)
def test_what_points_at_a_faulty_row_is_not_blamed_for_it(
    admin: User, name: str, was: str, now: str, told_once: str
) -> None:
    text = SAMPLES[f"{name}.csv"].decode().replace(was, now, 1)
    assert told(report_of(**{name: text})) == [told_once]


def test_a_file_refused_whole_is_the_only_fault(admin: User) -> None:
    report = report_of(patients=SAMPLES["patients.csv"].replace(b"patient_id", b"number", 1))
    assert {fault.file for fault in report.faults} == {"patients.csv"}


def test_a_row_that_points_at_a_faulty_one_still_owns_its_other_faults(admin: User) -> None:
    patients = SAMPLES["patients.csv"].decode().replace("1992-02-03", "31/02/1990", 1)
    enrolments = with_row("enrolments.csv", patient_id="P1", group_id="G9")
    assert told(report_of(patients=patients, enrolments=enrolments)) == [
        "patients.csv 2 date_of_birth",
        "enrolments.csv 4 group_id",
    ]


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


def test_a_substance_use_program_takes_only_stays_that_are_such_a_record(admin: User) -> None:
    groups = SAMPLES["groups.csv"].decode().replace(",no\n", ",yes\n")
    said = "Adult Morning is a substance-use program; part2 of the person’s stay is not yes."
    found = report_of(groups=groups).faults
    assert {(fault.file, fault.column, fault.reason) for fault in found} == {
        ("enrolments.csv", "group_id", said),
        ("attendance.csv", "group_id", said),
    }
    patients = SAMPLES["patients.csv"].decode().replace(",9,,no,", ",9,,yes,")
    assert report_of(groups=groups, patients=patients).faults == []


def test_a_track_is_a_substance_use_program_for_all_of_its_groups(admin: User) -> None:
    twice = with_row("groups.csv", group_id="G3", weekday="Friday", part2="yes")
    assert "line 4, part2: Adult Morning is no substance-use track in line 2." in only(
        report_of(groups=twice)
    )
    assert report_of(groups=with_row("groups.csv", group_id="G3", weekday="Friday", part2="")).faults == []
    make.track(name="Adult Morning", is_part2=True)
    reasons = {fault.reason for fault in report_of().faults}
    assert "Adult Morning is a substance-use track in the clinic." in reasons
