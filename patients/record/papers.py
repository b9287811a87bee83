"""Signed documents with what was added, consents, what was given out, and files."""

from iop_clinic.tables import Cell, Table, table_of
from patients.accounting import disclosures_of
from patients.document_words import parts_said, title_of
from patients.filing import ENDINGS
from patients.models import ClinicalDocument, Consent, Patient, Upload


def paper_tables(patient: Patient) -> list[Table]:
    """Seven tables in six queries."""
    return [*_documents(patient), _consents(patient), _disclosures(patient), _files(patient)]


def signed_documents(patient: Patient) -> list[ClinicalDocument]:
    """Every signed version of every document, the oldest first; three queries."""
    rows = patient.documents.signed().select_related("author")
    found = list(rows.prefetch_related("addenda__author", "signatures").order_by("signed_at", "pk"))
    for document in found:
        document.patient = patient
    return found


def shown_files(patient: Patient) -> list[Upload]:
    """The chart's files, the oldest first; none that was put on it by mistake."""
    return list(patient.uploads.shown().select_related("uploaded_by").order_by("uploaded_at", "pk"))


def name_in_archive(upload: Upload) -> str:
    """ "files/insurance-card-17.pdf": from our own words and numbers only."""
    return f"files/{upload.kind.replace('_', '-')}-{upload.pk}.{ENDINGS[upload.content_type]}"


def _version(document: ClinicalDocument) -> str:
    return f"{title_of(document)}, version {document.version}"


def _documents(patient: Patient) -> list[Table]:
    rows = signed_documents(patient)
    answers = tuple(line for row in rows for line in _said(row))
    signatures = [(row, one) for row in rows for one in row.signatures.all()]
    addenda = [(row, one) for row in rows for one in row.addenda.all()]
    return [
        table_of(
            "documents",
            "Documents",
            rows,
            {
                "Document": title_of,
                "Version": "version",
                "Written by": "author.full_name",
                "Signed": "signed_at",
            },
        ),
        Table("document-answers", "What documents say", ("Document", "Part", "Question", "Answer"), answers),
        table_of(
            "document-signatures",
            "Signatures of documents",
            signatures,
            {
                "Document": lambda pair: _version(pair[0]),
                "Name": lambda pair: pair[1].signed_name,
                "Signed as": lambda pair: pair[1].get_part_display(),
                "Credential": lambda pair: pair[1].credential,
                "How": lambda pair: pair[1].get_way_display(),
                "Why not": lambda pair: pair[1].reason,
                "At": lambda pair: pair[1].signed_at,
            },
        ),
        table_of(
            "document-addenda",
            "What was added to documents",
            addenda,
            {
                "Document": lambda pair: _version(pair[0]),
                "Kind": lambda pair: pair[1].get_kind_display(),
                "Text": lambda pair: pair[1].text,
                "Why": lambda pair: pair[1].reason,
                "About the day": lambda pair: pair[1].about_on,
                "By": lambda pair: pair[1].author.full_name,
                "At": lambda pair: pair[1].written_at,
            },
        ),
    ]


def _said(document: ClinicalDocument) -> list[tuple[Cell, ...]]:
    version = _version(document)
    return [
        (version, part.title, said.label, said.words or "\n".join(", ".join(cells) for cells in said.rows))
        for part in parts_said(document)
        for said in part.said
    ]


def signed_consents(patient: Patient) -> list[Consent]:
    rows = patient.consents.filter(signed_on__isnull=False).select_related("related_person")
    return list(rows.order_by("signed_on", "pk"))


def _consents(patient: Patient) -> Table:
    return table_of(
        "consents",
        "Consents",
        signed_consents(patient),
        {
            "Number": "pk",
            "Consent": "words",
            "What": lambda row: ", ".join(_labels(row, "scopes", row.scopes)),
            "In words": "scope_words",
            "To whom": "recipient_names",
            "To whom, by kind": lambda row: ", ".join(
                _labels(row, "recipient_classes", row.recipient_classes)
            ),
            "By way of": "intermediary",
            "Why": "purpose",
            "Why, in words": "purpose_words",
            "Signed on": "signed_on",
            "Signed by": "signed_name",
            "Signed as": "signed_as",
            "How": "way",
            "Holds until": "expires_on",
            "Holds until this happens": "expires_event",
            "Ends with treatment": "ends_with_treatment",
            "Taken back": "revoked_at",
            "Taken back how": "revoked_how",
        },
        ("Number", "Consent", "What", "Why", "Signed on", "Holds until", "Taken back"),
    )


def _labels(row: Consent, name: str, values: list[str]) -> list[str]:
    said = dict(Consent._meta.get_field(name).base_field.choices)  # type: ignore[union-attr]
    return [str(said.get(value, value)) for value in values]


def _disclosures(patient: Patient) -> Table:
    """All that was given out, more than the accounting asks for; not yet the giving of this record."""
    return table_of(
        "disclosures",
        "What was given out, and to whom",
        disclosures_of(patient).order_by("at", "pk"),
        {
            "At": "at",
            "To whom": "recipient",
            "Who they are": "recipient_kind",
            "By way of": "intermediary",
            "Why": "purpose",
            "What": "scope_list",
            "In words": "what",
            "Allowed by": "basis",
            "Consent number": "consent_id",
            "Reason": "reason",
            "Substance-use record (42 CFR Part 2)": "is_part2",
            "By": "by.full_name",
        },
        ("At", "To whom", "Why", "What", "Allowed by", "By"),
    )


def _files(patient: Patient) -> Table:
    return table_of(
        "files",
        "Files",
        shown_files(patient),
        {
            "In this archive": name_in_archive,
            "What it is": "title",
            "Kind": "kind",
            "Type": "content_type",
            "Bytes": "byte_count",
            "Put on the chart": "uploaded_at",
            "SHA-256": "sha256",
        },
        ("In this archive", "What it is", "Kind", "Put on the chart"),
    )
