"""Files on a chart: taken in by size and by what their first bytes say, kept, and marked when wrong.

The name someone typed is never kept or used; who may see a kind: domain reference 8.6.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.filestore import forget_file, keep_file
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from patients.models import Patient, Upload, UploadInError

Kind = Upload.Kind
# Cards the desk and the biller work with; everything else is the treating team's.
CARDS = (Kind.ID_CARD, Kind.INSURANCE_CARD)
SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif"}
LONGEST_TITLE = 120


class Sent(Protocol):
    """A file as a form hands it over; its name is not asked for."""

    size: int | None

    def chunks(self) -> Iterable[bytes]: ...


def kinds_seen(user: User) -> list[str]:
    """Kinds this person may open."""
    if may(user.role, Permission.SEE_CLINICAL):
        return list(Kind.values)
    return [kind.value for kind in CARDS] if may(user.role, Permission.SEE_COVERAGE) else []


def kinds_added(user: User) -> list[str]:
    """Kinds this person may add or mark as wrong: what they see, where their role writes at all."""
    writes = may(user.role, Permission.SEE_CLINICAL) or may(user.role, Permission.EDIT_PATIENTS)
    return kinds_seen(user) if writes else []


def files_of(patient: Patient, user: User) -> QuerySet[Upload]:
    """The chart's files this person may open, newest first."""
    return patient.uploads.shown().filter(kind__in=kinds_seen(user)).select_related("uploaded_by")


def content_type_of(start: bytes) -> str:
    """The type the first bytes say, or an empty string for one that is not taken."""
    return next((kind for mark, kind in SIGNATURES if start.startswith(mark)), "")


def add_file(*, actor: User, patient: Patient, kind: str, title: str, sent: Sent) -> Upload:
    """Put a file on the chart; the same bytes on the same chart twice are one, while it is shown.

    Refused 422 for a kind that is not this person's to add, 413 over the clinic's size, 415 for another type.
    The bytes are stored first; where the row cannot be saved they are taken away again.
    """
    if kind not in kinds_added(actor):
        raise Refused("Choose what kind of file it is.", status=422, kind="Choose one.")
    if not title.strip() or len(title.strip()) > LONGEST_TITLE:
        raise Refused("Say what it is.", status=422, title="Say what it is, in a few words.")
    content = b"".join(sent.chunks())
    content_type = _checked(content)
    digest = hashlib.sha256(content).hexdigest()
    stored_name = keep_file(content)
    try:
        made, is_new = _filed(
            actor=actor,
            patient=patient,
            kind=kind,
            title=title.strip(),
            content_type=content_type,
            byte_count=len(content),
            sha256=digest,
            stored_name=stored_name,
        )
    except BaseException:
        forget_file(stored_name)
        raise
    if not is_new:
        forget_file(stored_name)
    return made


def _checked(content: bytes) -> str:
    """The content's type. Refused for nothing, too much, or a type that is not taken."""
    most = settings.UPLOAD_MEGABYTES
    if not content:
        raise Refused("The file is empty.", status=422, file="The file is empty.")
    if len(content) > most * 1_000_000:
        said = f"The file is larger than {most} MB."
        raise Refused(said, status=413, file=said)
    content_type = content_type_of(content[:16])
    if not content_type:
        said = "Only PDF, JPEG, PNG and TIFF files are taken, whatever the file is called."
        raise Refused(said, status=415, file=said)
    return content_type


@transaction.atomic
def _filed(*, actor: User, patient: Patient, sha256: str, **fields: object) -> tuple[Upload, bool]:
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    same = Upload.objects.shown().filter(patient=patient, sha256=sha256, kind=fields["kind"]).first()
    if same is not None:
        return same, False
    made = Upload.objects.create(patient=patient, uploaded_by=actor, sha256=sha256, **fields)
    record(actor, "patients.add_file", made)
    return made, True


@transaction.atomic
def mark_file_wrong(*, actor: User, upload: Upload, reason: str, now: datetime) -> UploadInError:
    """Hide a file that does not belong here, with the reason; it is kept. Twice changes nothing.

    Refused 403 for a kind that is not this person's, 422 without a reason.
    """
    held = Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
    if held.kind not in kinds_added(actor):
        raise Refused("Your role does not change this file.", status=403)
    if not reason.strip():
        raise Refused("Say what is wrong with it.", status=422, reason="Say what is wrong with it.")
    marked = UploadInError.objects.filter(upload=held).first()
    if marked is not None:
        return marked
    marked = UploadInError.objects.create(upload=held, reason=reason.strip(), by=actor, at=now)
    record(actor, "patients.mark_file_wrong", marked)
    return marked


def download_name(upload: Upload) -> str:
    """ "chart-1042-insurance-card-17.pdf": from our own words and numbers only."""
    kind = upload.kind.replace("_", "-")
    return f"chart-{upload.patient.record_number}-{kind}-{upload.pk}.{ENDINGS[upload.content_type]}"


def with_rows(names: list[str]) -> set[str]:
    """Those of these stored names that belong to a file of some chart; shown or not, it is kept."""
    return set(Upload.objects.filter(stored_name__in=names).values_list("stored_name", flat=True))
