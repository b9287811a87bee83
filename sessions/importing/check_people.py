"""Staff, patients and coverage against each other and against what the clinic knows already."""

from datetime import date

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import local_day
from iop_clinic.roles import Role
from patients.models import Coverage, Patient
from sessions.importing.columns import COVERAGE, PATIENTS, STAFF
from sessions.importing.faults import Report
from sessions.importing.known import Known, PatientRef, StaffRef, dates_overlap, only_new
from sessions.importing.reading import Row

SIGNING = (Role.CLINICIAN, Role.SUPERVISOR, Role.PRESCRIBER)
STAY = (
    "level_of_care",
    "primary_clinician",
    "diagnosis_code",
    "diagnosis",
    "treatment_consent_on",
    "privacy_notice_on",
)
AUTHORIZATION = ("service_code", "units_approved", "authorized_from", "authorized_to")


def check_staff(rows: list[Row], known: Known, report: Report) -> list[Row]:
    new = only_new(STAFF, rows, known, report)
    taken = dict(User.objects.values_list("email", "pk"))
    seen: dict[str, int] = {}
    for row in new:
        _check_staff_row(row, known, report)
        if row["email"] in taken:
            report.blame(STAFF.name, row.line, "email", "belongs to someone who can already sign in.")
        if row["email"] in seen:
            report.blame(STAFF.name, row.line, "email", f"is the same as in line {seen[row['email']]}.")
        seen[row["email"]] = row.line
        name = f"{row['first_name']} {row['last_name']}"
        sites = frozenset(site.lower() for site in row["sites"])
        known.staff[row["staff_id"]] = StaffRef(row["staff_id"], name, row["role"], sites)
    return new


def _check_staff_row(row: Row, known: Known, report: Report) -> None:
    for name in row["sites"]:
        if known.site(name) is None:
            report.blame(STAFF.name, row.line, "sites", _no_site(name))
    if row["role"] in SIGNING and not row["credential"]:
        report.blame(STAFF.name, row.line, "credential", "is needed for someone who signs notes.")


def _no_site(name: str) -> str:
    return f"there is no site called “{name[:40]}”. An administrator adds sites first."


def check_patients(rows: list[Row], known: Known, report: Report, now_day: dict[str, date]) -> list[Row]:
    """`now_day` is today at each site, by its name in lower case."""
    new = only_new(PATIENTS, rows, known, report)
    charts = _charts_of(new)
    for row in new:
        site = known.site(row["site"])
        if site is None:
            report.blame(PATIENTS.name, row.line, "site", _no_site(row["site"]))
            continue
        person = (row["first_name"].lower(), row["last_name"].lower(), row["date_of_birth"])
        if person in charts:
            reason = f"this person has chart {charts[person]} already. Take the row out."
            report.blame(PATIENTS.name, row.line, "last_name", reason)
        today = now_day[site.name.lower()]
        if row["date_of_birth"] > today:
            report.blame(PATIENTS.name, row.line, "date_of_birth", "is in the future.")
        if row["reminders"] and not row["email"]:
            report.blame(PATIENTS.name, row.line, "email", "is needed for reminders by e-mail.")
        _check_stay(row, site, known, report, today)
        known.patients[row["patient_id"]] = PatientRef(
            row["patient_id"], site.name.lower(), row["admitted_on"], row["discharged_on"], bool(row["part2"])
        )
    return new


def _charts_of(rows: list[Row]) -> dict[tuple[str, str, date], int]:
    born = {row["date_of_birth"] for row in rows}
    found = Patient.objects.filter(born_on__in=born).values_list(
        "given_name", "family_name", "born_on", "record_number"
    )
    return {(given.lower(), family.lower(), day): number for given, family, day, number in found}


def _check_stay(row: Row, site: Site, known: Known, report: Report, today: date) -> None:
    def blame(column: str, reason: str) -> None:
        report.blame(PATIENTS.name, row.line, column, reason)

    admitted_on, discharged_on = row["admitted_on"], row["discharged_on"]
    if admitted_on is None:
        for name in (*STAY, "discharged_on"):
            if row[name] is not None:
                blame("admitted_on", f"is empty, yet {name} is given.")
                return
        return
    for name in STAY:
        if row[name] is None:
            blame(name, "is needed for someone who was admitted.")
    if admitted_on < row["date_of_birth"]:
        blame("admitted_on", "is before the date of birth.")
    if discharged_on is not None and not admitted_on <= discharged_on <= today:
        blame("discharged_on", "is before the admission or in the future.")
    if (discharged_on is None) != (row["discharge"] is None):
        blame("discharge", "and discharged_on belong together.")
    for name in ("treatment_consent_on", "privacy_notice_on"):
        if row[name] is not None and row[name] > admitted_on:
            blame(name, "is after the admission. Both are signed first.")
    _check_level(row, known, report)
    _check_clinician(row, site, known, report)


def _check_level(row: Row, known: Known, report: Report) -> None:
    code = row["level_of_care"]
    if code is None:
        return
    level = known.levels.get(code.upper())
    if level is None:
        there = ", ".join(sorted(known.levels)) or "none yet"
        report.blame(
            PATIENTS.name, row.line, "level_of_care", f"“{code}” is not a level of care. Known: {there}."
        )
        return
    minutes = row["prescribed_hours"]
    if minutes is None or row["admitted_on"] < row["date_of_birth"]:
        return
    if minutes < 60:
        report.blame(PATIENTS.name, row.line, "prescribed_hours", "is less than an hour a week.")
    age = Patient(born_on=row["date_of_birth"]).age_on(row["admitted_on"])
    if minutes < level.standard_minutes(age) and not row["fewer_hours_reason"]:
        reason = f"is below {level.standard_minutes(age) / 60:g} hours: give fewer_hours_reason."
        report.blame(PATIENTS.name, row.line, "prescribed_hours", reason)


def _check_clinician(row: Row, site: Site, known: Known, report: Report) -> None:
    if row["primary_clinician"] is None:
        return
    reason = not_treating(row["primary_clinician"], site, known, report)
    if reason:
        report.blame(PATIENTS.name, row.line, "primary_clinician", reason)


def not_treating(staff_id: str, site: Site, known: Known, report: Report) -> str:
    """Why this person cannot treat at the site; empty when they can, or when their own row is faulty."""
    if report.is_faulty(STAFF.name, staff_id):
        return ""
    ref = known.staff.get(staff_id)
    if ref is None:
        return f"there is no staff_id “{staff_id}” in staff.csv."
    if ref.role not in SIGNING:
        return f"{ref.name} is no clinician, supervisor or prescriber."
    if site.name.lower() not in ref.sites:
        return f"{ref.name} does not work at {site.name}."
    return ""


def check_coverage(rows: list[Row], known: Known, report: Report) -> list[Row]:
    new = only_new(COVERAGE, rows, known, report)
    plans: dict[tuple[str, int], list[Row]] = {}
    for row in new:
        if report.is_faulty(PATIENTS.name, row["patient_id"]):
            continue
        if row["patient_id"] not in known.patients:
            report.blame(COVERAGE.name, row.line, "patient_id", "is not in patients.csv.")
            continue
        if row["to"] is not None and row["to"] < row["from"]:
            report.blame(COVERAGE.name, row.line, "to", "is before from.")
        _check_authorization(row, report)
        others = plans.setdefault((row["patient_id"], row["rank"] or 1), [])
        _check_plan(row, others, report)
        others.append(row)
    _check_against_clinic(new, known, report)
    return new


def _check_authorization(row: Row, report: Report) -> None:
    given = [name for name in AUTHORIZATION if row[name] is not None]
    number = row["authorization_number"]
    if number is None and given:
        report.blame(COVERAGE.name, row.line, "authorization_number", f"is empty, yet {given[0]} is given.")
    if number is None:
        return
    for name in AUTHORIZATION:
        if row[name] is None:
            report.blame(COVERAGE.name, row.line, name, "is needed beside the authorization_number.")
    if len(given) == len(AUTHORIZATION) and row["authorized_to"] < row["authorized_from"]:
        report.blame(COVERAGE.name, row.line, "authorized_to", "is before authorized_from.")


def same_plan(row: Row, other: Row) -> bool:
    names = ("payer", "member_id", "from", "to", "plan")
    return all(row[name] == other[name] for name in names)


def _check_plan(row: Row, others: list[Row], report: Report) -> None:
    """Rows of one plan may repeat it with another authorization; two plans may not overlap."""
    for other in others:
        if not same_plan(row, other):
            if dates_overlap(row["from"], row["to"], other["from"], other["to"]):
                reason = f"two plans of rank {row['rank'] or 1} overlap; the other is in line {other.line}."
                report.blame(COVERAGE.name, row.line, "from", reason)
                return
        elif _authorizations_overlap(row, other):
            reason = f"approved days overlap with line {other.line}."
            report.blame(COVERAGE.name, row.line, "authorized_from", reason)
            return


def _authorizations_overlap(row: Row, other: Row) -> bool:
    if row["service_code"] is None or row["service_code"] != other["service_code"]:
        return False
    if None in (
        row["authorized_from"],
        other["authorized_from"],
        row["authorized_to"],
        other["authorized_to"],
    ):
        return False
    return dates_overlap(
        row["authorized_from"], row["authorized_to"], other["authorized_from"], other["authorized_to"]
    )


def _check_against_clinic(rows: list[Row], known: Known, report: Report) -> None:
    """Plans of charts that were there before."""
    ids = {ref.patient_id: key for key, ref in known.patients.items() if ref.patient_id is not None}
    there: dict[tuple[str, int], list[Coverage]] = {}
    for plan in Coverage.objects.filter(patient__in=ids).select_related("payer"):
        there.setdefault((ids[plan.patient_id], plan.rank), []).append(plan)
    for row in rows:
        for plan in there.get((row["patient_id"], row["rank"] or 1), []):
            is_it = plan.payer.name.lower() == row["payer"].lower() and plan.from_on == row["from"]
            if not is_it and dates_overlap(row["from"], row["to"], plan.from_on, plan.to_on):
                report.blame(COVERAGE.name, row.line, "from", "overlaps a plan the clinic has already.")


def todays(known: Known, now: object) -> dict[str, date]:
    """Today at each site, by its name in lower case."""
    return {name: local_day(now, site.time_zone) for name, site in known.sites.items()}  # type: ignore[arg-type]
