"""The chart's overview: is this person safe, on track, covered."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.overview import overview
from patients.views.frame import open_page


@requires(Permission.SEE_PATIENTS)
@require_safe
def chart(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read", tab="overview")
    shown = overview(frame.header, frame.user, frame.now)
    clinical = frame.may(Permission.SEE_CLINICAL)
    return render(request, "patients/chart.html", frame.context(overview=shown, clinical=clinical))
