"""The import itself: check everything, then write everything or nothing.

One import at a time, in one transaction that checks again under its lock, so that a second run, or two
at once, find what the first has brought.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, IntegrityError, connection, transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import broken_constraint
from iop_clinic.refusal import Refused
from scheduling.calendar import materialise
from scheduling.clashes import SENTENCES
from scheduling.models import Group
from sessions.importing.check_attendance import check_attendance
from sessions.importing.check_people import check_coverage, check_patients, check_staff, todays
from sessions.importing.check_weeks import check_enrolments, check_groups
from sessions.importing.columns import ATTENDANCE, COVERAGE, ENROLMENTS, FILES, GROUPS, PATIENTS, STAFF, File
from sessions.importing.faults import Report
from sessions.importing.known import Known, digest_of, key_of, look_up
from sessions.importing.reading import Row, read
from sessions.importing.there import There, look_at
from sessions.importing.write_people import write_coverage, write_patients, write_staff
from sessions.importing.write_weeks import Writer, write_enrolments, write_groups
from sessions.models import ImportedRow

LOCK = 7_420_001
# What is being done, how much of it, of how much.
Progress = Callable[[str, int, int], None]


def quiet(doing: str, done: int, total: int) -> None:
    """For callers who do not wait for news."""


@dataclass
class Plan:
    """The new rows of each file, what they refer to, and the report."""

    known: Known
    report: Report
    rows: dict[str, list[Row]] = field(default_factory=dict)
    there: There = field(default_factory=There)


def check(*, files: Mapping[str, bytes], now: datetime, progress: Progress = quiet) -> Plan:
    """Read and check all files; nothing is written. `files` are contents by file name."""
    report = Report()
    if not any(file.name in files for file in FILES):
        report.blame("", 0, "", f"None of the files is there: {', '.join(file.name for file in FILES)}.")
    plan = Plan(look_up(), report)
    there = {file.kind: _read(file, files, report, progress) for file in FILES}
    known, days = plan.known, todays(plan.known, now)
    plan.rows = {
        STAFF.kind: check_staff(there[STAFF.kind], known, report),
        PATIENTS.kind: check_patients(there[PATIENTS.kind], known, report, days),
        COVERAGE.kind: check_coverage(there[COVERAGE.kind], known, report),
        GROUPS.kind: check_groups(there[GROUPS.kind], known, report),
        ENROLMENTS.kind: check_enrolments(there[ENROLMENTS.kind], known, report),
    }
    if there[ATTENDANCE.kind]:
        progress("Checking attendance", 0, len(there[ATTENDANCE.kind]))
        plan.there = look_at(known)
    plan.rows[ATTENDANCE.kind] = check_attendance(there[ATTENDANCE.kind], known, plan.there, report, days)
    return plan


def _read(file: File, files: Mapping[str, bytes], report: Report, progress: Progress) -> list[Row]:
    if file.name not in files:
        report.new[file.kind] = report.same[file.kind] = 0
        return []
    progress(f"Reading {file.name}", 0, 0)
    return read(file, files[file.name], report)


def import_files(
    *, files: Mapping[str, bytes], actor: User, now: datetime, progress: Progress = quiet
) -> Report:
    """Load everything, or nothing: Refused 422 when a row is faulty, 409 when the clinic says no."""
    try:
        with transaction.atomic():
            _take_the_turn()
            plan = check(files=files, now=now, progress=progress)
            if plan.report.is_clean:
                _write(plan, actor, now, progress)
                _count_rows()
    except IntegrityError as error:
        raise Refused(_sentence(error)) from error
    except DatabaseError as error:
        raise Refused("The database stopped the import. Nothing was loaded. Try again.") from error
    if not plan.report.is_clean:
        raise Refused(f"{plan.report.fault_words}. Nothing was loaded.", status=422)
    return plan.report


def _take_the_turn() -> None:
    """Wait for another import to end; a long load is not cut off by the limits of a page."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _count_rows() -> None:
    """PostgreSQL learns at once how large the tables are now, and plans the pages for it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _sentence(error: IntegrityError) -> str:
    said = SENTENCES.get(broken_constraint(error), "A row does not fit what the clinic has already.")
    return f"{said} Nothing was loaded."


def _write(plan: Plan, actor: User, now: datetime, progress: Progress) -> None:
    known, rows = plan.known, plan.rows
    total = plan.report.new_count
    progress("Writing people and groups", 0, total)
    written = {
        STAFF: write_staff(rows[STAFF.kind], known),
        PATIENTS: write_patients(rows[PATIENTS.kind], known, actor),
        COVERAGE: write_coverage(rows[COVERAGE.kind], known),
        GROUPS: write_groups(rows[GROUPS.kind], known),
        ENROLMENTS: write_enrolments(rows[ENROLMENTS.kind], known, actor, now),
    }
    ImportedRow.objects.bulk_create(
        (
            ImportedRow(kind=file.kind, key=key_of(file, row), object_id=pk, digest=digest_of(row))
            for file, ids in written.items()
            for row, pk in zip(rows[file.kind], ids, strict=True)
        ),
        batch_size=1000,
    )
    if rows[ATTENDANCE.kind]:
        marks = len(rows[ATTENDANCE.kind])
        progress("Writing sessions", total - marks, total)

        def tell(steps: int) -> None:
            progress("Writing attendance", total - marks + steps // 2, total)

        Writer(rows[ATTENDANCE.kind], known, plan.there, actor, now).write(tell)
    record(actor, "sessions.import_clinic", None, rows=total)


def book_ahead(*, now: datetime) -> int:
    """The coming weeks of imported groups at once; beat would do it within the hour. How many sessions."""
    ids = ImportedRow.objects.filter(kind=GROUPS.kind).values_list("object_id", flat=True)
    groups = Group.objects.filter(pk__in=list(ids)).select_related("track__site")
    made = 0
    for site in {group.track.site for group in groups}:
        own = [group for group in groups if group.track.site == site]
        made += materialise(day=local_day(now, site.time_zone), groups=own, now=now)
    return made
