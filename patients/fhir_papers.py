"""Signed documents, what was added to them, files and consents as FHIR R4 shapes."""

from iop_clinic.fhir import (
    ACT_CODE,
    LOINC,
    TERMS,
    Resource,
    coded,
    instant,
    narrative,
    period,
    reference,
    resource,
)
from patients.document_words import parts_said, title_of
from patients.models import Addendum, ClinicalDocument, Consent, Patient, Upload
from patients.record.papers import name_in_archive, shown_files, signed_consents, signed_documents

CONSENT_DOCUMENT = "59284-0"


def paper_resources(patient: Patient) -> list[Resource]:
    """Five queries."""
    subject = reference("Patient", patient.pk)
    return [
        *(made for row in signed_documents(patient) for made in _document(row, subject)),
        *(_file(row, subject) for row in shown_files(patient)),
        *(_consent(row, subject) for row in signed_consents(patient)),
    ]


def _document(row: ClinicalDocument, subject: Resource | None) -> list[Resource]:
    """The document as sections, the printed page it stands on, and each addendum."""
    title = f"{title_of(row)}, version {row.version}"
    composed = resource(
        "Composition",
        row.pk,
        status="final",
        type={"text": title_of(row)},
        subject=subject,
        date=instant(row.signed_at),
        author=[{"display": row.author.full_name}],
        title=title,
        attester=[
            {"mode": "professional", "time": instant(one.signed_at), "party": {"display": one.signed_name}}
            for one in row.signatures.all()
            if one.way != one.Way.NONE
        ],
        section=_sections(row),
    )
    printed = resource(
        "DocumentReference",
        row.pk,
        status="current",
        docStatus="final",
        type={"text": title_of(row)},
        subject=subject,
        date=instant(row.signed_at),
        author=[{"display": row.author.full_name}],
        description=title,
        content=[{"attachment": {"contentType": "application/pdf", "url": "record.pdf", "title": title}}],
        context={"related": [reference("Composition", row.pk)]},
    )
    return [composed, printed, *(_addendum(one, row, subject) for one in row.addenda.all())]


def _sections(row: ClinicalDocument) -> list[Resource]:
    """Each part with its questions and answers, one a line."""
    return [
        {
            "title": part.title,
            "text": narrative("\n".join(_line(said.label, said.words, said.rows) for said in part.said)),
        }
        for part in parts_said(row)
        if part.said
    ]


def _line(label: str, words: str, rows: tuple[tuple[str, ...], ...]) -> str:
    return f"{label}: {words or '; '.join(', '.join(cell for cell in cells if cell) for cells in rows)}"


def _addendum(one: Addendum, row: ClinicalDocument, subject: Resource | None) -> Resource:
    return resource(
        "Composition",
        f"addendum-{one.pk}",
        status="final",
        type={"text": one.get_kind_display()},
        subject=subject,
        date=instant(one.written_at),
        author=[{"display": one.author.full_name}],
        title=f"{one.get_kind_display()} to {title_of(row)}, version {row.version}",
        relatesTo=[{"code": "appends", "targetReference": reference("Composition", row.pk)}],
        section=[{"title": one.get_kind_display(), "text": narrative(one.text)}],
    )


def _file(row: Upload, subject: Resource | None) -> Resource:
    """Its bytes lie beside the bundle, under `files/`."""
    attachment = {
        "contentType": row.content_type,
        "url": name_in_archive(row),
        "size": row.byte_count,
        "title": row.title,
        "creation": instant(row.uploaded_at),
    }
    return resource(
        "DocumentReference",
        f"file-{row.pk}",
        identifier=[{"system": "urn:iop-clinic:sha256", "value": row.sha256}],
        status="current",
        type={"text": row.get_kind_display()},
        subject=subject,
        date=instant(row.uploaded_at),
        description=row.title,
        content=[{"attachment": attachment}],
    )


def _consent(row: Consent, subject: Resource | None) -> Resource:
    scope = "treatment" if row.kind == Consent.Kind.TREATMENT else "patient-privacy"
    actors = [{"display": name} for name in row.recipient_names]
    return resource(
        "Consent",
        row.pk,
        status="inactive" if row.revoked_at else "active",
        scope=coded(f"{TERMS}/consentscope", scope),
        category=[coded(LOINC, CONSENT_DOCUMENT, str(row.get_kind_display()))],
        patient=subject,
        dateTime=row.signed_on.isoformat() if row.signed_on else None,
        performer=[{"display": row.signed_name}],
        policyRule=coded(ACT_CODE, "", row.wording_version),
        provision=_provision(row, actors),
    )


def _provision(row: Consent, actors: list[Resource]) -> Resource:
    if not row.is_release or row.signed_on is None:
        return {}
    role = coded(f"{TERMS}/v3-ParticipationType", "IRCP")
    return {
        "type": "permit",
        "period": period(row.signed_on, row.expires_on),
        **({"actor": [{"role": role, "reference": one} for one in actors]} if actors else {}),
        "purpose": [{"system": "urn:iop-clinic:purpose", "code": row.purpose}],
        "class": [{"system": "urn:iop-clinic:scope", "code": one} for one in row.scopes],
    }
