"""What waits to be answered by one person: on a tablet handed over, on paper, in the room."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.handing_over import LASTS, hand_over, waiting_for
from patients.measure_forms import forms_due, print_forms
from patients.tablet import KEY
from patients.views.frame import open_page

VERB = "chart.read_check_in"


@requires(Permission.SEND_MEASURES)
@require_safe
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb=VERB, tab="measures")
    context = frame.context(
        waiting=waiting_for(frame.patient, frame.day),
        may_enter=frame.may(Permission.RECORD_MEASURES),
        minutes=LASTS.seconds // 60,
    )
    return render(request, "patients/check_in.html", context)


@requires(Permission.SEND_MEASURES)
@require_POST
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the sign-in on this device before the patient holds it; what the browser keeps goes with it."""
    frame = open_page(request, pk, verb=VERB, tab="measures")
    try:
        made = hand_over(actor=frame.user, patient=frame.patient, now=frame.now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("patients:check_in", pk=pk)
    logout(request)
    request.session[KEY] = str(made.public_id)
    answer = redirect("tablet:start")
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@requires(Permission.SEND_MEASURES)
@require_safe
def check_in_paper(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb=VERB, tab="measures")
    title = f"Check-ins, chart {frame.patient.record_number}"
    try:
        made = print_forms(actor=frame.user, forms=forms_due([pk], frame.day), title=title, now=frame.now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("patients:check_in", pk=pk)
    return as_pdf(made, f"chart-{frame.patient.record_number}-check-ins.pdf")


def as_pdf(made: bytes, name: str) -> HttpResponse:
    """Saved under a neutral name, never shown inside a page."""
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
