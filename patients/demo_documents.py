"""The demo's assessments and safety plans: signed in the first days, a few still waiting."""

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any

from iop_clinic.accounts.demo import Moment, chance
from iop_clinic.seal import seal_of
from patients.demo_chart import Chart
from patients.documents.reader import load_documents
from patients.models import ClinicalDocument, Signature

# What brings them, by track: in their own words, symptoms, what it makes hard.
STORY = {
    "am": (
        "I sit in the car and cannot go in.",
        "Low mood most days, tired, wakes at four, little appetite.",
        "Missed nine workdays last month; stopped seeing friends.",
    ),
    "orchard": (
        "I do not feel anything anymore.",
        "Flat mood, poor sleep, worry that does not stop.",
        "Work from home only; the house is left undone.",
    ),
    "eve": (
        "I drank again after eight months.",
        "Evening cravings, shaky sleep, shame, irritability.",
        "Warned at work; partner sleeps at her sister’s.",
    ),
    "teen": (
        "School makes me sick.",
        "Worry, stomach aches in the morning, low mood on Sundays.",
        "Twenty-two days absent this term; stays in her room.",
    ),
}
SIGNS = ("I stop answering messages", "I lie awake and count hours", "I say it does not matter")
ALONE = ("Walk around the block", "Shower, then tea", "The breathing from group, ten minutes")
PLACES = ("The library on Third Street", "My neighbor’s porch", "The Saturday market")
PEOPLE = ("My sister", "My cousin", "A friend from group", "My uncle")


def add_documents(charts: list[Chart], moment: Moment) -> None:
    """Written and signed at once; the newest admission still waits for its assessment."""
    add_signed([document for chart in charts for document in _documents(chart, moment)])


def add_signed(documents: list[ClinicalDocument]) -> None:
    """Signed documents with their signatures, at once."""
    ClinicalDocument.objects.bulk_create(documents)
    Signature.objects.bulk_create(row for document in documents for row in _signatures(document))


def _documents(chart: Chart, moment: Moment) -> Iterable[ClinicalDocument]:
    begun_on = chart.episode.admitted_on
    ended_on = chart.episode.ended_on
    if ended_on is not None and ended_on < moment.day(-60):
        return
    yield signed_document(chart, moment, "safety_plan", begun_on, _safety_plan(chart))
    forgotten = chance("assessment", chart.person.name).random() < 0.08
    if ended_on is not None or (moment.day(-5) >= begun_on and not forgotten):
        seen_on = begun_on + timedelta(days=2)
        yield signed_document(chart, moment, "biopsychosocial", seen_on, _assessment(chart))


def signed_document(
    chart: Chart, moment: Moment, kind: str, on: Any, answers: dict[str, Any]
) -> ClinicalDocument:
    """Written and signed by their clinician that afternoon; not saved yet."""
    signed_at = moment.no_later(moment.at(on, time(15, 40)))
    author = chart.clinician
    supervised = getattr(getattr(author, "profile", None), "supervisor_id", None) is not None
    return ClinicalDocument(
        public_id=chart.uuid("document", kind),
        patient=chart.patient,
        episode=chart.episode,
        kind=kind,
        form_version=load_documents()[kind].version,
        answers=answers,
        author=author,
        started_at=signed_at - timedelta(hours=2),
        saved_at=signed_at,
        signed_at=signed_at,
        needs_cosignature=supervised,
    )


def _safety_plan(chart: Chart) -> dict[str, Any]:
    draw = chance("safety", chart.person.name)
    return {
        "warning_signs": [{"sign": sign} for sign in draw.sample(SIGNS, 2)],
        "alone": [{"thing": thing} for thing in draw.sample(ALONE, 2)],
        "places": [{"who": draw.choice(PLACES)}],
        "people": [{"who": draw.choice(PEOPLE), "phone": f"609-555-0{draw.randint(150, 199)}"}],
        "professionals": [{"who": "The clinic", "phone": "609-555-0100", "where": "Weekdays, 8 am to 8 pm"}],
        "access": "reduced",
        "surroundings": [{"what": "Old medicines taken back to the pharmacy", "who": "My sister"}],
        "reason_to_live": "The people I cook for.",
    }


def _assessment(chart: Chart) -> dict[str, Any]:
    why_now, symptoms, functioning = STORY[chart.person.track]
    uses = chart.person.track == "eve"
    return {
        "why_now": why_now,
        "since": "Since the spring, after a loss",
        "symptoms": symptoms,
        "functioning": functioning,
        "goal_words": "A week I do not dread.",
        "trauma": "past" if uses else "none",
        "substance_use": "present" if uses else "none",
        "withdrawal": "mild" if uses else "none",
        "conditions": "None that need care now.",
        "eating": "none",
        "medical_clearance": "yes",
        "family_now": "Lives with family who know about the program.",
        "family_wish": "wants" if chart.person.track == "teen" else "later",
        "living": "family",
        "home_safe": "yes",
        "work_school": "School" if chart.person.track == "teen" else "On reduced hours",
        "legal_status": "none",
        "strengths": "Comes on time, speaks openly, has kept a job through worse.",
        "needs": "Structure in the day, skills for the hard hours.",
        "preferences": "Groups before one to one; no video.",
        "suicide": "passive",
        "self_harm": "none",
        "violence": "none",
        "protective": "Family, faith in getting better, a plan for the summer.",
        "risk_level": "low",
        "risk_action": "Safety plan written together the same day.",
        "appearance": "Neat, makes eye contact",
        "speech_thought": "Clear, to the point",
        "mood_affect": "Low, moves with the talk",
        "cognition": "Oriented, attentive",
        "insight": "Good",
        "formulation": "Loss, then withdrawal from what gave the days a shape; avoidance keeps it going.",
        "diagnosis_basis": "Symptoms on most days for over two weeks with clear impairment.",
        "why_this_level": "Weekly therapy did not hold; safe at home between sessions.",
        "recommended": "iop",
        "first_steps": "Activity every morning, sleep plan, skills group.",
    }


def _signatures(document: ClinicalDocument) -> Iterable[Signature]:
    signed_at = document.signed_at
    assert signed_at is not None
    content = seal_of(document.signed_content())
    author, patient = document.author, document.patient
    credential = getattr(getattr(author, "profile", None), "credential", "")
    yield Signature(
        document=document,
        part=Signature.Part.CLINICIAN,
        way=Signature.Way.PASSWORD,
        signer=author,
        signed_name=author.full_name,
        credential=credential,
        signed_at=signed_at,
        recorded_by=author,
        content_sha256=content,
    )
    if document.kind in ("safety_plan", "continuing_care"):
        yield Signature(
            document=document,
            part=Signature.Part.PATIENT,
            way=Signature.Way.ON_SCREEN,
            signed_name=f"{patient.given_name} {patient.family_name}",
            signed_at=signed_at,
            recorded_by=author,
            content_sha256=content,
        )
