"""Clinical documents of a chart: which there are, begin one, read one, fill in its parts."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, Role, may
from patients.chart import open_row
from patients.discharge_draft import continuing_care_answers
from patients.document_shelf import shelf_of
from patients.document_signing import OWN_PART, family_parts
from patients.document_words import parts_said
from patients.documenting import begin_document, form_of, part_seal, save_part
from patients.documents.definition import Part
from patients.filing import files_of, kinds_added
from patients.forms.document import PartForm
from patients.header import may_open
from patients.models import ClinicalDocument, Signature
from patients.views.frame import Frame, frame_of, open_page

SHELF_FILES = 20
ROWS = ClinicalDocument.objects.select_related("patient__site", "author", "in_error__by")


@requires(Permission.SEE_CLINICAL)
@require_safe
def documents(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_documents", tab="documents")
    return _show_shelf(request, frame)


def _show_shelf(request: HttpRequest, frame: Frame, status: int = 200, said: str = "") -> HttpResponse:
    rows = shelf_of(frame.patient, frame.header.episode, frame.user, frame.day)
    context = frame.context(
        rows=rows,
        said=said,
        release_url=may_open(frame.user, "sessions:release", frame.patient.pk),
        record_url=may_open(frame.user, "sessions:record", frame.patient.pk),
        draft_url=summary_draft_url(frame),
        files=files_of(frame.patient, frame.user)[:SHELF_FILES],
        files_url=reverse("patients:files", args=[frame.patient.pk]),
        may_add=bool(kinds_added(frame.user)),
    )
    return render(request, "patients/documents.html", context, status=status)


def summary_draft_url(frame: Frame) -> str:
    """Where a discharge summary is drafted from the record, for who may write it."""
    return may_open(frame.user, "sessions:summary_draft", frame.patient.pk) if frame.header.episode else ""


@requires(Permission.SEE_CLINICAL)
@require_POST
def document_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins a draft of the kind asked for and opens its first part."""
    frame = open_page(request, pk, verb="chart.read_documents", tab="documents")
    kind, episode = request.POST.get("kind", ""), frame.header.episode
    drafted = {}
    if kind == "continuing_care" and episode is not None:
        drafted = continuing_care_answers(frame.patient, episode, frame.day)
    try:
        draft = begin_document(
            actor=frame.user, patient=frame.patient, kind=kind, now=frame.now, drafted=drafted
        )
    except Refused as refusal:
        return _show_shelf(request, frame, refusal.status, refusal.sentence)
    return redirect("patients:document_part", pk=draft.pk, number=1)


@requires(Permission.SEE_CLINICAL)
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """A document to read: its answers, who signed, what was added."""
    frame, found = open_document(request, pk)
    return show_document(request, frame, found)


def open_document(request: HttpRequest, pk: int) -> tuple[Frame, ClinicalDocument]:
    """The document through the chart's door, with the frame of its chart."""
    found = open_row(request, ROWS, pk, verb="document.read")
    return frame_of(request, found.patient, "documents"), found


def show_document(
    request: HttpRequest, frame: Frame, found: ClinicalDocument, status: int = 200, **more: Any
) -> HttpResponse:
    form = form_of(found)
    signatures = list(found.signatures.all())
    signed = {signature.part for signature in signatures}
    context = frame.context(
        document=found,
        form_of=form,
        parts=parts_said(found),
        signatures=signatures,
        addenda=list(found.addenda.select_related("author")),
        in_error=getattr(found, "in_error", None),
        may_write=may(frame.user.role, Permission(form.written_by)),
        family_parts=family_parts(found),
        waits_for_cosignature=found.needs_cosignature and Signature.Part.SUPERVISOR not in signed,
        may_cosign=OWN_PART.get(Role(frame.user.role), "") not in {"", *signed},
        **more,
    )
    return render(request, "patients/document.html", context, status=status)


@requires(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def document_part(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One part of a draft. Saved as it is typed; without script by its button, which goes on."""
    frame, found = open_document(request, pk)
    parts = form_of(found).parts
    if not 1 <= number <= len(parts):
        raise Http404
    if found.signed_at is not None:
        return redirect("patients:document", pk=pk)
    part = parts[number - 1]
    data = request.POST if request.method == "POST" else None
    form = PartForm(data, part=part, answers=found.answers, seen=part_seal(found, part))
    status = _save(frame, found, part, form) if data is not None else 200
    if request.htmx:  # type: ignore[attr-defined]
        return _saved_line(request, frame, found, part, form, status)
    if not status:
        return _onward(request, found, number, len(parts))
    context = _part_context(frame, found, part, number, form)
    return render(request, "patients/document_form.html", context, status=status)


def _save(frame: Frame, found: ClinicalDocument, part: Part, form: PartForm) -> int:
    return form.attempt(
        lambda said: save_part(
            actor=frame.user,
            document=found,
            part=part,
            answers=form.answers(),
            seen=said["seen"],
            now=frame.now,
        )
    )


def _saved_line(
    request: HttpRequest, frame: Frame, found: ClinicalDocument, part: Part, form: PartForm, status: int
) -> HttpResponse:
    """The line beside the buttons: saved at what time, or why not; with the mark for the next save."""
    found.refresh_from_db()
    context = frame.context(
        document=found, form=form, status=status, seen=part_seal(found, part), autosaved=True
    )
    return render(request, "patients/_document_saved.html", context, status=status or 200)


def _onward(request: HttpRequest, found: ClinicalDocument, number: int, count: int) -> HttpResponse:
    then = request.POST.get("save-then", "")
    if then == "rows":
        return redirect("patients:document_part", pk=found.pk, number=number)
    if number < count and then != "close":
        return redirect("patients:document_part", pk=found.pk, number=number + 1)
    messages.success(request, "Draft saved.")
    return redirect("patients:document", pk=found.pk)


def _part_context(
    frame: Frame, found: ClinicalDocument, part: Part, number: int, form: PartForm
) -> dict[str, Any]:
    return frame.context(
        document=found,
        form_of=form_of(found),
        parts=parts_said(found),
        part=part,
        number=number,
        form=form,
        seen=part_seal(found, part),
    )
