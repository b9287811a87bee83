"""One line of the medication list: started, changed, stopped, taken out; and names to choose from."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.sites import require_site
from iop_clinic.forms import ClinicForm
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.medication import ErrorForm, MedicationChangeForm, MedicationForm, MedicationStopForm
from patients.medicating import change_medication, drug_names, start_medication, stop_medication, take_out
from patients.medication_list import line_of
from patients.models import MedicationStatement
from patients.views.frame import Frame, frame_of, open_page

LONGEST = 40


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def medication_new(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_medication", tab="medication")
    data, status = request.POST if request.method == "POST" else None, 200
    form = MedicationForm(data, day=frame.day)
    if data is not None:
        status = form.attempt(
            lambda said: start_medication(actor=frame.user, patient=frame.patient, now=frame.now, **said)
        )
    if not status:
        messages.success(request, f"{form.cleaned_data['drug']} is on the list.")
        return redirect("patients:medication", pk=pk)
    context = frame.context(form=form, names=drug_names(frame.patient.site, ""))
    return render(request, "patients/medication_new.html", context, status=status)


@requires(Permission.RECORD_MEDICATION)
@require_safe
def medication_names(request: HttpRequest) -> HttpResponse:
    """Names this site has written down that begin as typed: options for the field, of no one patient."""
    typed = request.GET.get("drug", "")[:LONGEST].strip()
    names = drug_names(require_site(request), typed)
    return render(request, "patients/_medication_names.html", {"names": names})


Deed = Callable[[Frame, MedicationStatement, dict[str, Any]], object]


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def medication_change(request: HttpRequest, pk: int) -> HttpResponse:
    frame, statement = _open(request, pk)
    form = MedicationChangeForm(_typed(request), statement=statement, day=frame.day)
    return _line(request, frame, statement, form, "change", _change)


def _change(frame: Frame, statement: MedicationStatement, said: dict[str, Any]) -> object:
    return change_medication(actor=frame.user, statement=statement, now=frame.now, **said)


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def medication_stop(request: HttpRequest, pk: int) -> HttpResponse:
    frame, statement = _open(request, pk)
    form = MedicationStopForm(_typed(request), day=frame.day)
    return _line(request, frame, statement, form, "stop", _stop)


def _stop(frame: Frame, statement: MedicationStatement, said: dict[str, Any]) -> object:
    return stop_medication(actor=frame.user, statement=statement, now=frame.now, **said)


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def medication_error(request: HttpRequest, pk: int) -> HttpResponse:
    frame, statement = _open(request, pk)
    return _line(request, frame, statement, ErrorForm(_typed(request)), "error", _take_out)


def _take_out(frame: Frame, statement: MedicationStatement, said: dict[str, Any]) -> object:
    return take_out(actor=frame.user, statement=statement, now=frame.now, **said)


DONE = {"change": "changed", "stop": "stopped", "error": "taken out"}


def _open(request: HttpRequest, pk: int) -> tuple[Frame, MedicationStatement]:
    rows = MedicationStatement.objects.select_related("patient__site", "recorded_by", "ended_by")
    statement = open_row(request, rows, pk, verb="medication.read")
    return frame_of(request, statement.patient, "medication"), statement


def _typed(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _line(
    request: HttpRequest,
    frame: Frame,
    statement: MedicationStatement,
    form: ClinicForm,
    what: str,
    deed: Deed,
) -> HttpResponse:
    """The page of one line with one form: the deed is done, or what was typed stays."""
    status = 200
    if form.is_bound:
        status = form.attempt(lambda said: deed(frame, statement, said))
    if not status:
        messages.success(request, f"{statement.words}: {DONE[what]}.")
        return redirect("patients:medication", pk=statement.patient_id)
    context = frame.context(form=form, statement=statement, line=line_of(statement), what=what)
    return render(request, f"patients/medication_{what}.html", context, status=status)
