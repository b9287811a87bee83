"""The discharge page: what is still to do, how and when the episode ends; afterwards, how it ended."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.discharge_page import end_of_stay
from patients.header import may_open
from patients.views.frame import Frame, open_page
from scheduling.discharge_form import DischargeForm
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
        status = form.attempt(
            lambda _: end_care(actor=frame.user, episode=episode, now=frame.now, **form.said())
        )
    if not status:
        messages.success(request, f"{frame.patient.called} is discharged.")
        return redirect("scheduling:discharge", pk=pk)
    context = frame.context(**_shown(frame, form))
    return render(request, "scheduling/discharge.html", context, status=status)


def _shown(frame: Frame, form: DischargeForm) -> dict[str, Any]:
    """The running stay with its form, else the last one and how it ended."""
    episode = open_episode(frame.patient)
    last = episode or frame.patient.episodes.order_by("-admitted_on").first()
    shown: dict[str, Any] = {"episode": episode, "form": form}
    if last is not None:
        shown["end"] = end_of_stay(frame.patient, last, frame.day)
        shown["stay_url"] = may_open(frame.user, "sessions:stay", frame.patient.pk)
        shown["draft_url"] = may_open(frame.user, "sessions:summary_draft", frame.patient.pk)
    if episode is not None:
        later = Booking.objects.active().filter(episode=episode, session__starts_at__gt=frame.now)
        shown |= {"places": places_of(episode, frame.day), "later": later.count()}
    return shown
