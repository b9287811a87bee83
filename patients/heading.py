"""Puts the head of a chart together: who this is, the episode, alerts and tabs, each role its own."""

from datetime import date
from typing import Any

from django.db.models import Case, F, IntegerField, Value, When

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from patients.header import ChartHeader, Tab, may_open, sees_plan
from patients.header_alerts import actions_of, alerts_of
from patients.header_facts import facts_of
from patients.models import Episode, Patient
from patients.plan_tree import objectives_in_force

TABS = (
    ("overview", "Overview", "patients:chart"),
    ("plan", "Plan", "patients:plan"),
    ("notes", "Notes", "sessions:notes"),
    ("measures", "Measures", "patients:measures"),
    ("documents", "Documents", "patients:documents"),
    ("attendance", "Attendance", "sessions:attendance"),
    ("coverage", "Coverage", "patients:coverage"),
    ("consents", "Consents", "patients:consents"),
    ("messages", "Messages", "scheduling:patient_messages"),
)


def chart_header(patient: Patient, user: User, day: date) -> ChartHeader:
    """The head of this chart for this person on the site's local `day`; at most four queries."""
    header = ChartHeader(patient, day, tabs=_tabs(patient, user))
    header.episode = _episode(patient, day)
    if not header.in_program:
        header.referral = patient.referrals.open().first()
    if may(user.role, Permission.SEE_COVERAGE):
        header.coverage = patient.coverages.in_force_on(day).select_related("payer").first()
    if header.in_program and sees_plan(user):
        header.objectives = objectives_in_force(header.episode, day)
    if may(user.role, Permission.WORK_FOLLOW_UPS):
        header.follow_ups = list(patient.follow_ups.open().select_related("owner"))
    header.facts = facts_of(header, user)
    header.alerts = alerts_of(header, user)
    header.actions = actions_of(header, user)
    return header


def _tabs(patient: Patient, user: User) -> list[Tab]:
    opened = ((key, label, may_open(user, name, patient.pk)) for key, label, name in TABS)
    return [Tab(key, label, url) for key, label, url in opened if url]


def _episode(patient: Patient, day: date) -> Any:
    """The running episode, else the last, with its level of care on the day and its first diagnosis.

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
    )
    stay_first = (begun_first, "-stays__from_on")
    diagnosis_first = ("-diagnoses__is_primary", "diagnoses__code")
    rows = rows.order_by(running_first, "-admitted_on", *stay_first, *diagnosis_first)
    return rows.select_related("primary_clinician__profile").first()
