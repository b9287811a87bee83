"""Coverage and authorizations: who pays, from when to when, and how many days they approved."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.covering import add_authorization, add_coverage, answer_authorization, end_coverage
from patients.forms.coverage import AnswerForm, AuthorizationForm, CoverageForm, EndForm
from patients.models import Authorization, BenefitVerification, Coverage
from patients.verification_words import one_line
from patients.verifying import latest_of
from patients.views.frame import Frame, frame_of, open_page

WRITERS = (Permission.EDIT_PATIENTS, Permission.CLOSE_DAYS)


@requires(Permission.SEE_COVERAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def coverage(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_coverage", tab="coverage")
    data = request.POST if request.method == "POST" else None
    if data is not None:
        frame.demand(*WRITERS)
    form, status = CoverageForm(data), 200
    if data is not None:
        status = form.attempt(lambda said: add_coverage(actor=frame.user, patient=frame.patient, **said))
        if not status:
            messages.success(request, "Coverage added.")
            return redirect("patients:coverage", pk=pk)
    rows = list(frame.patient.coverages.select_related("payer").prefetch_related("authorizations"))
    answers = latest_of(rows)
    context = frame.context(
        form=form,
        rows=[(row, _standing(row, frame.day), _asked(answers.get(row.pk), frame.day)) for row in rows],
        may_write=frame.may(*WRITERS),
    )
    return render(request, "patients/coverage.html", context, status=status)


def _asked(last: BenefitVerification | None, day: date) -> dict[str, Any] | None:
    """The payer's last answer in one line, and whether it is to be asked again."""
    if last is None:
        return None
    return {"row": last, "words": one_line(last), "is_due": last.next_due_on <= day}


def _standing(row: Coverage, day: date) -> str:
    if row.to_on is not None and row.to_on < day:
        return "ended"
    return "in force" if row.from_on <= day else "later"


@requires(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def coverage_end(request: HttpRequest, pk: int) -> HttpResponse:
    row, frame = _open(request, pk)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"to_on": frame.day})
    status = 200
    if request.method == "POST":
        status = form.attempt(lambda said: end_coverage(actor=frame.user, coverage=row, **said))
        if not status:
            messages.success(request, "Last day of coverage set.")
            return redirect("patients:coverage", pk=frame.patient.pk)
    context = frame.context(form=form, row=row, title="When does this coverage end?", verb="Set the last day")
    return render(request, "patients/coverage_form.html", context, status=status)


@requires(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def authorization_new(request: HttpRequest, pk: int) -> HttpResponse:
    row, frame = _open(request, pk)
    initial = {"from_on": frame.day, "status": "requested", "units_approved": 0}
    form = AuthorizationForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        status = form.attempt(lambda said: add_authorization(actor=frame.user, coverage=row, **said))
        if not status:
            messages.success(request, "Authorization added.")
            return redirect("patients:coverage", pk=frame.patient.pk)
    context = frame.context(form=form, row=row, title="New authorization", verb="Add authorization")
    return render(request, "patients/coverage_form.html", context, status=status)


def _open(request: HttpRequest, pk: int) -> tuple[Coverage, Frame]:
    rows = Coverage.objects.select_related("payer", "patient__site")
    row = open_row(request, rows, pk, verb="coverage.read")
    return row, frame_of(request, row.patient, "coverage")


@requires(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def authorization_answer(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Authorization.objects.select_related("coverage__payer", "coverage__patient__site")
    row = open_row(request, rows, pk, verb="authorization.read", path="coverage__patient")
    frame = frame_of(request, row.coverage.patient, "coverage")
    initial = {name: getattr(row, name) for name in AnswerForm.base_fields}
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        status = form.attempt(lambda said: answer_authorization(actor=frame.user, authorization=row, **said))
        if not status:
            messages.success(request, "The payer's answer is saved.")
            return redirect("patients:coverage", pk=frame.patient.pk)
    title = f"Authorization {row.number}" if row.number else f"Request for {row.service_code}"
    context = frame.context(form=form, row=row.coverage, title=title, verb="Save the answer")
    return render(request, "patients/coverage_form.html", context, status=status)
