"""Safety of one patient: tell a concern, what was told, and every risk follow-up with what came of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.due import due_tone, due_words
from patients.forms.risk import RiskForm
from patients.models import FollowUp
from patients.risk.table import risk_table
from patients.views.frame import Frame, open_page
from patients.watching import tell_risk

LATEST = 50


@requires(Permission.WORK_FOLLOW_UPS)
@require_http_methods(["GET", "HEAD", "POST"])
def risk(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_risk", tab="overview")
    form, status = RiskForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: tell_risk(actor=frame.user, patient=frame.patient, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "Follow-up opened.")
            return redirect("patients:risk", pk=pk)
    reports = frame.patient.risk_reports.select_related("told_by")[:LATEST]
    context = frame.context(form=form, rows=_rows(frame), reports=[(r, _title(r.code)) for r in reports])
    return render(request, "patients/risk.html", context, status=status)


def _rows(frame: Frame) -> list[tuple[FollowUp, str, str]]:
    """Each risk follow-up, the open ones first, with its due time in words and a tone."""
    tz_name = frame.patient.site.time_zone
    found = frame.patient.follow_ups.filter(kind=FollowUp.Kind.RISK).select_related("owner", "closed_by")
    latest = sorted(found.order_by("-opened_at")[:LATEST], key=lambda row: row.closed_at is not None)
    return [
        (row, due_words(row.due_at, frame.now, tz_name), due_tone(row.due_at, frame.now, tz_name))
        for row in latest
    ]


def _title(code: str) -> str:
    event = risk_table().events.get(code)
    return event.title if event else code
