"""The record as FHIR R4 shapes: plain dicts, for the patient's own export. Names: domain reference 11.

Ids are `Kind-number` inside one bundle; nothing here is validated against a profile.
"""

from datetime import datetime
from typing import Any

from iop_clinic.clock import as_utc
from patients.document_words import parts_said, title_of
from patients.models import Allergy, ClinicalDocument, Episode, MedicationStatement, Patient, Response
from patients.scoring import load_instruments

Resource = dict[str, Any]
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return as_utc(at).replace(microsecond=0).isoformat() if at is not None else None


def reference(kind: str, pk: int | None) -> Resource | None:
    return {"reference": f"{kind}/{kind}-{pk}"} if pk is not None else None


def resource(kind: str, pk: int, **content: Any) -> Resource:
    """One resource; what is None or empty is left out."""
    kept = {key: value for key, value in content.items() if value not in (None, "", [], {})}
    return {"resourceType": kind, "id": f"{kind}-{pk}", **kept}


def patient_resources(patient: Patient) -> list[Resource]:
    """The person, stays, diagnoses, measures, medication, allergies and signed documents; nine queries."""
    subject = reference("Patient", patient.pk)
    episodes = list(patient.episodes.prefetch_related("diagnoses", "stays__level"))
    return [
        _patient(patient),
        *(_episode(episode, subject) for episode in episodes),
        *(_condition(row, subject) for episode in episodes for row in episode.diagnoses.all()),
        *(found for row in patient.responses.scored() for found in _measure(row, subject)),
        *(_medication(row, subject) for row in patient.medications.true()),
        *(_allergy(row, subject) for row in patient.allergies.standing()),
        *(_document(row, subject) for row in patient.documents.signed().select_related("author")),
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


def _episode(episode: Episode, subject: Resource | None) -> Resource:
    ended = episode.ended_on.isoformat() if episode.ended_on else None
    stays = [
        {
            "text": stay.level.name,
            "period": {
                "start": stay.from_on.isoformat(),
                **({"end": stay.to_on.isoformat()} if stay.to_on else {}),
            },
            "minutesAWeek": stay.prescribed_minutes,
        }
        for stay in episode.stays.all()
    ]
    return resource(
        "EpisodeOfCare",
        episode.pk,
        status="finished" if ended else "active",
        patient=subject,
        period={"start": episode.admitted_on.isoformat(), **({"end": ended} if ended else {})},
        type=stays,
        diagnosis=[{"condition": reference("Condition", row.pk)} for row in episode.diagnoses.all()],
    )


def _condition(row: Any, subject: Resource | None) -> Resource:
    code = {"system": ICD10, "code": row.code, "display": row.label}
    return resource(
        "Condition",
        row.pk,
        subject=subject,
        code={"coding": [code], "text": row.label},
        onsetDateTime=row.since_on.isoformat(),
    )


def _measure(row: Response, subject: Resource | None) -> list[Resource]:
    """The answers, and the total as an observation where there is one."""
    instrument = load_instruments().get(row.instrument_code)
    name = instrument.name if instrument else row.instrument_code
    answers = [{"linkId": key, "answer": [{"valueInteger": value}]} for key, value in row.answers.items()]
    made = [
        resource(
            "QuestionnaireResponse",
            row.pk,
            questionnaire=f"{row.instrument_code}|{row.instrument_version}",
            status="completed",
            subject=subject,
            authored=instant(row.finished_at),
            item=answers,
        )
    ]
    if row.total is not None:
        made.append(
            resource(
                "Observation",
                row.pk,
                status="final",
                category=[{"text": "survey"}],
                code={"text": f"{name} total"},
                subject=subject,
                effectiveDateTime=instant(row.finished_at),
                valueDecimal=float(row.total),
                interpretation=[{"text": row.band}] if row.band else [],
                derivedFrom=[reference("QuestionnaireResponse", row.pk)],
            )
        )
    return made


def _medication(row: MedicationStatement, subject: Resource | None) -> Resource:
    ended = {"end": row.to_on.isoformat()} if row.to_on else {}
    return resource(
        "MedicationStatement",
        row.pk,
        status="stopped" if row.to_on else "active",
        subject=subject,
        medicationCodeableConcept={"text": row.drug},
        effectivePeriod={"start": row.from_on.isoformat(), **ended},
        dosage=[{"text": f"{row.dose} {row.get_route_display().lower()}, {row.schedule}"}],
        reasonCode=[{"text": row.reason}] if row.reason else [],
    )


def _allergy(row: Allergy, subject: Resource | None) -> Resource:
    return resource(
        "AllergyIntolerance",
        row.pk,
        patient=subject,
        code={"text": row.words},
        reaction=[{"manifestation": [{"text": row.reaction}]}] if row.reaction else [],
    )


def _document(row: ClinicalDocument, subject: Resource | None) -> Resource:
    sections = [
        {
            "title": part.title,
            "text": "\n".join(
                f"{said.label}: {said.words or '; '.join(', '.join(cells) for cells in said.rows)}"
                for said in part.said
            ),
        }
        for part in parts_said(row)
        if part.said
    ]
    return resource(
        "Composition",
        row.pk,
        status="final",
        type={"text": title_of(row)},
        subject=subject,
        date=instant(row.signed_at),
        author=[{"display": row.author.full_name}],
        title=f"{title_of(row)}, version {row.version}",
        section=sections,
    )
