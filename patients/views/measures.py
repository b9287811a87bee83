"""Measures: the trend and its table, asking for one, entering answers, and the result."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.assessing import ask_measure, finish_measure
from patients.chart import open_row
from patients.forms.measure import AnswersForm, AskForm
from patients.models import Response
from patients.offering import instrument_of, may_ask_in_portal
from patients.results import result_of
from patients.trends import measure_trends
from patients.views.frame import Frame, frame_of, open_page


@requires(Permission.SEE_CLINICAL)
@require_safe
def measures(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_measures", tab="measures")
    return _list(request, frame, AskForm(initial={"due_on": frame.day}))


@requires(Permission.RECORD_MEASURES)
@require_POST
def measure_ask(request: HttpRequest, pk: int) -> HttpResponse:
    frame, form = open_page(request, pk, verb="chart.read_measures", tab="measures"), AskForm(request.POST)
    status = form.attempt(lambda said: ask_measure(actor=frame.user, patient=frame.patient, **said))
    if status:
        return _list(request, frame, form, status)
    asked = form.instruments[form.cleaned_data["instrument_code"]]
    where = "It waits in the portal, or enter it here." if may_ask_in_portal(asked) else "Enter it here."
    messages.success(request, f"{asked.name} asked for. {where}")
    return redirect("patients:measures", pk=pk)


def _list(request: HttpRequest, frame: Frame, form: AskForm, status: int = 200) -> HttpResponse:
    may_record = frame.may(Permission.RECORD_MEASURES)
    context = frame.context(
        trends=measure_trends(frame.header),
        form=form,
        may_record=may_record,
        may_send=frame.may(Permission.SEND_MEASURES),
    )
    return render(request, "patients/measures.html", context, status=status)


@requires(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def measure(request: HttpRequest, pk: int) -> HttpResponse:
    response = open_row(request, Response.objects.select_related("patient__site"), pk, verb="measure.read")
    frame = frame_of(request, response.patient, "measures")
    instrument = instrument_of(response.instrument_code)
    if instrument is None:
        raise Http404("This measure is no longer in use.")
    if request.method == "POST":
        frame.demand(Permission.RECORD_MEASURES)
    if response.finished_at is not None and request.method != "POST":
        return render(
            request, "patients/measure.html", frame.context(result=result_of(response, frame.patient))
        )
    form = AnswersForm(
        request.POST if request.method == "POST" else None, instrument=instrument, response=response
    )
    status = _finish(frame, form, response) if request.method == "POST" else 200
    if not status:
        return redirect("patients:measure", pk=pk)
    may_record = frame.may(Permission.RECORD_MEASURES)
    context = frame.context(form=form, response=response, instrument=instrument, may_record=may_record)
    return render(request, "patients/measure_form.html", context, status=status)


def _finish(frame: Frame, form: AnswersForm, response: Response) -> int:
    return form.attempt(
        lambda _: finish_measure(
            actor=frame.user,
            response=response,
            answers=form.answers,
            mode=form.way,
            now=frame.now,
        )
    )
