"""Marking the running stay as a substance-use record."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.forms import ClinicForm
from iop_clinic.roles import Permission
from patients.protecting import mark_substance_use
from patients.views.frame import open_page


@requires(Permission.ADMIT)
@require_http_methods(["GET", "HEAD", "POST"])
def substance_use(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read", tab="consents")
    episode = frame.patient.episodes.filter(ended_on__isnull=True).first()
    posted = request.method == "POST"
    form, status = ClinicForm(request.POST if posted else None), 409 if posted else 200
    if posted and episode:
        status = form.attempt(lambda said: mark_substance_use(actor=frame.user, episode=episode))
    if not status:
        messages.success(request, f"{frame.patient.called}’s stay is a substance-use record now.")
        return redirect("patients:chart", pk=pk)
    context = frame.context(episode=episode, form=form)
    return render(request, "patients/substance_use.html", context, status=status)
