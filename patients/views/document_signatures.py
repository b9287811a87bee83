"""Signatures of a document, what is added to it later, and taking one out that is about someone else."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.sure import asks_again
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.document_signing import cosign_document, family_parts, sign_as_patient, sign_document
from patients.document_words import parts_said
from patients.documenting import add_addendum, form_of, mark_in_error
from patients.forms.document import AddendumForm, InErrorForm, PatientSignatureForm
from patients.models import ClinicalDocument, Signature
from patients.views.documents import open_document, show_document
from patients.views.frame import Frame


@requires(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def document_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """Signing asks who you are again: the author a draft, supervisor and prescriber what is signed."""
    frame, found = open_document(request, pk)
    return _sign(request, frame, found)


@asks_again
def _sign(request: HttpRequest, frame: Frame, found: ClinicalDocument) -> HttpResponse:
    said, status, form = "", 200, form_of(found)
    if request.method == "POST":
        verb = sign_document if found.signed_at is None else cosign_document
        try:
            verb(actor=frame.user, document=found, now=frame.now)
        except Refused as refusal:
            said, status = refusal.sentence, refusal.status
        else:
            messages.success(request, f"{form.title} signed.")
            return redirect("patients:document", pk=found.pk)
    context = frame.context(
        document=found,
        form_of=form,
        parts=parts_said(found),
        open_questions=[
            (question, form.part_number(question.id)) for question in form.open_questions(found.answers)
        ],
        said=said,
    )
    return render(request, "patients/document_signature.html", context, status=status)


@requires(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def document_patient_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """The patient signs on this screen, or it is written down how or why not."""
    frame, found = open_document(request, pk)
    data = request.POST if request.method == "POST" else None
    if data is not None:
        frame.demand(Permission(form_of(found).written_by))
    form = PatientSignatureForm(data, initial=_who_signs(found))
    status = 200
    if data is not None:
        status = form.attempt(
            lambda said: sign_as_patient(actor=frame.user, document=found, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "Signature kept.")
            return redirect("patients:document", pk=pk)
    context = frame.context(document=found, form_of=form_of(found), parts=parts_said(found), form=form)
    return render(request, "patients/document_patient_signature.html", context, status=status)


def _who_signs(found: ClinicalDocument) -> dict[str, str]:
    """The patient by their legal name, or, once they have signed, the guardian, whose name is asked."""
    if family_parts(found)[:1] == [Signature.Part.GUARDIAN]:
        return {"part": Signature.Part.GUARDIAN}
    return {"signed_name": f"{found.patient.given_name} {found.patient.family_name}"}


@requires(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def document_addendum(request: HttpRequest, pk: int) -> HttpResponse:
    frame, found = open_document(request, pk)
    form, status = AddendumForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: add_addendum(actor=frame.user, document=found, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "Added. The original stays as it was signed.")
            return redirect("patients:document", pk=pk)
    return show_document(request, frame, found, status, addendum_form=form)


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def document_in_error(request: HttpRequest, pk: int) -> HttpResponse:
    frame, found = open_document(request, pk)
    form, status = InErrorForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: mark_in_error(actor=frame.user, document=found, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "Taken out of the chart. It is kept, with the reason.")
            return redirect("patients:documents", pk=found.patient_id)
    return show_document(request, frame, found, status, error_form=form)
