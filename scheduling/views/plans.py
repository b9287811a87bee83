"""Planning a whole week: ask for it, watch it, look at what would change by name, accept it or not."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.htmx import page_or_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from scheduling.accepting import accept_plan
from scheduling.models import PlanRun
from scheduling.plan_forms import PlanForm
from scheduling.plan_page import report_of
from scheduling.plan_runs import ask_plan, cancel_plan
from scheduling.repairs import propose_repair
from scheduling.words import week_words

MOST_RUNS = 10


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: HttpRequest) -> HttpResponse:
    """Choose a week and begin; what was planned lately."""
    site, actor, now = require_site(request), cast(User, request.user), timezone.now()
    form = PlanForm(request.POST if request.method == "POST" else None, site=site, now=now)
    status, made = 200, []
    if request.method == "POST":
        status = form.attempt(
            lambda said: made.append(ask_plan(actor=actor, site=site, week=form.chosen, now=now))
        )
    if not status:
        return redirect("scheduling:plan", pk=made[0].pk)
    runs = PlanRun.objects.filter(site=site).select_related("asked_by", "accepted_by")[:MOST_RUNS]
    lines = [(run, week_words(run.week.starts_on, run.week.ends_on)) for run in runs]
    context = {"form": form, "lines": lines, "tz_name": site.time_zone, "seconds": settings.PLAN_SECONDS}
    return render(request, "scheduling/plans.html", context, status=status)


@requires(Permission.PLAN_GROUPS)
@require_POST
def repairs(request: HttpRequest) -> HttpResponse:
    """Repair a week: at once for those it touches; with `better`, a worker looks for more."""
    site, actor, now = require_site(request), cast(User, request.user), timezone.now()
    form, made = PlanForm(request.POST, site=site, now=now), []

    def deed(said: dict[str, Any]) -> None:
        asked: dict[str, Any] = {"actor": actor, "site": site, "week": form.chosen, "now": now}
        better = "better" in request.POST
        made.append(ask_plan(kind=PlanRun.Kind.REPAIR, **asked) if better else propose_repair(**asked))

    if status := form.attempt(deed):
        return render(request, "scheduling/plans.html", {"form": form}, status=status)
    return redirect("scheduling:plan", pk=made[0].pk)


@requires(Permission.PLAN_GROUPS)
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress while it is worked on, then the report; htmx asks for the piece alone."""
    return _shown(request, _open(request, pk), timezone.now())


def _open(request: HttpRequest, pk: int) -> PlanRun:
    rows = PlanRun.objects.filter(site__in=cast(User, request.user).sites.all())
    return get_object_or_404(rows.select_related("site", "asked_by", "accepted_by"), pk=pk)


def _shown(
    request: HttpRequest, run: PlanRun, now: datetime, refusal: str = "", status: int = 200
) -> HttpResponse:
    user = cast(User, request.user)
    report = report_of(run, now, user) if run.best and not run.is_busy else None
    if report is not None:
        record(user, "plan.read", run, patients=report.patients)
    context = {
        "run": run,
        "report": report,
        "refusal": refusal,
        "when": week_words(run.week.starts_on, run.week.ends_on),
        "tz_name": run.site.time_zone,
    }
    return page_or_piece(request, "scheduling/plan.html", "scheduling/_plan.html", context, status=status)


@requires(Permission.PLAN_GROUPS)
@require_POST
def plan_cancellation(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop looking; the best so far stays to be looked at."""
    cancel_plan(actor=cast(User, request.user), run=_open(request, pk))
    return redirect("scheduling:plan", pk=pk)


@requires(Permission.PLAN_GROUPS)
@require_POST
def plan_acceptance(request: HttpRequest, pk: int) -> HttpResponse:
    """Book all of it or nothing."""
    run, now = _open(request, pk), timezone.now()
    try:
        accept_plan(actor=cast(User, request.user), run=run, now=now)
    except Refused as refused:
        return _shown(request, _open(request, pk), now, refused.sentence, refused.status)
    messages.success(request, "The planned week is booked. Patients who take e-mails are told once each.")
    return redirect("scheduling:plan", pk=pk)
