"""A clinical document as a sheet of paper."""

from datetime import datetime

from iop_clinic.paper.sheet import Block, Points, Section, Sheet, Signed, Table, Words
from patients.document_words import PartSaid, Said, parts_said
from patients.documenting import form_of
from patients.models import ClinicalDocument, Signature
from patients.paper import instant_in_words, sheet_of


def document_sheet(document: ClinicalDocument, *, now: datetime, notice: str = "") -> Sheet:
    """The document as signed, with what was added later; a draft says so. Prefetch both."""
    patient, tz_name = document.patient, document.patient.site.time_zone
    signed = (
        instant_in_words(document.signed_at, tz_name) if document.signed_at is not None else "Not signed yet"
    )
    sections = [_part_section(part) for part in parts_said(document) if part.said]
    if form_of(document).in_portal:
        sections.append(CRISIS_LINES)
    addenda = tuple(
        Words(addendum.text, f"{addendum.get_kind_display()}, {addendum.author.full_name}, {written}")
        for addendum in document.addenda.all()
        if (written := instant_in_words(addendum.written_at, tz_name))
    )
    if addenda:
        sections.append(Section("Added later", addenda))
    return sheet_of(
        patient,
        title=form_of(document).title,
        facts=(
            ("Version", str(document.version)),
            ("Signed", signed),
            ("Written by", document.author.full_name),
        ),
        sections=tuple(sections),
        now=now,
        mark="" if document.signed_at else "Draft",
        notice=notice,
        signatures=tuple(signed_line(row, tz_name) for row in document.signatures.all()),
    )


CRISIS_LINES = Section(
    "If I might hurt myself or someone else",
    (Words("Call or text 988, any time. In danger now: 911."),),
)


def _part_section(part: PartSaid) -> Section:
    return Section(part.title, tuple(_block(said) for said in part.said))


def _block(said: Said) -> Block:
    if said.rows and len(said.heads) == 1:
        return Points(tuple(row[0] for row in said.rows), said.label)
    if said.rows:
        return Table(said.heads, said.rows, said.label)
    return Words(said.words, said.label)


def signed_line(row: Signature, tz_name: str) -> Signed:
    part = f"{row.get_part_display()}, {row.credential}" if row.credential else row.get_part_display()
    when = f"{instant_in_words(row.signed_at, tz_name)}. {row.get_way_display()}"
    return Signed(row.signed_name, part, f"{when}: {row.reason}" if row.reason else when, row.drawing)
