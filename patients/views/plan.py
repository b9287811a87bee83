"""The treatment plan: the version in force, the draft, and how objectives stand."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.plan import PlanForm
from patients.forms.plan_review import ProgressForm
from patients.header import may_open
from patients.models import Objective, PlanCopy, Standing, TreatmentPlan
from patients.models.plan import ABOUT_THE_PERSON, WAY_OUT, clock_of, said_of
from patients.overview import goal_rows
from patients.plan_reviewing import next_version, note_progress
from patients.plan_slots import slots_of
from patients.plan_tree import with_parts
from patients.planning import PlanDraft, draft_of, draft_plan
from patients.trends import measure_trends
from patients.views.frame import Frame, frame_of, open_page


@requires(Permission.SEE_CLINICAL)
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_plan", tab="plan")
    return show_plan(request, frame)


def show_plan(request: HttpRequest, frame: Frame, status: int = 200, said: str = "") -> HttpResponse:
    """The page; `said` is why something was not saved."""
    versions = _versions(frame)
    drafts = [version for version in versions if version.signed_at is None]
    in_force = frame.header.objectives[0].goal.plan_id if frame.header.objectives else None
    current = next((version for version in versions if version.pk == in_force), None)
    context = frame.context(
        in_force=current,
        draft=drafts[0] if drafts else None,
        others=[version for version in versions if version.signed_at and version.pk != in_force],
        may_plan=frame.may(Permission.PLAN_TREATMENT) and frame.header.in_program,
        thread_url=may_open(frame.user, "sessions:thread", frame.patient.pk) if current else "",
        release_url=may_open(frame.user, "sessions:release", frame.patient.pk) if current else "",
        standings=Standing.Progress.choices,
        said=said,
        **(_around(frame, current) if current else {}),
    )
    return render(request, "patients/plan.html", context, status=status)


def _versions(frame: Frame) -> list[TreatmentPlan]:
    """Every version of the stay with its parts; objectives in force say how they stand."""
    if not frame.header.episode:
        return []
    found = list(with_parts(frame.header.episode.plans.select_related("signed_by")))
    rows = goal_rows(frame.header.objectives, measure_trends(frame.header))
    standing = {row.objective.pk: row for row in rows}
    for version in found:
        for problem in version.problems.all():
            for goal in problem.goals.all():
                for objective in goal.objectives.all():
                    objective.row = standing.get(objective.pk)  # type: ignore[attr-defined]
    return found


def _around(frame: Frame, current: TreatmentPlan) -> dict[str, Any]:
    """What stands beside the version in force: signatures, reviews, copies, and its other words."""
    current.episode = frame.header.episode
    reviews = list(current.reviews.select_related("author").prefetch_related("objectives__objective__goal"))
    return {
        "due_on": frame.header.objectives[0].due_on,  # type: ignore[attr-defined]
        "slots": slots_of(current, frame.patient, clock_of(frame.patient.site), frame.user),
        "reviews": [review for review in reviews if review.signed_at],
        "open_review": next((review for review in reviews if not review.signed_at), None),
        "copies": list(current.copies.select_related("offered_by")),
        "copy_answers": PlanCopy.Answer.choices,
        "about": said_of(current, ABOUT_THE_PERSON),
        "way_out": said_of(current, WAY_OUT),
    }


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole plan as one form. "Save and add" saves, then comes back with one more row at `?add=`."""
    frame = open_page(request, pk, verb="chart.read_plan", tab="plan")
    if not frame.header.in_program:
        return show_plan(request, frame, 409, "A plan belongs to an episode. Admit this person first.")
    base = with_parts(frame.header.episode.plans.order_by("-version")).first()
    if request.method != "POST":
        form = PlanForm(episode=frame.header.episode, draft=_base(frame, base), add=request.GET.get("add"))
        return _show_form(request, frame, form, base, 200)
    form = PlanForm(request.POST, episode=frame.header.episode)
    episode = frame.header.episode
    status = form.attempt(lambda _: draft_plan(actor=frame.user, episode=episode, draft=form.draft()))
    if status:
        return _show_form(request, frame, form, base, status)
    messages.success(request, "Draft saved. It counts once it is signed.")
    return redirect(_after(frame, form, request.POST.get("add")))


def _show_form(
    request: HttpRequest, frame: Frame, form: PlanForm, base: TreatmentPlan | None, status: int
) -> HttpResponse:
    context = frame.context(
        form=form,
        is_change=base is not None and base.signed_at is not None,
        about=[form[name] for name in ABOUT_THE_PERSON],
        way_out=[form[name] for name in WAY_OUT],
        rows_wrong=form.is_bound and any(row.form.errors for row in form.all_rows()),
    )
    return render(request, "patients/plan_form.html", context, status=status)


def _base(frame: Frame, base: TreatmentPlan | None) -> PlanDraft:
    """A draft keeps its dates; a new version starts today and is reviewed as the site's clock says."""
    due_on = frame.day + timedelta(days=clock_of(frame.patient.site).review_days)
    if base is None:
        return PlanDraft(frame.day, due_on)
    if base.signed_at is None:
        return draft_of(base)
    statuses = {row.pk: row.status_now for row in frame.header.objectives}  # type: ignore[attr-defined]
    return next_version(base, frame.day, due_on, statuses)


def _after(frame: Frame, form: PlanForm, add: str | None) -> str:
    """Back to the plan, or to the form with a new row where it was asked for."""
    if add is None:
        return reverse("patients:plan", args=[frame.patient.pk])
    place = form.place_after(add) if add != "plan" else ""
    anchor = f"{place}-end" if place else "end"
    return f"{reverse('patients:plan_draft', args=[frame.patient.pk])}?add={place}#{anchor}"


@requires(Permission.PLAN_TREATMENT)
@require_POST
def objective_progress(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Objective.objects.select_related("goal__plan__episode__patient__site")
    objective = open_row(request, rows, pk, verb="objective.read", path="goal__plan__episode__patient")
    frame, form = frame_of(request, objective.goal.plan.episode.patient, "plan"), ProgressForm(request.POST)
    status = form.attempt(
        lambda said: note_progress(actor=frame.user, objective=objective, now=frame.now, **said)
    )
    if status:
        why = (
            " ".join(map(str, form.non_field_errors()))
            or "Choose how it stands, and a number if there is one."
        )
        return show_plan(request, frame, status, why)
    said = Standing.Progress(form.cleaned_data["progress"]).label
    messages.success(request, f"Goal {objective.goal.position}: {said}.")
    return redirect("patients:plan", pk=frame.patient.pk)
