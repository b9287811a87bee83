"""Benefits as payers say them: ask about a plan, read an answer, and who is to be asked about again."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.estimating import ask_estimate, estimates_due, give_estimate
from patients.forms.verification import EstimateForm, GivenForm, VerificationForm
from patients.models import BenefitVerification, Coverage, GoodFaithEstimate
from patients.verification_words import said_of
from patients.verifying import PAGE_ROWS, verify_benefits, verify_page
from patients.views.coverage import WRITERS
from patients.views.frame import frame_of, open_page

LISTS = {"benefits": "To verify", "estimates": "Estimates due"}


@requires(*WRITERS)
@require_safe
def verify_again(request: HttpRequest) -> HttpResponse:
    """`list` is a key of LISTS; anything else means the first."""
    site, user = require_site(request), cast(User, request.user)
    day, number = local_day(timezone.now(), site.time_zone), request.GET.get("page", "1")
    shown = "estimates" if request.GET.get("list") == "estimates" else "benefits"
    page: Page[Any] = (
        verify_page(site, day, number)
        if shown == "benefits"
        else Paginator(estimates_due(site), PAGE_ROWS).get_page(number)
    )
    seen = [row.patient_id for row in page.object_list]
    record(user, "patients.verify_again", site_id=site.pk, patients=seen)
    context = {"page": page, "shown": shown, "lists": LISTS.items(), "day": day, "query": f"list={shown}&"}
    return render(request, "patients/verify_again.html", context)


@requires(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def verification_new(request: HttpRequest, pk: int) -> HttpResponse:
    """What the payer says about one plan; the form starts from its last answer."""
    rows = Coverage.objects.select_related("payer", "patient__site")
    row = open_row(request, rows, pk, verb="coverage.read")
    frame = frame_of(request, row.patient, "coverage")
    initial = _last(row) | {"verified_on": frame.day}
    form, status = VerificationForm(request.POST if request.method == "POST" else None, initial=initial), 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: verify_benefits(actor=frame.user, coverage=row, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "The payer's answer is on file.")
            return redirect("patients:coverage", pk=frame.patient.pk)
    context = frame.context(form=form, row=row)
    return render(request, "patients/verification_form.html", context, status=status)


def _last(row: Coverage) -> dict[str, Any]:
    """What was said last time, without who said it."""
    last = row.verifications.first()
    if last is None:
        unknown = BenefitVerification.Said.UNKNOWN
        said = {"in_network": unknown, "telehealth_covered": unknown, "authorization_needed": unknown}
        return said | {"source": "phone", "payer_code": row.payer.payer_code, "relationship": "self"}
    kept = set(VerificationForm.base_fields) - {"representative", "reference", "note"}
    return {name: getattr(last, name) for name in kept}


@requires(Permission.SEE_COVERAGE)
@require_safe
def verification(request: HttpRequest, pk: int) -> HttpResponse:
    rows = BenefitVerification.objects.select_related(
        "coverage__payer", "coverage__patient__site", "recorded_by"
    )
    found = open_row(request, rows, pk, verb="verification.read", path="coverage__patient")
    frame = frame_of(request, found.coverage.patient, "coverage")
    earlier = found.coverage.verifications.exclude(pk=pk)
    context = frame.context(found=found, parts=said_of(found), earlier=earlier)
    return render(request, "patients/verification.html", context)


@requires(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def estimates(request: HttpRequest, pk: int) -> HttpResponse:
    """The good faith estimates of a chart, and the clock of a new one."""
    frame = open_page(request, pk, verb="chart.read_estimates", tab="coverage")
    form = EstimateForm(request.POST if request.method == "POST" else None, initial={"asked_on": frame.day})
    status = 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: ask_estimate(actor=frame.user, patient=frame.patient, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "The clock of the estimate runs.")
            return redirect("patients:estimates", pk=pk)
    context = frame.context(form=form, rows=frame.patient.estimates.select_related("recorded_by"))
    return render(request, "patients/estimates.html", context, status=status)


@requires(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def estimate_given(request: HttpRequest, pk: int) -> HttpResponse:
    rows = GoodFaithEstimate.objects.select_related("patient__site")
    found = open_row(request, rows, pk, verb="estimate.read")
    frame = frame_of(request, found.patient, "coverage")
    form = GivenForm(request.POST if request.method == "POST" else None, initial={"given_on": frame.day})
    status = 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: give_estimate(actor=frame.user, estimate=found, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "The estimate is given.")
            return redirect("patients:estimates", pk=frame.patient.pk)
    context = frame.context(form=form, found=found)
    return render(request, "patients/estimate_form.html", context, status=status)
