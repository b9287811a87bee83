"""What this room knows of a stay that ends: sessions delivered, attendance, notes still to sign."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.htmx import page_or_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.views.frame import open_page
from sessions.delivered import attendance_words, delivered_to, service_rows
from sessions.discharge_summary import draft_summary
from sessions.unsigned import owed_notes


@requires(Permission.SEE_CLINICAL)
@require_safe
def stay(request: HttpRequest, pk: int) -> HttpResponse:
    """The last stay in figures: a piece of the discharge page."""
    frame = open_page(request, pk, verb="sessions.read_stay", tab="")
    episode = frame.patient.episodes.order_by("-admitted_on").first()
    shown = {}
    if episode is not None:
        found = delivered_to(episode, frame.now)
        shown = {
            "stay": found,
            "services": service_rows(found),
            "attendance": attendance_words(found),
            "unsigned": owed_notes(frame.now).filter(booking__episode=episode).count(),
        }
    return page_or_piece(request, "sessions/stay.html", "sessions/_stay.html", frame.context(**shown))


@requires(Permission.PLAN_TREATMENT)
@require_POST
def summary_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Fills the summary's draft from the record and opens its first part."""
    frame = open_page(request, pk, verb="chart.read_documents", tab="documents")
    try:
        draft = draft_summary(actor=frame.user, patient=frame.patient, now=frame.now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("patients:documents", pk=pk)
    messages.success(request, "Drafted from the record. Read each line; change what is not right.")
    return redirect("patients:document_part", pk=draft.pk, number=1)
