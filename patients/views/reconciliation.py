"""The list gone through with someone: one page to do and sign it, one to read it later."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission, Role
from patients.chart import open_row
from patients.forms.reconciliation import ReconciliationForm
from patients.medication_page import MedicationPage, medication_page
from patients.models import Reconciliation
from patients.reconciling import reconcile
from patients.views.frame import Frame, frame_of, open_page


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def reconciliation_new(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_medication", tab="medication")
    page, status = _page(frame), 200
    form = _form(frame, page, request.POST if request.method == "POST" else None)
    if form.is_bound:
        status = form.attempt(lambda said: _sign(frame, form, said))
        if status == 409:
            page = _page(frame)
            form = _again(frame, page, form, request.POST)
    if not status:
        messages.success(request, "Signed. The list is as you left it.")
        return redirect("patients:medication", pk=pk)
    context = frame.context(form=form, page=page)
    return render(request, "patients/reconciliation_new.html", context, status=status)


def _page(frame: Frame) -> MedicationPage:
    return medication_page(frame.patient, None, frame.day)


def _form(frame: Frame, page: MedicationPage, data: Any) -> ReconciliationForm:
    is_prescriber = frame.user.role == Role.PRESCRIBER
    return ReconciliationForm(data, lines=page.running, seen=page.seen, day=frame.day, at_visit=is_prescriber)


def _again(frame: Frame, page: MedicationPage, refused: ReconciliationForm, data: Any) -> ReconciliationForm:
    """The list as it is by now with what was typed, and why it was not signed."""
    form = _form(frame, page, None)
    form = _form(frame, page, form.seen_anew(data, page.seen))
    form.is_valid()
    for sentence in refused.non_field_errors():
        form.add_error(None, sentence)
    return form


def _sign(frame: Frame, form: ReconciliationForm, said: dict[str, Any]) -> object:
    lines = [line.said() for line in form.lines]
    return reconcile(actor=frame.user, patient=frame.patient, lines=lines, now=frame.now, **said)


@requires(Permission.SEE_CLINICAL)
@require_safe
def reconciliation(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Reconciliation.objects.select_related("patient__site", "signed_by")
    row = open_row(request, rows, pk, verb="medication.read_review")
    frame = frame_of(request, row.patient, "medication")
    lines = row.lines.select_related("statement__follows")
    context = frame.context(review=row, lines=lines, reports=row.reports.all())
    return render(request, "patients/reconciliation.html", context)
