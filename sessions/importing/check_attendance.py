"""Past attendance: each row one person at one session, with times inside it or an absence.

The rules of the desk hold (sessions/attendance_rules.py): an hour before to an hour after the session.
"""

from collections import defaultdict
from datetime import date, time

from sessions.importing.check_weeks import points_at_a_fault
from sessions.importing.columns import ATTENDANCE
from sessions.importing.faults import Report
from sessions.importing.known import GroupRef, Known, PatientRef, no_such_record
from sessions.importing.reading import Row
from sessions.importing.there import There
from sessions.models import Attendance

EARLY_MINUTES = LATE_MINUTES = 60
NAME = ATTENDANCE.name


def check_attendance(
    rows: list[Row], known: Known, there: There, report: Report, todays: dict[str, date]
) -> list[Row]:
    """The rows to write; those already recorded are counted and stay as they are."""
    new: list[Row] = []
    same = 0
    seats: dict[tuple[str, date], int] = defaultdict(int)
    days: dict[tuple[str, date], list[tuple[int, GroupRef]]] = defaultdict(list)
    for row in rows:
        person, group = known.patients.get(row["patient_id"]), known.groups.get(row["group_id"])
        if points_at_a_fault(row, report):
            continue
        reason = _unknown(person, group) or _wrong_day(row, person, group, todays) or _wrong_times(row, group)
        if reason:
            report.blame(NAME, row.line, *reason)
            continue
        assert person is not None and group is not None
        mark = there.mark(group, row["date"], person)
        if mark is not None:
            same += 1
            if not mark.says(row):
                report.keep(NAME, row.line, "differs from what is recorded. The clinic's record stays.")
            continue
        if there.is_cancelled(group, row["date"], person):
            report.blame(NAME, row.line, "date", "that appointment was cancelled in the clinic.")
            continue
        _check_own_time(row, group, days[row["patient_id"], row["date"]], report)
        _check_seats(row, group, person, there, seats, report)
        new.append(row)
    report.new[ATTENDANCE.kind], report.same[ATTENDANCE.kind] = len(new), same
    return new


Reason = tuple[str, str] | None


def _unknown(person: PatientRef | None, group: GroupRef | None) -> Reason:
    if person is None:
        return "patient_id", "is not in patients.csv."
    return None if group is not None else ("group_id", "is not in groups.csv.")


def _wrong_day(
    row: Row, person: PatientRef | None, group: GroupRef | None, todays: dict[str, date]
) -> Reason:
    assert person is not None and group is not None
    day = row["date"]
    if person.site != group.site:
        return "group_id", "the group is at another site."
    if day > todays[group.site]:
        return "date", "is in the future."
    if day.weekday() != group.weekday:
        return "date", f"is a {day:%A}; {group.name} meets on another day."
    if not group.from_on <= day <= (group.to_on or day):
        return "date", f"{group.name} did not meet then (see from and to in groups.csv)."
    if not person.in_program_on(day):
        return "date", "the person was not in the program on that day."
    refused = no_such_record(person, group)
    return ("group_id", refused) if refused else None


def _wrong_times(row: Row, group: GroupRef | None) -> Reason:
    assert group is not None
    arrived, left, absence = row["arrived"], row["left"], row["absence"]
    if (arrived is None) == (absence is None):
        return "arrived", "and absence: give one of the two."
    if absence == Attendance.Absence.EXCUSED and not row["reason"]:
        return "reason", "is needed for an excused absence."
    if arrived is None:
        return None if left is None else ("left", "is given for someone who was absent.")
    start, end = group.start_minute, group.end_minute
    if not start - EARLY_MINUTES <= minute_of(arrived) <= end:
        return "arrived", "is more than an hour before the session, or after it."
    if left is not None and not minute_of(arrived) <= minute_of(left) <= end + LATE_MINUTES:
        return "left", "is before arrived, or more than an hour after the session."
    return None


def minute_of(wall_time: time) -> int:
    return wall_time.hour * 60 + wall_time.minute


def _check_own_time(row: Row, group: GroupRef, others: list[tuple[int, GroupRef]], report: Report) -> None:
    for line, other in others:
        if group.start_minute < other.end_minute and other.start_minute < group.end_minute:
            report.blame(NAME, row.line, "group_id", f"is at the same time as the session in line {line}.")
            return
    others.append((row.line, group))


def _check_seats(
    row: Row,
    group: GroupRef,
    person: PatientRef,
    there: There,
    seats: dict[tuple[str, date], int],
    report: Report,
) -> None:
    key = (group.key, row["date"])
    if there.has_booking(group, row["date"], person):
        return
    seats[key] += 1
    if seats[key] + there.booked(group, row["date"]) > group.seats:
        reason = f"would be one more than the {group.seats} seats of {group.name}."
        report.blame(NAME, row.line, "group_id", reason)
