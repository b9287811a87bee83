"""FHIR R4 shapes as plain dicts: what every room's resources are made with. Names: domain reference 11.

Ids are `Kind-number` inside one bundle; nothing here is validated against a profile.
"""

from collections.abc import Iterable
from datetime import date, datetime
from html import escape
from typing import Any

from iop_clinic.clock import as_utc

Resource = dict[str, Any]
LOINC = "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
TERMS = "http://terminology.hl7.org/CodeSystem"
PART2 = {
    "security": [
        {"system": CONFIDENTIALITY, "code": "R"},
        {"system": ACT_CODE, "code": "42CFRPart2"},
    ]
}


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return as_utc(at).replace(microsecond=0).isoformat() if at is not None else None


def period(start: date | datetime, end: date | datetime | None = None) -> Resource:
    """From, and to where it has ended."""
    return {"start": _said(start)} | ({"end": _said(end)} if end is not None else {})


def _said(at: date | datetime) -> str | None:
    return instant(at) if isinstance(at, datetime) else at.isoformat()


def reference(kind: str, pk: int | str | None) -> Resource | None:
    return {"reference": f"{kind}/{kind}-{pk}"} if pk is not None else None


def coded(system: str, code: str, text: str = "") -> Resource:
    """A CodeableConcept of one code, or of its words alone where there is no code."""
    coding = [{"system": system, "code": code} | ({"display": text} if text else {})] if code else []
    return ({"coding": coding} if coding else {}) | ({"text": text} if text else {})


def narrative(words: str) -> Resource:
    """Words as FHIR wants text: XHTML, with nothing in it but the words and their line breaks."""
    lines = "<br/>".join(escape(line) for line in words.split("\n"))
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>'}


def resource(kind: str, pk: int | str, **content: Any) -> Resource:
    """One resource; what is None or empty is left out."""
    kept = {key: value for key, value in content.items() if value not in (None, "", [], {})}
    return {"resourceType": kind, "id": f"{kind}-{pk}", **kept}


def collection(resources: Iterable[Resource], *, base: str, at: datetime, is_part2: bool) -> Resource:
    """A Bundle of type collection; a reference resolves against `base`, the root of every fullUrl."""
    entries = [{"fullUrl": f"{base}/{row['resourceType']}/{row['id']}", "resource": row} for row in resources]
    labels = {"meta": PART2} if is_part2 else {}
    return {
        "resourceType": "Bundle",
        "type": "collection",
        **labels,
        "timestamp": instant(at),
        "entry": entries,
    }
