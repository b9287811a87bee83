"""The discharge page: how and when the episode ends, and what ends with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.views.frame import open_page
from scheduling.forms import DischargeForm
from scheduling.leaving import discharge as end_care
from scheduling.models import Booking
from scheduling.weeks import open_episode, places_of


@requires(Permission.ADMIT)
@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read", tab="")
    episode, posted = open_episode(frame.patient), request.method == "POST"
    form = DischargeForm(request.POST if posted else None, initial={"on": frame.day})
    status = 409 if posted else 200
    if posted and episode:
        status = form.attempt(lambda said: end_care(actor=frame.user, episode=episode, now=frame.now, **said))
    if not status:
        messages.success(request, f"{frame.patient.called} is discharged.")
        return redirect("patients:chart", pk=pk)
    shown: dict[str, Any] = {"episode": episode, "form": form}
    if episode:
        later = Booking.objects.active().filter(episode=episode, session__starts_at__gt=frame.now)
        shown |= {"places": places_of(episode, frame.day), "later": later.count()}
    return render(request, "scheduling/discharge.html", frame.context(**shown), status=status)
