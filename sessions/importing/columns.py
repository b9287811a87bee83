"""The six files and their columns: one table from which reading, the README and the samples all come."""

from dataclasses import dataclass
from typing import Any

from iop_clinic.roles import Role
from patients.models import Discharge
from scheduling.models import Track
from scheduling.models.group import Kind
from sessions.importing import cells
from sessions.importing.cells import Parse
from sessions.models import Attendance


@dataclass(frozen=True)
class Column:
    """`words` say what belongs in it; an optional one may be left out or empty."""

    name: str
    parse: Parse
    words: str
    example: str = ""
    required: bool = True


@dataclass(frozen=True)
class File:
    """`key` are the columns that tell a row from every other of the file."""

    name: str
    kind: str
    words: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


def column(name: str, parse: Parse, words: str, example: str = "") -> Column:
    return Column(name, parse, words, example)


def optional(name: str, parse: Parse, words: str, example: str = "") -> Column:
    return Column(name, parse, words, example, required=False)


def _words(choices: Any) -> dict[str, Any]:
    return {str(value).replace("_", " "): value for value, _ in choices}


ROLES = {role.words.lower(): role for role in Role if role not in (Role.PATIENT, Role.ADMINISTRATOR)}
PARTS = {"morning": Track.Tone.MORNING, "evening": Track.Tone.EVENING, "adolescent": Track.Tone.ADOLESCENT}
NUMBER, NAME = cells.text(40), cells.text(80)

STAFF = File(
    "staff.csv",
    "staff",
    "Everyone who signs in, except administrators. They choose a password by an e-mailed code.",
    ("staff_id",),
    (
        column("staff_id", NUMBER, "your own number for the person", "S1"),
        column("first_name", NAME, "", "Ruth"),
        column("last_name", NAME, "", "Adeyemi-Vale"),
        column("email", cells.email, "the address they sign in with", "ruth@clinic.example"),
        column("role", cells.choice(ROLES), f"one of: {', '.join(ROLES)}", "clinician"),
        column("sites", cells.names, "names of sites, parted by semicolons", "Marlow Street"),
        optional("credential", cells.text(20), "needed by those who sign notes", "LCSW"),
        optional("license_number", NUMBER, "of the state of the first site", "DEMO-0001"),
    ),
)
PATIENTS = File(
    "patients.csv",
    "patients",
    "One row a person, with their stay in the program where they have one.",
    ("patient_id",),
    (
        column("patient_id", NUMBER, "your own number for the person", "P1"),
        column("first_name", NAME, "", "Ana"),
        column("last_name", NAME, "", "Testwell"),
        column("date_of_birth", cells.day, "", "1992-02-03"),
        column("site", NAME, "the name of a site", "Marlow Street"),
        optional("preferred_name", NAME, "", ""),
        optional("pronouns", cells.text(30), "", "she/her"),
        optional("phone", cells.text(30), "", "609-555-0101"),
        optional("email", cells.email, "", "ana@mail.example"),
        optional("reminders", cells.yes_or_no, "yes when reminders by e-mail are fine", "yes"),
        optional(
            "admitted_on", cells.day, "first day in the program; then the next six are needed", "2026-01-05"
        ),
        optional("level_of_care", cells.text(10), "a code of your levels of care", "IOP"),
        optional("primary_clinician", NUMBER, "a staff_id", "S1"),
        optional("diagnosis_code", cells.diagnosis, "ICD-10-CM", "F33.1"),
        optional("diagnosis", cells.text(160), "the same in words", "Depression, recurrent, moderate"),
        optional("treatment_consent_on", cells.day, "when it was signed", "2026-01-05"),
        optional("privacy_notice_on", cells.day, "when it was received", "2026-01-05"),
        optional("billing_consent_on", cells.day, "when it was signed", "2026-01-05"),
        optional(
            "video_consent_on", cells.day, "when it was signed; a group by video needs it", "2026-01-05"
        ),
        optional("prescribed_hours", cells.hours, "a week; empty for the level's standard", "9"),
        optional("fewer_hours_reason", cells.text(300), "needed below the standard", ""),
        optional("part2", cells.yes_or_no, "yes for a substance-use record", "no"),
        optional("discharged_on", cells.day, "last day in the program", ""),
        optional(
            "discharge", cells.choice(_words(Discharge.Kind.choices)), "how it ended, with discharged_on", ""
        ),
    ),
)
COVERAGE = File(
    "coverage.csv",
    "coverage",
    "Who pays, and what they approved. One row for each plan or authorization.",
    ("patient_id", "payer", "from", "authorization_number"),
    (
        column("patient_id", NUMBER, "as in patients.csv", "P1"),
        column("payer", cells.text(120), "added when it is new", "Bluestone Health"),
        column("member_id", NUMBER, "", "M1001"),
        column("from", cells.day, "first day of the plan", "2026-01-01"),
        optional("to", cells.day, "last day", ""),
        optional("plan", NAME, "", "PPO"),
        optional("rank", cells.whole(1, 3), "1 pays first; empty is 1", "1"),
        optional("authorization_number", NUMBER, "then the next four are needed", "BX-48210"),
        optional("service_code", cells.text(10), "HCPCS", "S9480"),
        optional("units_approved", cells.whole(1, 999), "days", "12"),
        optional("authorized_from", cells.day, "", "2026-01-05"),
        optional("authorized_to", cells.day, "", "2026-02-05"),
    ),
)
GROUPS = File(
    "groups.csv",
    "groups",
    "Weekly groups. Tracks and rooms are added when they are new.",
    ("group_id",),
    (
        column("group_id", NUMBER, "your own number for the group", "G1"),
        column("site", NAME, "the name of a site", "Marlow Street"),
        column("track", cells.text(60), "the set of groups it belongs to", "Adult Morning"),
        column("part_of_day", cells.choice(PARTS), "morning, evening or adolescent (its color)", "morning"),
        column("name", NAME, "", "Process group"),
        column("weekday", cells.weekday, "", "Monday"),
        column("starts", cells.wall_time, "on the clinic's clock", "9:00 AM"),
        column("minutes", cells.whole(15, 480), "", "60"),
        column("lead", NUMBER, "a staff_id", "S1"),
        column("seats", cells.whole(1, 200), "", "12"),
        column("from", cells.day, "first day it may meet", "2026-01-01"),
        optional("to", cells.day, "last day it may meet", ""),
        optional("room", cells.text(60), "empty for a video group", "Cedar"),
        optional("kind", cells.choice(_words(Kind.choices)), "empty is group", "group"),
        optional("break_minutes", cells.whole(0, 120), "inside it; they do not count", "0"),
        optional("part2", cells.yes_or_no, "yes for a substance-use track", "no"),
    ),
)
ENROLMENTS = File(
    "enrolments.csv",
    "enrolments",
    "Who belongs to which group, and from when. Sessions ahead are booked from it.",
    ("patient_id", "group_id", "from"),
    (
        column("patient_id", NUMBER, "as in patients.csv", "P1"),
        column("group_id", NUMBER, "as in groups.csv", "G1"),
        column("from", cells.day, "first day", "2026-01-05"),
        optional("to", cells.day, "last day", ""),
    ),
)
ATTENDANCE = File(
    "attendance.csv",
    "attendance",
    "What happened: one row for each person and session, with times or with an absence.",
    ("patient_id", "group_id", "date"),
    (
        column("patient_id", NUMBER, "as in patients.csv", "P1"),
        column("group_id", NUMBER, "as in groups.csv", "G1"),
        column("date", cells.day, "a day the group met", "2026-01-05"),
        optional("arrived", cells.wall_time, "on the clinic's clock", "8:56 AM"),
        optional("left", cells.wall_time, "empty when nobody noted it", "10:00 AM"),
        optional("absence", cells.choice(_words(Attendance.Absence.choices)), "instead of times", ""),
        optional("reason", cells.text(200), "needed for excused", ""),
    ),
)
FILES = (STAFF, PATIENTS, COVERAGE, GROUPS, ENROLMENTS, ATTENDANCE)
BY_NAME = {file.name: file for file in FILES}
