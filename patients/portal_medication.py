"""The patient's own medication list, read only, and a note to the team where something is different."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.checkin import due_checkins
from patients.medication_list import medication_list
from patients.portal import frame, today_of
from patients.portal_forms import DifferenceForm
from patients.reconciling import report_difference


@requires(Permission.USE_PORTAL)
@require_safe
def medication(request: HttpRequest) -> HttpResponse:
    patient = own_chart(request)
    day = today_of(patient, timezone.now())
    context = frame(patient, "care", due_checkins(patient, day)) | {
        "listed": medication_list(patient, day),
        "reports": patient.medication_reports.open(),
        "day": day,
    }
    return render(request, "patients/portal/medication.html", context)


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def different(request: HttpRequest) -> HttpResponse:
    """What is different, in their own words; the team sees it when the list is gone through next."""
    patient, now = own_chart(request), timezone.now()
    data, status = request.POST if request.method == "POST" else None, 200
    form = DifferenceForm(data)
    if data is not None:
        actor = cast(User, request.user)
        status = form.attempt(lambda said: report_difference(actor=actor, patient=patient, now=now, **said))
    if not status:
        return redirect("portal:medication")
    context = frame(patient, "care", []) | {"form": form}
    return render(request, "patients/portal/different.html", context, status=status)
