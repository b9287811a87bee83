"""Taking the mark of a substance-use record off a stay, for a reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.views.frame import open_page
from scheduling.forms import ReasonForm
from scheduling.protecting import unmark_substance_use
from scheduling.weeks import open_episode


@requires(Permission.UNMARK_SUBSTANCE_USE)
@require_http_methods(["GET", "HEAD", "POST"])
def substance_use_end(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read", tab="consents")
    episode, posted = open_episode(frame.patient), request.method == "POST"
    form, status = ReasonForm(request.POST if posted else None), 409 if posted else 200
    if posted and episode:
        status = form.attempt(
            lambda said: unmark_substance_use(actor=frame.user, episode=episode, now=frame.now, **said)
        )
    if not status:
        messages.success(request, f"{frame.patient.called}’s stay is no substance-use record any more.")
        return redirect("patients:chart", pk=pk)
    context = frame.context(episode=episode, form=form)
    return render(request, "scheduling/substance_use_end.html", context, status=status)
