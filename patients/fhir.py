"""The record of this floor as FHIR R4 shapes, for the patient's own export: who, which stays, and the rest.

Shapes: `iop_clinic/fhir.py`; measures and medication: `fhir_health.py`; papers, consents: `fhir_papers.py`.
"""

from typing import Any

from iop_clinic.fhir import ICD10, PART2, TERMS, Resource, coded, period, reference, resource
from patients.fhir_health import health_resources
from patients.fhir_papers import paper_resources
from patients.fhir_plan import plan_resources
from patients.models import Episode, Patient

# No profile has the dated level of care inside an episode; this names our own extension.
LEVEL_STAY = "urn:iop-clinic:level-of-care-stay"


def patient_resources(patient: Patient) -> list[Resource]:
    """Everything of this floor; the same number of queries for every patient."""
    subject = reference("Patient", patient.pk)
    episodes = list(
        patient.episodes.select_related("primary_clinician").prefetch_related("stays__level", "diagnoses")
    )
    return [
        _patient(patient),
        *(_relative(row, subject) for row in patient.related_persons.all()),
        *(_coverage(row, subject) for row in patient.coverages.select_related("payer")),
        *(_episode(episode, subject) for episode in episodes),
        *(_condition(row, subject) for episode in episodes for row in episode.diagnoses.all()),
        *plan_resources(patient),
        *health_resources(patient),
        *paper_resources(patient),
    ]


def _patient(patient: Patient) -> Resource:
    names = [{"use": "official", "family": patient.family_name, "given": [patient.given_name]}]
    if patient.preferred_name:
        names.append({"use": "usual", "family": patient.family_name, "given": [patient.preferred_name]})
    reach = [("phone", patient.phone), ("email", patient.email)]
    return resource(
        "Patient",
        patient.pk,
        identifier=[{"type": {"text": "Chart number"}, "value": str(patient.record_number)}],
        name=names,
        birthDate=patient.born_on.isoformat(),
        telecom=[{"system": system, "value": value} for system, value in reach if value],
    )


def _relative(row: Any, subject: Resource | None) -> Resource:
    return resource(
        "RelatedPerson",
        row.pk,
        patient=subject,
        relationship=[{"text": row.relationship}],
        name=[{"text": row.name}],
        telecom=[{"system": "phone", "value": row.phone}] if row.phone else [],
    )


def _coverage(row: Any, subject: Resource | None) -> Resource:
    return resource(
        "Coverage",
        row.pk,
        status="active",
        subscriberId=row.member_number,
        beneficiary=subject,
        period=period(row.from_on, row.to_on),
        payor=[{"display": row.payer.name}],
        order=row.rank,
    ) | ({"class": [{"type": {"text": "plan"}, "value": row.plan_name}]} if row.plan_name else {})


def _episode(episode: Episode, subject: Resource | None) -> Resource:
    return resource(
        "EpisodeOfCare",
        episode.pk,
        meta=PART2 if episode.is_part2 else None,
        extension=[_level(stay) for stay in episode.stays.all()],
        status="finished" if episode.ended_on else "active",
        diagnosis=[
            {"condition": reference("Condition", row.pk)} | ({"rank": 1} if row.is_primary else {})
            for row in episode.diagnoses.all()
        ],
        patient=subject,
        period=period(episode.admitted_on, episode.ended_on),
        careManager={"display": episode.primary_clinician.full_name},
    )


def _level(stay: Any) -> Resource:
    return {
        "url": LEVEL_STAY,
        "extension": [
            {"url": "level", "valueString": stay.level.name},
            {"url": "period", "valuePeriod": period(stay.from_on, stay.to_on)},
            {"url": "minutesAWeek", "valueInteger": stay.prescribed_minutes},
        ],
    }


def _condition(row: Any, subject: Resource | None) -> Resource:
    """What was ruled out is refuted, what resolved is resolved; one replaced by another is inactive."""
    standing = {"": "active", "resolved": "resolved", "ruled_out": "inactive", "replaced": "inactive"}
    was_true = "refuted" if row.ended_as == "ruled_out" else "confirmed"
    return resource(
        "Condition",
        row.pk,
        clinicalStatus=coded(f"{TERMS}/condition-clinical", standing[row.ended_as]),
        verificationStatus=coded(f"{TERMS}/condition-ver-status", was_true),
        category=[coded(f"{TERMS}/condition-category", "encounter-diagnosis")],
        code=coded(ICD10, row.code, row.label),
        subject=subject,
        onsetDateTime=row.since_on.isoformat(),
        abatementDateTime=row.ended_on.isoformat() if row.ended_on else None,
    )
