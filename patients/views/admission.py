"""Admission: level of care, hours, diagnosis, clinician; with what is still missing beside it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.htmx import wants_piece
from iop_clinic.roles import Permission
from patients.admitting import admit
from patients.diagnoses import COMMON
from patients.forms.clinical import AdmissionForm
from patients.models import LevelOfCare
from patients.readiness import steps_before_admission
from patients.views.frame import open_page


@requires(Permission.ADMIT)
@require_http_methods(["GET", "HEAD", "POST"])
def admission(request: HttpRequest, pk: int) -> HttpResponse:
    """htmx asks with `?level=` for the hours of another level."""
    frame = open_page(request, pk, verb="chart.read_admission", tab="")
    data = request.POST if request.method == "POST" else None
    level = _level(request.GET.get("level", ""))
    form = AdmissionForm(data, patient=frame.patient, day=frame.day, level=level)
    if wants_piece(request) and data is None:
        return render(request, "patients/_hours_field.html", {"form": form})
    status = 200
    if data is not None:
        status = form.attempt(
            lambda said: admit(actor=frame.user, patient=frame.patient, now=frame.now, **said)
        )
        if not status:
            messages.success(request, f"{frame.patient.called} is admitted. Now plan the week.")
            return redirect("patients:chart", pk=pk)
    header = frame.header
    steps = steps_before_admission(frame.patient, frame.user, frame.day, header.referral)
    blocked = [step for step in steps if step.is_required and not step.is_done]
    context = frame.context(form=form, steps=steps, blocked=blocked, codes=COMMON.items())
    return render(request, "patients/admission_form.html", context, status=status)


def _level(typed: str) -> LevelOfCare | None:
    """The level asked for by number, else the first of the clinic's."""
    levels = LevelOfCare.objects.all()
    chosen = levels.filter(pk=int(typed)).first() if typed.isdecimal() and len(typed) < 10 else None
    return chosen or levels.filter(code="IOP").first() or levels.first()
