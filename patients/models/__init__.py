"""The record: who the person is, why they came, under which consent, and how they are doing."""

from patients.models.apart import KeptApart
from patients.models.consent import Consent, RelatedPerson
from patients.models.coverage import Authorization, Coverage, Payer
from patients.models.document import Addendum, ClinicalDocument, DocumentClock, EnteredInError
from patients.models.episode import Diagnosis, Discharge, Episode, LevelOfCare, LevelOfCareStay
from patients.models.followup import OUTCOMES, Escalation, FollowUp, OnCall
from patients.models.measure import Response
from patients.models.patient import Patient
from patients.models.plan import PlanClock, TreatmentPlan
from patients.models.plan_parts import Goal, Intervention, Objective, Problem
from patients.models.plan_review import ObjectiveReview, PlanCopy, PlanReview, Standing
from patients.models.prescription import Prescription
from patients.models.referral import Referral, ReferralStep
from patients.models.signature import Signature

__all__ = [
    "OUTCOMES",
    "Addendum",
    "Authorization",
    "ClinicalDocument",
    "Consent",
    "Coverage",
    "Diagnosis",
    "Discharge",
    "DocumentClock",
    "EnteredInError",
    "Episode",
    "Escalation",
    "FollowUp",
    "Goal",
    "Intervention",
    "KeptApart",
    "LevelOfCare",
    "LevelOfCareStay",
    "Objective",
    "ObjectiveReview",
    "OnCall",
    "Patient",
    "Payer",
    "PlanClock",
    "PlanCopy",
    "PlanReview",
    "Prescription",
    "Problem",
    "Referral",
    "ReferralStep",
    "RelatedPerson",
    "Response",
    "Signature",
    "Standing",
    "TreatmentPlan",
]
