"""The record: who the person is, why they came, under which consent, and how they are doing."""

from patients.models.apart import KeptApart
from patients.models.consent import Consent, RelatedPerson
from patients.models.coverage import Authorization, Coverage, Payer
from patients.models.discharge import AftercareAppointment, Discharge, FollowUpContact
from patients.models.document import Addendum, ClinicalDocument, DocumentClock, EnteredInError
from patients.models.episode import Diagnosis, Episode, LevelOfCare, LevelOfCareStay
from patients.models.followup import FollowUp
from patients.models.measure import Response
from patients.models.patient import Patient
from patients.models.plan import Goal, TreatmentPlan
from patients.models.prescription import Prescription
from patients.models.referral import Referral, ReferralStep
from patients.models.signature import Signature

__all__ = [
    "Addendum",
    "AftercareAppointment",
    "Authorization",
    "ClinicalDocument",
    "Consent",
    "Coverage",
    "Diagnosis",
    "Discharge",
    "DocumentClock",
    "EnteredInError",
    "Episode",
    "FollowUp",
    "FollowUpContact",
    "Goal",
    "KeptApart",
    "LevelOfCare",
    "LevelOfCareStay",
    "Patient",
    "Payer",
    "Prescription",
    "Referral",
    "ReferralStep",
    "RelatedPerson",
    "Response",
    "Signature",
    "TreatmentPlan",
]
