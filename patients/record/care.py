"""Stays, levels of care, diagnoses, what followed and how it ended."""

from iop_clinic.tables import Table, table_of
from patients.level_paper import rated
from patients.models import (
    AftercareAppointment,
    Certification,
    Diagnosis,
    DiagnosisChange,
    Discharge,
    Episode,
    FollowUpContact,
    LevelDetermination,
    LevelOfCareStay,
    Patient,
    Prescription,
)


def care_tables(patient: Patient) -> list[Table]:
    """Twelve tables, a query each."""
    return [*_stays(patient), *_diagnoses(patient), *_findings(patient), *_afterwards(patient)]


def _stays(patient: Patient) -> list[Table]:
    levels = LevelOfCareStay.objects.filter(episode__patient=patient).select_related("level")
    hours = Prescription.objects.filter(episode__patient=patient).select_related("prescribed_by")
    return [
        table_of(
            "stays",
            "Stays in the program",
            Episode.objects.filter(patient=patient)
            .select_related("primary_clinician")
            .order_by("admitted_on"),
            {
                "Admitted": "admitted_on",
                "Expected end": "expected_end_on",
                "Last day": "ended_on",
                "Primary clinician": "primary_clinician.full_name",
                "Substance-use record (42 CFR Part 2)": "is_part2",
            },
        ),
        table_of(
            "levels",
            "Levels of care",
            levels.order_by("from_on", "pk"),
            {
                "Level": "level.code",
                "In words": "level.name",
                "From": "from_on",
                "To": "to_on",
                "Minutes a week": "prescribed_minutes",
                "Days a week": "days_a_week",
                "Why fewer hours": "reason",
            },
        ),
        table_of(
            "prescribed-hours",
            "Changes of hours",
            hours.order_by("prescribed_at", "pk"),
            {
                "From": "from_on",
                "To": "to_on",
                "Minutes a week": "prescribed_minutes",
                "Days a week": "days_a_week",
                "Why": "reason",
                "By": "prescribed_by.full_name",
                "At": "prescribed_at",
            },
        ),
    ]


def _diagnoses(patient: Patient) -> list[Table]:
    changes = DiagnosisChange.objects.filter(diagnosis__episode__patient=patient)
    return [
        table_of(
            "diagnoses",
            "Diagnoses",
            Diagnosis.objects.filter(episode__patient=patient).order_by("since_on", "code", "pk"),
            {
                "Code (ICD-10-CM)": "code",
                "In words": "label",
                "Primary": "is_primary",
                "Since": "since_on",
                "Onset": "onset",
                "Ended": "ended_on",
                "Ended as": "ended_as",
            },
        ),
        table_of(
            "diagnosis-changes",
            "Changes of diagnoses",
            changes.select_related("diagnosis", "by").order_by("at", "pk"),
            {
                "At": "at",
                "Code (ICD-10-CM)": "diagnosis.code",
                "Change": "kind",
                "As of": "on",
                "Why": "reason",
                "By": "by.full_name",
            },
        ),
    ]


def _ratings(row: LevelDetermination) -> str:
    return "\n".join(f"{label}: {rating}. {why}" for label, rating, why in rated(row))


def _findings(patient: Patient) -> list[Table]:
    certified = Certification.objects.filter(episode__patient=patient).select_related("signed_by", "payer")
    return [
        table_of(
            "level-decisions",
            "Decisions on the level of care",
            patient.determinations.signed().select_related("signed_by").order_by("decided_on", "pk"),
            {
                "Decided": "decided_on",
                "Decision": "kind",
                "Scheme": "scheme",
                "Recommended": "recommended_words",
                "Actual": "actual_words",
                "Why they differ": "difference_said",
                "Ratings": _ratings,
                "Composite": "composite",
                "Why this level": "rationale",
                "Signed by": "signed_by.full_name",
                "Credential": "credential",
                "Signed": "signed_at",
            },
        ),
        table_of(
            "certifications",
            "Certifications",
            certified.order_by("from_on", "pk"),
            {
                "Kind": "kind",
                "Level": "level_kind",
                "Payer": "payer.name",
                "From": "from_on",
                "To": "to_on",
                "Minutes a week": "minutes_a_week",
                "Statement": "statement",
                "Need": "need",
                "Response": "response",
                "Discharge waits for": "discharge_goals",
                "Signed by": "signed_by.full_name",
                "Credential": "credential",
                "Signed": "signed_at",
            },
        ),
    ]


def _afterwards(patient: Patient) -> list[Table]:
    return [
        table_of(
            "follow-ups",
            "Follow-ups",
            patient.follow_ups.select_related("owner").order_by("opened_at", "pk"),
            {
                "Opened": "opened_at",
                "About": "kind",
                "How soon": "level",
                "What": "summary",
                "Whose": "owner.full_name",
                "Due": "due_at",
                "Closed": "closed_at",
                "Came to": "outcome_kind",
                "In words": "outcome",
            },
            ("Opened", "About", "What", "Closed", "Came to", "In words"),
        ),
        table_of(
            "risk-reports",
            "What clinicians saw or heard at once",
            patient.risk_reports.select_related("told_by").order_by("told_at", "pk"),
            {"At": "told_at", "What": "words", "By": "told_by.full_name"},
        ),
        table_of(
            "discharges",
            "Discharges",
            Discharge.objects.filter(episode__patient=patient).select_related("by").order_by("on", "pk"),
            {
                "Last day": "on",
                "How it ended": "words",
                "Planned": "is_planned",
                "Where to": "destination",
                "Place": "destination_name",
                "Letter": "letter_on",
                "Told how to appeal": "appeal_right_given",
                "Referrals offered": "referrals_offered",
                "Note": "note",
                "By": "by.full_name",
            },
            ("Last day", "How it ended", "Planned", "Where to", "Place", "Note"),
        ),
        table_of(
            "aftercare",
            "Appointments afterwards",
            AftercareAppointment.objects.filter(episode__patient=patient).order_by("at", "pk"),
            {
                "At": "at",
                "What for": "kind",
                "With": "provider",
                "Address": "address",
                "Phone": "phone",
                "Made by": "made_by",
                "Kept": "outcome",
            },
        ),
        table_of(
            "calls",
            "Calls after discharge",
            FollowUpContact.objects.filter(follow_up__patient=patient)
            .select_related("called_by")
            .order_by("called_at", "pk"),
            {
                "At": "called_at",
                "What came of it": "outcome",
                "How you were": "learned",
                "In care at": "readmitted_to",
                "Note": "note",
                "By": "called_by.full_name",
            },
        ),
    ]
