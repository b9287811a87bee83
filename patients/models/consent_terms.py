"""The words a consent and a disclosure share: what may be told, to whom, and why.

42 CFR 2.31 (elements of a consent), 2.51 to 2.67 (without one), 45 CFR 164.506 and 164.512.
"""

from django.db import models


class ConsentKind(models.TextChoices):
    TREATMENT = "treatment", "Treatment"
    PRIVACY_NOTICE = "privacy_notice", "Privacy notice received"
    BILLING = "billing", "Bill the payer"
    REMINDERS = "reminders", "Reminders by e-mail"
    TELEHEALTH = "telehealth", "Video sessions"
    FAMILY = "family", "Family sessions with this person"
    RELEASE = "release", "Release of information"
    TPO = "tpo", "Treatment, payment and operations"
    COUNSELING_NOTES = "counseling_notes", "Counseling notes"
    LEGAL = "legal", "Use in legal proceedings"
    JUSTICE = "justice", "Criminal-justice program"


# These let something leave the house; they carry every element of 42 CFR 2.31.
RELEASING = ("release", "tpo", "counseling_notes", "legal", "justice")
# A date or an event must end these; a single consent to treatment, payment and operations may have no end.
ENDING = ("release", "counseling_notes", "legal", "justice")


class Scope(models.TextChoices):
    ATTENDANCE = "attendance", "Attendance and being a patient here"
    DIAGNOSIS = "diagnosis", "Diagnosis"
    ASSESSMENT = "assessment", "Assessment"
    PLAN = "plan", "Treatment plan"
    NOTES = "notes", "Progress notes"
    MEASURES = "measures", "Measures and scores"
    MEDICATION = "medication", "Medication"
    TOXICOLOGY = "toxicology", "Toxicology results"
    SAFETY_PLAN = "safety_plan", "Safety plan"
    DISCHARGE_SUMMARY = "discharge_summary", "Discharge summary"
    BILLING = "billing", "Dates and codes of services billed"
    EVERYTHING = "everything", "Everything in the record"
    COUNSELING_NOTES = "counseling_notes", "Counseling notes"


class Recipient(models.TextChoices):
    PATIENT = "patient", "The patient"
    PROVIDER = "provider", "Treating provider"
    PAYER = "payer", "Health plan or payer"
    OPERATIONS = "operations", "Someone who helps operate this program"
    FAMILY = "family", "Family or friend"
    COURT = "court", "Court, probation or parole"
    LAWYER = "lawyer", "Lawyer"
    EMPLOYER = "employer", "Employer"
    SCHOOL = "school", "School"
    AGENCY = "agency", "Public agency"
    OTHER = "other", "Someone else"


class Purpose(models.TextChoices):
    TREATMENT = "treatment", "Treatment"
    PAYMENT = "payment", "Payment"
    OPERATIONS = "operations", "Operations of the program"
    TPO = "tpo", "Treatment, payment and operations"
    PATIENT_REQUEST = "patient_request", "At the request of the patient"
    FAMILY = "family", "Support by family or friends"
    WORK_OR_SCHOOL = "work_or_school", "Work or school"
    BENEFITS = "benefits", "Benefits or disability"
    JUSTICE = "justice", "Conditions of a court, probation or parole"
    LEGAL = "legal", "Legal proceedings"
    REQUIRED_BY_LAW = "required_by_law", "Required by law"
    RESEARCH = "research", "Research"
    OTHER = "other", "Something else"


CARE_PURPOSES = (Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS)
CARE_RECIPIENTS = (Recipient.PROVIDER, Recipient.PAYER, Recipient.OPERATIONS)
"""Who may be given what care needs without a consent, where Part 2 does not apply (45 CFR 164.506)."""


class Basis(models.TextChoices):
    """What allowed a disclosure. Those from EMERGENCY on need no consent, but a reason."""

    CONSENT = "consent", "The patient’s consent"
    CARE = "care", "Treatment, payment and operations"
    ACCESS = "access", "The patient’s own right of access"
    EMERGENCY = "emergency", "Medical emergency"
    COURT_ORDER = "court_order", "Court order"
    AUDIT = "audit", "Audit or evaluation"
    MANDATED_REPORT = "mandated_report", "Mandated report"
    RESEARCH = "research", "Research"


EXCEPTIONS = (
    Basis.EMERGENCY,
    Basis.COURT_ORDER,
    Basis.AUDIT,
    Basis.MANDATED_REPORT,
    Basis.RESEARCH,
)
