"""Toxicology of a patient: the screens, a new one, and one with its later results. Clinical readers only."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.medication import ErrorForm
from patients.forms.toxicology import ResultsForm, ToxScreenForm
from patients.models import ToxScreen
from patients.toxicology import fill_in, record_screen, take_out_screen
from patients.views.frame import Frame, frame_of, open_page

PAGE_ROWS = 25


@requires(Permission.SEE_CLINICAL)
@require_safe
def toxicology(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_toxicology", tab="medication")
    rows = frame.patient.tox_screens.true().select_related("ordered_by").prefetch_related("lines")
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    context = frame.context(page=page, may_record=frame.may(Permission.RECORD_MEDICATION))
    return render(request, "patients/toxicology.html", context)


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def tox_screen_new(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_toxicology", tab="medication")
    data, status = request.POST if request.method == "POST" else None, 200
    form = ToxScreenForm(data, patient=frame.patient, now=frame.now, user=frame.user)
    if data is not None:
        status = form.attempt(
            lambda said: record_screen(actor=frame.user, patient=frame.patient, now=frame.now, **said)
        )
    if not status:
        messages.success(request, "Screen recorded.")
        return redirect("patients:toxicology", pk=pk)
    return render(request, "patients/tox_screen_new.html", frame.context(form=form), status=status)


@requires(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def tox_screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel; who records also fills in what is pending and what the lab said."""
    frame, screen = _open(request, pk)
    lines = list(screen.lines.all())
    data, status = request.POST if request.method == "POST" else None, 200
    if data is not None:
        frame.demand(Permission.RECORD_MEDICATION)
    form = ResultsForm(data, lines=lines)
    if data is not None:
        status = form.attempt(lambda said: fill_in(actor=frame.user, screen=screen, now=frame.now, **said))
    if not status:
        messages.success(request, "Results kept.")
        return redirect("patients:tox_screen", pk=pk)
    rights = {"may_record": frame.may(Permission.RECORD_MEDICATION) and screen.error_at is None}
    context = frame.context(form=form, screen=screen, lines=lines, **rights)
    return render(request, "patients/tox_screen.html", context, status=status)


@requires(Permission.RECORD_MEDICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def tox_screen_error(request: HttpRequest, pk: int) -> HttpResponse:
    frame, screen = _open(request, pk)
    data, status = request.POST if request.method == "POST" else None, 200
    form = ErrorForm(data)
    if data is not None:
        status = form.attempt(
            lambda said: take_out_screen(actor=frame.user, screen=screen, now=frame.now, **said)
        )
    if not status:
        messages.success(request, "Taken out. It stays on file.")
        return redirect("patients:toxicology", pk=screen.patient_id)
    context = frame.context(form=form, screen=screen)
    return render(request, "patients/tox_screen_error.html", context, status=status)


def _open(request: HttpRequest, pk: int) -> tuple[Frame, ToxScreen]:
    rows = ToxScreen.objects.select_related("patient__site", "ordered_by", "recorded_by", "error_by")
    screen = open_row(request, rows, pk, verb="toxicology.read")
    return frame_of(request, screen.patient, "medication"), screen
