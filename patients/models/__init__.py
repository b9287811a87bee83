"""The record: who the person is, why they came, under which consent, and how they are doing."""

from patients.models.allergy import Allergy
from patients.models.apart import KeptApart
from patients.models.certification import Certification, PayerClock
from patients.models.consent import Consent, RelatedPerson
from patients.models.coverage import Authorization, Coverage, Payer
from patients.models.determination import LevelDetermination
from patients.models.diagnosis import DiagnosisChange
from patients.models.discharge import AftercareAppointment, Discharge, FollowUpContact
from patients.models.disclosure import Disclosure, DisclosureReview
from patients.models.document import Addendum, ClinicalDocument, DocumentClock, EnteredInError
from patients.models.episode import Diagnosis, Episode, LevelOfCare, LevelOfCareStay
from patients.models.followup import OUTCOMES, Escalation, FollowUp, OnCall
from patients.models.measure import Response
from patients.models.medication import MedicationStatement
from patients.models.patient import Patient
from patients.models.plan import PlanClock, TreatmentPlan
from patients.models.plan_parts import Goal, Intervention, Objective, Problem
from patients.models.plan_review import ObjectiveReview, PlanCopy, PlanReview, Standing
from patients.models.prescription import Prescription
from patients.models.reconciliation import (
    MedicationInterval,
    MedicationReport,
    ReconciledLine,
    Reconciliation,
)
from patients.models.referral import ContactTry, Referral, ReferralSource, ReferralStep
from patients.models.risk import RiskReport
from patients.models.signature import Signature
from patients.models.text_pack import TextPack, TextPackWithdrawal
from patients.models.toxicology import ToxLine, ToxScreen
from patients.models.upload import Upload, UploadInError
from patients.models.verification import BenefitVerification, GoodFaithEstimate

__all__ = [
    "OUTCOMES",
    "Addendum",
    "AftercareAppointment",
    "Allergy",
    "Authorization",
    "BenefitVerification",
    "Certification",
    "ClinicalDocument",
    "Consent",
    "ContactTry",
    "Coverage",
    "Diagnosis",
    "DiagnosisChange",
    "Discharge",
    "Disclosure",
    "DisclosureReview",
    "DocumentClock",
    "EnteredInError",
    "Episode",
    "Escalation",
    "FollowUp",
    "FollowUpContact",
    "Goal",
    "GoodFaithEstimate",
    "Intervention",
    "KeptApart",
    "LevelDetermination",
    "LevelOfCare",
    "LevelOfCareStay",
    "MedicationInterval",
    "MedicationReport",
    "MedicationStatement",
    "Objective",
    "ObjectiveReview",
    "OnCall",
    "Patient",
    "Payer",
    "PayerClock",
    "PlanClock",
    "PlanCopy",
    "PlanReview",
    "Prescription",
    "Problem",
    "ReconciledLine",
    "Reconciliation",
    "Referral",
    "ReferralSource",
    "ReferralStep",
    "RelatedPerson",
    "Response",
    "RiskReport",
    "Signature",
    "Standing",
    "TextPack",
    "TextPackWithdrawal",
    "ToxLine",
    "ToxScreen",
    "TreatmentPlan",
    "Upload",
    "UploadInError",
]
