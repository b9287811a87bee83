"""The hours a week someone is prescribed: what holds from when, what was changed and why; changing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.forms.prescription import PrescriptionForm
from patients.models import Episode
from patients.prescribing import prescribe, prescribed_on
from patients.views.frame import Frame, open_page


@requires(Permission.ADMIT)
@require_http_methods(["GET", "HEAD", "POST"])
def prescribed_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """A link may fill the form in; `ask` is what to plan afterwards."""
    frame = open_page(request, pk, verb="chart.read_prescribed_hours", tab="")
    episode = frame.patient.episodes.filter(ended_on__isnull=True).first()
    if episode is None:
        return render(request, "patients/prescribed_hours.html", frame.context(episode=None))
    data, status = request.POST if request.method == "POST" else None, 200
    stay = prescribed_on(episode, max(frame.day, episode.admitted_on))
    form = PrescriptionForm(data, episode=episode, stay=stay, day=frame.day, query=request.GET)
    if data is not None:
        status = form.attempt(lambda said: _prescribe(frame, episode, said))
        if not status:
            messages.success(request, f"Prescribed for {frame.patient.called}.")
            return redirect(_then(request, pk))
    changes = episode.prescriptions.select_related("prescribed_by")
    shown = {"episode": episode, "form": form, "stays": episode.stays.select_related("level")}
    context = frame.context(**shown, changes=changes)
    return render(request, "patients/prescribed_hours.html", context, status=status)


def _prescribe(frame: Frame, episode: Episode, said: dict[str, Any]) -> None:
    """For one week: from that day, or as early in the patient's own week with it as can be, to its end."""
    to_on = None
    if said.pop("lasts") == "week" and said["from_on"] >= frame.day:
        week = frame.weeks.of(said["from_on"])
        said["from_on"], to_on = max(week.starts_on, frame.day, episode.admitted_on), week.ends_on
    prescribe(actor=frame.user, episode=episode, now=frame.now, to_on=to_on, **said)


def _then(request: HttpRequest, pk: int) -> str:
    """To the week that was to be planned, else here again."""
    ask = request.GET.get("ask", "")
    if ask.startswith("?"):
        return f"{reverse('scheduling:planner', args=[pk])}{ask}"
    return reverse("patients:prescribed_hours", args=[pk])
