"""Hours in which a patient cannot come: the list, adding some, ending some."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.views.frame import open_page
from scheduling.models import UnavailableHours
from scheduling.unavailable import add_unavailable, booked_in, end_unavailable, hours_on_file
from scheduling.unavailable_forms import LastUnavailableDayForm, UnavailableForm


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def unavailable(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="schedule.read", tab="")
    posted, status = request.method == "POST", 200
    form = UnavailableForm(request.POST if posted else None, initial={"from_on": frame.day})
    if posted:
        status = form.attempt(lambda said: add_unavailable(actor=frame.user, patient=frame.patient, **said))
    if not status:
        messages.success(request, "Added. Booking asks about these hours from now on.")
        return redirect("scheduling:unavailable", pk=pk)
    rows = hours_on_file(frame.patient, frame.day)
    context = frame.context(form=form, rows=rows, booked=booked_in(frame.patient, rows, frame.now))
    return render(request, "scheduling/unavailable.html", context, status=status)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def unavailable_end(request: HttpRequest, pk: int) -> HttpResponse:
    rows = UnavailableHours.objects.select_related("patient__site")
    hours = open_row(request, rows, pk, verb="schedule.read")
    actor, posted, status = cast(User, request.user), request.method == "POST", 200
    today = local_day(timezone.now(), hours.patient.site.time_zone)
    form = LastUnavailableDayForm(request.POST if posted else None, initial={"last_on": today})
    if posted:
        status = form.attempt(lambda said: end_unavailable(actor=actor, hours=hours, **said))
    if not status:
        messages.success(request, "The hours end then.")
        return redirect("scheduling:unavailable", pk=hours.patient_id)
    context = {"form": form, "hours": hours, "patient": hours.patient}
    return render(request, "scheduling/unavailable_end.html", context, status=status)
