"""Charts that may be the same person as this one; one of them is to be used."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.audit.trail import record
from iop_clinic.forms import ClinicForm
from iop_clinic.roles import Permission
from patients.chart import open_chart
from patients.duplicates import duplicates_of, use_other_chart
from patients.models import Patient
from patients.views.frame import Frame, open_page


@requires(Permission.EDIT_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def duplicates(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `chart`: the number of the one to use instead of this one; empty takes it back."""
    frame = open_page(request, pk, verb="chart.read_duplicates", tab="")
    form, status = ClinicForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        other = _other(request)
        status = form.attempt(
            lambda said: use_other_chart(actor=frame.user, patient=frame.patient, other=other)
        )
        if not status:
            said = "Use this chart from now on." if other else "This chart stands by itself again."
            messages.success(request, said)
            return redirect("patients:chart", pk=other.pk if other else pk)
    return _show(request, frame, form, status)


def _other(request: HttpRequest) -> Patient | None:
    typed = request.POST.get("chart", "")
    if not typed:
        return None
    number = int(typed) if typed.isdecimal() and len(typed) < 10 else 0
    return open_chart(request, number)


def _show(request: HttpRequest, frame: Frame, form: ClinicForm, status: int) -> HttpResponse:
    rows = duplicates_of(frame.patient, frame.user)
    shown = [row.patient.pk for row in rows]
    record(frame.user, "patients.duplicates", site_id=frame.patient.site_id, patients=shown)
    return render(request, "patients/duplicates.html", frame.context(rows=rows, form=form), status=status)
