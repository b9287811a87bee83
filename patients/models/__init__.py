"""The record: who the person is, why they came, under which consent, and how they are doing."""

from patients.models.apart import KeptApart
from patients.models.certification import Certification, PayerClock
from patients.models.consent import Consent, RelatedPerson
from patients.models.coverage import Authorization, Coverage, Payer
from patients.models.determination import LevelDetermination
from patients.models.diagnosis import DiagnosisChange
from patients.models.document import Addendum, ClinicalDocument, DocumentClock, EnteredInError
from patients.models.episode import Diagnosis, Discharge, Episode, LevelOfCare, LevelOfCareStay
from patients.models.followup import OUTCOMES, Escalation, FollowUp, OnCall
from patients.models.measure import Response
from patients.models.patient import Patient
from patients.models.plan import Goal, TreatmentPlan
from patients.models.prescription import Prescription
from patients.models.referral import Referral, ReferralStep
from patients.models.signature import Signature

__all__ = [
    "OUTCOMES",
    "Addendum",
    "Authorization",
    "Certification",
    "ClinicalDocument",
    "Consent",
    "Coverage",
    "Diagnosis",
    "DiagnosisChange",
    "Discharge",
    "DocumentClock",
    "EnteredInError",
    "Episode",
    "Escalation",
    "FollowUp",
    "Goal",
    "KeptApart",
    "LevelDetermination",
    "LevelOfCare",
    "LevelOfCareStay",
    "OnCall",
    "Patient",
    "Payer",
    "PayerClock",
    "Prescription",
    "Referral",
    "ReferralStep",
    "RelatedPerson",
    "Response",
    "Signature",
    "TreatmentPlan",
]
