"""The treatment plan: the version in force, the draft, its signature, and how goals stand."""

from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.plan import PlanForm, ProgressForm, goal_set
from patients.models import Goal, TreatmentPlan
from patients.overview import goal_rows
from patients.planning import draft_plan, note_progress, sign_plan
from patients.trends import measure_trends
from patients.views.frame import Frame, frame_of, open_page

REVIEW_DAYS = 30  # every 30 days and on change: domain reference 4.4


@requires(Permission.SEE_CLINICAL)
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_plan", tab="plan")
    return _show(request, frame)


def _show(request: HttpRequest, frame: Frame, status: int = 200, said: str = "") -> HttpResponse:
    episode, goals = frame.header.episode, frame.header.goals
    versions = list(episode.plans.select_related("signed_by").prefetch_related("goals")) if episode else []
    in_force = goals[0].plan_id if goals else None
    context = frame.context(
        rows=goal_rows(goals, measure_trends(frame.header)),
        in_force=next((version for version in versions if version.pk == in_force), None),
        draft=next((version for version in versions if version.signed_at is None), None),
        others=[version for version in versions if version.signed_at and version.pk != in_force],
        may_plan=frame.may(Permission.PLAN_TREATMENT) and frame.header.in_program,
        standings=Goal.Progress.choices,
        said=said,
    )
    return render(request, "patients/plan.html", context, status=status)


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_draft(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_plan", tab="plan")
    if not frame.header.in_program:
        return _show(request, frame, 409, "A plan belongs to an episode. Admit this person first.")
    data = request.POST if request.method == "POST" else None
    base = frame.header.episode.plans.order_by("-version").first()
    form, rows = PlanForm(data, initial=_dates(frame, base)), goal_set(data, base)
    status = _save(frame, form, rows) if data is not None else 200
    if not status:
        messages.success(request, "Draft saved. It counts once it is signed.")
        return redirect("patients:plan", pk=pk)
    context = frame.context(form=form, rows=rows, is_change=base is not None and base.signed_at is not None)
    return render(request, "patients/plan_form.html", context, status=status)


def _save(frame: Frame, form: PlanForm, rows: Any) -> int:
    if not rows.is_valid():
        form.is_valid()
        return 422
    episode, goals = frame.header.episode, rows.drafts()
    return form.attempt(lambda said: draft_plan(actor=frame.user, episode=episode, goals=goals, **said))


def _dates(frame: Frame, base: TreatmentPlan | None) -> dict[str, Any]:
    """A draft keeps its dates; a new version starts today and is reviewed in 30 days."""
    if base is not None and base.signed_at is None:
        return {"effective_on": base.effective_on, "review_due_on": base.review_due_on}
    return {"effective_on": frame.day, "review_due_on": frame.day + timedelta(days=REVIEW_DAYS)}


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """Signing asks who you are again, then freezes this version."""
    rows = TreatmentPlan.objects.select_related("episode__patient__site", "signed_by").prefetch_related(
        "goals"
    )
    return _sign(request, open_row(request, rows, pk, verb="plan.read", path="episode__patient"))


@reauthentication_required
def _sign(request: HttpRequest, version: TreatmentPlan) -> HttpResponse:
    frame, said, status = frame_of(request, version.episode.patient, "plan"), "", 200
    if request.method == "POST":
        try:
            sign_plan(actor=frame.user, plan=version, now=frame.now)
        except Refused as refusal:
            said, status = refusal.sentence, refusal.status
        else:
            messages.success(request, f"Plan version {version.version} signed.")
            return redirect("patients:plan", pk=frame.patient.pk)
    return render(
        request, "patients/plan_signature.html", frame.context(plan=version, said=said), status=status
    )


@requires(Permission.PLAN_TREATMENT)
@require_POST
def goal_progress(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Goal.objects.select_related("plan__episode__patient__site")
    goal = open_row(request, rows, pk, verb="goal.read", path="plan__episode__patient")
    frame, form = frame_of(request, goal.plan.episode.patient, "plan"), ProgressForm(request.POST)
    if not goal.plan.signed_at:
        raise PermissionDenied("A draft has no progress yet. Sign it first.")
    status = form.attempt(lambda said: note_progress(actor=frame.user, goal=goal, **said))
    if status:
        return _show(request, frame, status, "Choose how the goal stands, and a number if there is one.")
    messages.success(request, f"Goal {goal.position}: {goal.Progress(form.cleaned_data['progress']).label}.")
    return redirect("patients:plan", pk=frame.patient.pk)
