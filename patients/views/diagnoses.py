"""Diagnoses of a chart: those in force and what happened to them; adding, making primary, ending."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.diagnoses import COMMON
from patients.diagnosing import add_diagnosis, end_diagnosis, make_primary
from patients.forms.diagnosis import DiagnosisForm, EndingForm, PrimaryForm
from patients.models import Diagnosis, DiagnosisChange
from patients.views.frame import Frame, frame_of, open_page

ROWS = Diagnosis.objects.select_related("episode__patient__site")


@requires(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def diagnoses(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_diagnoses", tab="diagnoses")
    form, status = DiagnosisForm(request.POST or None, initial={"since_on": frame.day}), 200
    if request.method == "POST":
        frame.demand(Permission.PLAN_TREATMENT)
        status = _add(frame, form)
        if not status:
            messages.success(request, "Diagnosis added.")
            return redirect("patients:diagnoses", pk=pk)
    return _show(request, frame, status, form=form)


def _add(frame: Frame, form: DiagnosisForm) -> int:
    episode = frame.header.episode
    if episode is None:
        form.add_error(None, "There is no episode yet. The admission brings the first diagnosis.")
        return 409
    return form.attempt(lambda said: add_diagnosis(actor=frame.user, episode=episode, now=frame.now, **said))


def _show(request: HttpRequest, frame: Frame, status: int, **more: Any) -> HttpResponse:
    episode = frame.header.episode
    rows = list(episode.diagnoses.all()) if episode else []
    changes = DiagnosisChange.objects.filter(diagnosis__in=rows).select_related("diagnosis", "by")
    context = frame.context(
        in_force=[row for row in rows if row.ended_on is None],
        ended=[row for row in rows if row.ended_on is not None],
        changes=changes,
        codes=COMMON.items(),
        may_write=frame.may(Permission.PLAN_TREATMENT) and frame.header.in_program,
        **more,
    )
    return render(request, "patients/diagnoses.html", context, status=status)


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def diagnosis_primary(request: HttpRequest, pk: int) -> HttpResponse:
    frame, row = _open(request, pk)
    form = PrimaryForm(request.POST if request.method == "POST" else None)
    title = f"Make {row.code} the primary diagnosis?"
    return _change(
        request,
        frame,
        form,
        title,
        lambda said: make_primary(actor=frame.user, diagnosis=row, now=frame.now, **said),
    )


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def diagnosis_ending(request: HttpRequest, pk: int) -> HttpResponse:
    frame, row = _open(request, pk)
    form = EndingForm(request.POST if request.method == "POST" else None, initial={"ended_on": frame.day})
    title = f"What became of {row.code}?"
    return _change(
        request,
        frame,
        form,
        title,
        lambda said: end_diagnosis(actor=frame.user, diagnosis=row, now=frame.now, **said),
    )


def _open(request: HttpRequest, pk: int) -> tuple[Frame, Diagnosis]:
    row = open_row(request, ROWS, pk, verb="diagnosis.read", path="episode__patient")
    return frame_of(request, row.episode.patient, "diagnoses"), row


def _change(request: HttpRequest, frame: Frame, form: Any, title: str, deed: Any) -> HttpResponse:
    status = form.attempt(deed) if request.method == "POST" else 200
    if not status:
        messages.success(request, "Diagnoses changed.")
        return redirect("patients:diagnoses", pk=frame.patient.pk)
    return render(
        request, "patients/diagnosis_form.html", frame.context(form=form, title=title), status=status
    )
