"""Allergies of a patient: record one, say that none is known, end one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.allergies import end_allergy, record_allergy, record_no_known_allergies
from patients.chart import open_row
from patients.forms.allergy import AllergyEndForm, AllergyForm
from patients.models import Allergy
from patients.views.frame import frame_of, open_page


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def allergies(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands, what ended, and a form for another."""
    frame = open_page(request, pk, verb="chart.read_medication", tab="medication")
    data, status = request.POST if request.method == "POST" else None, 200
    form = AllergyForm(data)
    if data is not None:
        status = form.attempt(
            lambda said: record_allergy(actor=frame.user, patient=frame.patient, now=frame.now, **said)
        )
    if not status:
        messages.success(request, "Allergy recorded.")
        return redirect("patients:allergies", pk=pk)
    rows = list(frame.patient.allergies.select_related("recorded_by", "ended_by"))
    standing = [row for row in rows if row.ended_at is None]
    ended = [row for row in rows if row.ended_at is not None]
    context = frame.context(form=form, standing=standing, ended=ended)
    return render(request, "patients/allergies.html", context, status=status)


@requires(Permission.RECORD_MEDICATION)
@require_POST
def allergies_none(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked, and none is known."""
    frame = open_page(request, pk, verb="chart.read_medication", tab="medication")
    try:
        record_no_known_allergies(actor=frame.user, patient=frame.patient, now=frame.now)
    except Refused as no:
        messages.error(request, no.sentence)
    return redirect("patients:allergies", pk=pk)


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def allergy_end(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Allergy.objects.select_related("patient__site")
    allergy = open_row(request, rows, pk, verb="allergy.read")
    frame = frame_of(request, allergy.patient, "medication")
    data, status = request.POST if request.method == "POST" else None, 200
    form = AllergyEndForm(data)
    if data is not None:
        status = form.attempt(
            lambda said: end_allergy(actor=frame.user, allergy=allergy, now=frame.now, **said)
        )
    if not status:
        messages.success(request, f"{allergy.words}: ended. It stays on file.")
        return redirect("patients:allergies", pk=allergy.patient_id)
    context = frame.context(form=form, allergy=allergy)
    return render(request, "patients/allergy_end.html", context, status=status)
