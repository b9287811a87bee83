"""The record: who the person is, why they came, under which consent, and how they are doing."""

from patients.models.apart import KeptApart
from patients.models.consent import Consent, RelatedPerson
from patients.models.coverage import Authorization, Coverage, Payer
from patients.models.document import Addendum, ClinicalDocument, DocumentClock, EnteredInError
from patients.models.episode import Diagnosis, Discharge, Episode, LevelOfCare, LevelOfCareStay
from patients.models.followup import FollowUp
from patients.models.measure import Response
from patients.models.patient import Patient
from patients.models.plan import Goal, TreatmentPlan
from patients.models.prescription import Prescription
from patients.models.referral import ContactTry, Referral, ReferralSource, ReferralStep
from patients.models.signature import Signature
from patients.models.upload import Upload, UploadInError
from patients.models.verification import BenefitVerification, GoodFaithEstimate

__all__ = [
    "Addendum",
    "Authorization",
    "BenefitVerification",
    "ClinicalDocument",
    "Consent",
    "ContactTry",
    "Coverage",
    "Diagnosis",
    "Discharge",
    "DocumentClock",
    "EnteredInError",
    "Episode",
    "FollowUp",
    "Goal",
    "GoodFaithEstimate",
    "KeptApart",
    "LevelOfCare",
    "LevelOfCareStay",
    "Patient",
    "Payer",
    "Prescription",
    "Referral",
    "ReferralSource",
    "ReferralStep",
    "RelatedPerson",
    "Response",
    "Signature",
    "TreatmentPlan",
    "Upload",
    "UploadInError",
]
