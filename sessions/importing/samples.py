"""The documentation of the files, made from the table of columns: Markdown and sample files."""

import csv
import io
from collections.abc import Iterator

from sessions.importing.columns import ATTENDANCE, COVERAGE, ENROLMENTS, FILES, GROUPS, PATIENTS, STAFF, File

# Beside the first row, which is the examples of the columns.
MORE: dict[str, tuple[dict[str, str], ...]] = {
    STAFF.name: (
        {"staff_id": "S2", "first_name": "Dana", "last_name": "Whitlock", "email": "dana@clinic.example"}
        | {"role": "front desk", "credential": "", "license_number": ""},
    ),
    PATIENTS.name: (
        {"patient_id": "P2", "first_name": "Ben", "last_name": "Testfield", "date_of_birth": "7/14/1985"}
        | {"email": "", "reminders": "no", "phone": "609-555-0102", "pronouns": "he/him"}
        | {"discharged_on": "2026-02-27", "discharge": "completed"},
    ),
    COVERAGE.name: (
        {"patient_id": "P2", "payer": "Cobalt Plan", "member_id": "M1002", "authorization_number": ""}
        | {"service_code": "", "units_approved": "", "authorized_from": "", "authorized_to": ""},
    ),
    GROUPS.name: (
        {"group_id": "G2", "name": "Family education", "weekday": "Wednesday", "starts": "12:30"}
        | {"minutes": "50", "room": "", "kind": "family", "seats": "15"},
    ),
    ENROLMENTS.name: ({"patient_id": "P2", "to": "2026-02-27"},),
    ATTENDANCE.name: (
        {"patient_id": "P2", "arrived": "9:20 AM", "left": "10:00 AM"},
        {
            "date": "2026-01-12",
            "arrived": "",
            "left": "",
            "absence": "excused",
            "reason": "Medical appointment",
        },
    ),
}


def sample(file: File) -> str:
    """The file's text: a header, the examples as a row, and a row or two more."""
    first = {column.name: column.example for column in file.columns}
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(first), lineterminator="\n")
    writer.writeheader()
    writer.writerow(first)
    for more in MORE[file.name]:
        writer.writerow(first | more)
    return out.getvalue()


def as_markdown() -> str:
    """Each file with its columns and a sample, for the README."""
    return "\n".join(line for file in FILES for line in _section(file))


def _section(file: File) -> Iterator[str]:
    yield f"**`{file.name}`** {file.words}"
    yield ""
    needed = ", ".join(f"`{name}`" for name in file.required)
    yield f"Needed: {needed}."
    rest = [
        f"`{column.name}`{f' ({column.words})' if column.words else ''}"
        for column in file.columns
        if not column.required
    ]
    if rest:
        yield f"Optional: {', '.join(rest)}."
    yield ""
    yield "```csv"
    yield from _narrow(sample(file)).splitlines()
    yield "```"
    yield ""


def _narrow(text: str) -> str:
    """The sample without columns that no row of it fills, so that it fits a page."""
    rows = list(csv.reader(io.StringIO(text)))
    kept = [number for number in range(len(rows[0])) if any(row[number] for row in rows[1:])]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([row[number] for number in kept] for row in rows)
    return out.getvalue()
