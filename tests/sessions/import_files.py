"""The sample files of an import, changed a little: what the tests of the import load and check."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from iop_clinic.accounts.models import User
from patients.models import Coverage, Episode, Patient, Payer
from scheduling.models import Booking, Enrollment, Group, TherapySession
from sessions.importing.columns import FILES
from sessions.importing.faults import Report
from sessions.importing.load import check, import_files
from sessions.importing.samples import sample
from sessions.models import Attendance, ImportedRow

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
