"""Puts the head of a chart together: who this is, the episode, alerts and tabs, each role its own."""

from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, F, IntegerField, OuterRef, Subquery, Value, When

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from patients.care_clocks import with_care_clocks
from patients.header import ChartHeader, MedicationFacts, Tab, may_open, sees_plan
from patients.header_alerts import actions_of, alerts_of
from patients.header_facts import facts_of
from patients.models import Allergy, Episode, MedicationStatement, Patient
from patients.plan_tree import objectives_in_force

TABS = (
    ("overview", "Overview", "patients:chart"),
    ("plan", "Plan", "patients:plan"),
    ("notes", "Notes", "sessions:notes"),
    ("measures", "Measures", "patients:measures"),
    ("medication", "Medication", "patients:medication"),
    ("documents", "Documents", "patients:documents"),
    ("documents", "Files", "patients:files"),
    ("attendance", "Attendance", "sessions:attendance"),
    ("coverage", "Coverage", "patients:coverage"),
    ("consents", "Consents", "patients:consents"),
    ("messages", "Messages", "scheduling:patient_messages"),
)


def chart_header(patient: Patient, user: User, day: date) -> ChartHeader:
    """The head of this chart for this person on the site's local `day`; at most four queries."""
    header = ChartHeader(patient, day, tabs=[])
    clinical = may(user.role, Permission.SEE_CLINICAL)
    header.episode = _episode(patient, day, _medication_columns(day, "patient") if clinical else {})
    if not header.in_program:
        header.referral = patient.referrals.open().first()
    if may(user.role, Permission.SEE_COVERAGE):
        header.coverage = patient.coverages.in_force_on(day).select_related("payer").first()
    if header.in_program and sees_plan(user):
        header.objectives = objectives_in_force(header.episode, day)
    if may(user.role, Permission.WORK_FOLLOW_UPS):
        header.follow_ups = list(patient.follow_ups.open().select_related("owner"))
    if clinical:
        header.medication = _medication(header)
    header.tabs = _tabs(header, user)
    header.facts = facts_of(header, user)
    header.alerts = alerts_of(header, user)
    header.actions = actions_of(header, user)
    return header


def _tabs(header: ChartHeader, user: User) -> list[Tab]:
    """Of two rows with one key, the first this person's role opens."""
    counts = {"medication": header.medication.count if header.medication else None}
    tabs: dict[str, Tab] = {}
    for key, label, name in TABS:
        if key not in tabs and (url := may_open(user, name, header.patient.pk)):
            tabs[key] = Tab(key, label, url, counts.get(key))
    return list(tabs.values())


def _medication_columns(day: date, patient: str) -> dict[str, Any]:
    """How many are on the day's list and the allergies that stand, beside another row: no statement more."""
    taken = MedicationStatement.objects.on(day).filter(patient=OuterRef(patient)).order_by()
    standing = Allergy.objects.standing().filter(patient=OuterRef(patient)).order_by("substance")
    return {
        "taken_count": Subquery(taken.values("patient").annotate(count=Count("pk")).values("count")),
        "known_allergies": ArraySubquery(standing.values("substance")),
    }


def _medication(header: ChartHeader) -> MedicationFacts:
    """With the episode at hand; one query for a person without any."""
    row = header.episode
    if row is None:
        columns = _medication_columns(header.day, "pk")
        row = Patient.objects.annotate(**columns).only("pk").get(pk=header.patient.pk)
    return MedicationFacts(row.taken_count or 0, row.known_allergies)


def _episode(patient: Patient, day: date, columns: dict[str, Any]) -> Any:
    """The running episode, else the last, with its level of care on the day, first diagnosis, care clocks.

    The joins repeat an episode for each stay and diagnosis; the order puts the one meant first.
    """
    running_first = Case(When(ended_on__isnull=True, then=Value(0)), default=1, output_field=IntegerField())
    begun_first = Case(When(stays__from_on__lte=day, then=Value(0)), default=1, output_field=IntegerField())
    rows = Episode.objects.filter(patient=patient).annotate(
        level_code=F("stays__level__code"),
        prescribed_minutes=F("stays__prescribed_minutes"),
        days_a_week=F("stays__days_a_week"),
        prescribed_to_on=F("stays__to_on"),
        prescribed_because=F("stays__reason"),
        diagnosis_code=F("diagnoses__code"),
        diagnosis_label=F("diagnoses__label"),
        **columns,
        ended_as=F("discharge__kind"),
    )
    stay_first = (begun_first, "-stays__from_on")
    diagnosis_first = ("-diagnoses__is_primary", "diagnoses__code")
    rows = rows.order_by(running_first, "-admitted_on", *stay_first, *diagnosis_first)
    return with_care_clocks(rows, day).select_related("primary_clinician__profile").first()
