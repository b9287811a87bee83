"""Measures, medication, allergies and toxicology as FHIR R4 shapes."""

from decimal import Decimal

from iop_clinic.fhir import LOINC, TERMS, Resource, coded, instant, period, reference, resource
from patients.models import Allergy, MedicationStatement, Patient, Response, ToxLine
from patients.offering import in_our_words
from patients.record.health import band_name, finished
from patients.scoring import Instrument, Scale

CATEGORY = f"{TERMS}/observation-category"
# "Expected" is about the prescription; the result itself is positive or negative.
TOX_CODES = {"positive": "POS", "negative": "NEG"}


def health_resources(patient: Patient) -> list[Resource]:
    """Five queries, one more where the words of a measure come from a text pack."""
    subject = reference("Patient", patient.pk)
    rows = finished(patient)
    words = in_our_words({row.instrument_code for row in rows})
    lines = ToxLine.objects.filter(screen__patient=patient, screen__error_at__isnull=True)
    allergies = patient.allergies.exclude(ending=Allergy.Ending.ERROR)
    return [
        *(made for row in rows for made in _measure(row, words.get(row.instrument_code), subject)),
        *(_medication(row, subject) for row in patient.medications.true()),
        *(_allergy(row, subject) for row in allergies),
        *(_tox_line(row, subject) for row in lines.select_related("screen").order_by("pk")),
    ]


def _measure(row: Response, instrument: Instrument | None, subject: Resource | None) -> list[Resource]:
    """The answers, then each result: the total, subscales, or a word."""
    texts = {item.id: item.text for item in instrument.items} if instrument else {}
    complete = row.state == Response.State.COMPLETE
    answered = resource(
        "QuestionnaireResponse",
        row.pk,
        questionnaire=f"urn:iop-clinic:instrument:{row.instrument_code}|{row.instrument_version}",
        status="completed" if complete else "stopped",
        subject=subject,
        authored=instant(row.finished_at),
        item=[
            {"linkId": key}
            | ({"text": texts[key]} if texts.get(key) else {})
            | {"answer": [{"valueInteger": value}]}
            for key, value in row.answers.items()
            if value is not None
        ],
    )
    return [answered, *_results(row, instrument, subject)]


def _results(row: Response, instrument: Instrument | None, subject: Resource | None) -> list[Resource]:
    name = instrument.name if instrument else row.instrument_code
    scales = {scale.id: scale for scale in instrument.scales} if instrument else {}
    made = [_result(row, key, value, name, scales.get(key), subject) for key, value in row.results.items()]
    band = band_name(row, instrument)
    if band:
        made[0]["interpretation"] = [{"text": band}]  # the total comes first, and a band is of a total
    if row.outcome and instrument is not None:
        names = {outcome.key: outcome.name for outcome in instrument.outcomes}
        code = coded(LOINC, instrument.outcome_loinc, f"{name} result")
        said = {"valueString": names.get(row.outcome, row.outcome)}
        made.append(_survey(row, "outcome", code, subject) | said)
    return made


def _result(
    row: Response, key: str, value: Decimal, name: str, scale: Scale | None, subject: Resource | None
) -> Resource:
    words = f"{name} {scale.name if scale is not None and key != 'total' else key}"
    code = coded(LOINC, scale.loinc if scale else "", words)
    return _survey(row, key, code, subject) | {"valueQuantity": {"value": float(value)}}


def _survey(row: Response, key: str, code: Resource, subject: Resource | None) -> Resource:
    return resource(
        "Observation",
        f"{row.pk}-{key.replace('_', '-')}",
        status="final",
        category=[coded(CATEGORY, "survey")],
        code=code,
        subject=subject,
        effectiveDateTime=instant(row.finished_at),
        derivedFrom=[reference("QuestionnaireResponse", row.pk)],
    )


def _medication(row: MedicationStatement, subject: Resource | None) -> Resource:
    return resource(
        "MedicationStatement",
        row.pk,
        status="stopped" if row.ended_at else "completed" if row.to_on else "active",
        medicationCodeableConcept={"text": row.drug},
        subject=subject,
        effectivePeriod=period(row.from_on, row.to_on),
        dateAsserted=instant(row.recorded_at),
        reasonCode=[{"text": row.reason}] if row.reason else [],
        dosage=[
            {
                "text": f"{row.dose} {row.get_route_display().lower()}, {row.schedule}",
                "asNeededBoolean": row.as_needed,
            }
        ],
    )


def _allergy(row: Allergy, subject: Resource | None) -> Resource:
    standing = "resolved" if row.ended_at else "active"
    reaction = {"manifestation": [{"text": row.reaction}]} if row.reaction else {}
    if reaction and row.severity != Allergy.Severity.UNKNOWN:
        reaction["severity"] = row.severity  # type: ignore[assignment]
    return resource(
        "AllergyIntolerance",
        row.pk,
        clinicalStatus=coded(f"{TERMS}/allergyintolerance-clinical", standing),
        code={"text": row.words},
        patient=subject,
        recordedDate=instant(row.recorded_at),
        reaction=[reaction] if reaction else [],
    )


def _tox_line(row: ToxLine, subject: Resource | None) -> Resource:
    code = TOX_CODES.get(row.result, "")
    screen = row.screen
    return resource(
        "Observation",
        f"tox-{row.pk}",
        status="registered" if row.result == ToxLine.Result.PENDING else "final",
        category=[coded(CATEGORY, "laboratory")],
        code={"text": f"{row.substance}, {screen.get_kind_display().lower()}"},
        subject=subject,
        effectiveDateTime=instant(screen.collected_at),
        valueString=row.get_result_display(),
        interpretation=[coded(f"{TERMS}/v3-ObservationInterpretation", code)] if code else [],
        note=[{"text": text} for text in (row.get_confirmation_display(), screen.note) if text],
    )
