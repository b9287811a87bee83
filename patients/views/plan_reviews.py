"""A review of the plan in force: each objective rated, kept as a draft, then signed."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.sure import asks_again
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.plan_review import ReviewForm
from patients.header import may_open
from patients.models import Objective, PlanReview, TreatmentPlan
from patients.models.plan import clock_of
from patients.plan_reviewing import evidence_from, is_reviewed, missing_for_review, sign_review, write_review
from patients.plan_tree import standing
from patients.trends import measure_trends
from patients.views.frame import Frame, frame_of
from patients.views.plan import show_plan


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft of a review, with evidence suggested from what the record measured and noted."""
    rows = TreatmentPlan.objects.select_related("episode__patient__site")
    plan = open_row(request, rows, pk, verb="plan.read", path="episode__patient")
    frame = frame_of(request, plan.episode.patient, "plan")
    if not plan.signed_at or not frame.header.in_program:
        return show_plan(request, frame, 409, "Only a signed plan of a running stay is reviewed.")
    form = _form(request, frame, plan)
    if request.method != "POST":
        return _show(request, frame, plan, form, 200)
    status = form.attempt(lambda said: write_review(actor=frame.user, plan=plan, rated=form.rated(), **said))
    if status:
        return _show(request, frame, plan, form, status)
    if "sign" in request.POST:
        return redirect("patients:plan_review_signature", pk=plan.reviews.get(signed_at__isnull=True).pk)
    messages.success(request, "Review saved. It counts once it is signed.")
    return redirect("patients:plan", pk=frame.patient.pk)


def _form(request: HttpRequest, frame: Frame, plan: TreatmentPlan) -> ReviewForm:
    written = plan.reviews.filter(signed_at__isnull=True).prefetch_related("objectives").first()
    found = Objective.objects.filter(goal__plan=plan).select_related("goal")
    objectives = [row for row in standing(found) if is_reviewed(row)]
    trends = {trend.instrument.id: trend for trend in measure_trends(frame.header)}
    suggested = {row.pk: evidence_from(row, trends.get(row.instrument_code), frame.day) for row in objectives}
    data = request.POST if request.method == "POST" else None
    return ReviewForm(
        data,
        objectives=objectives,
        suggested=suggested,
        written=written,
        initial=_initial(frame, written),
    )


def _initial(frame: Frame, written: PlanReview | None) -> dict[str, Any]:
    if written is not None:
        names = ("reviewed_on", "participants", "summary", "changes_goals", "next_review_on")
        return {name: getattr(written, name) for name in names}
    next_on = frame.day + timedelta(days=clock_of(frame.patient.site).review_days)
    who = f"{frame.patient.called}, {frame.user.full_name}"
    return {"reviewed_on": frame.day, "participants": who, "next_review_on": next_on}


def _show(
    request: HttpRequest, frame: Frame, plan: TreatmentPlan, form: ReviewForm, status: int
) -> HttpResponse:
    thread_url = may_open(frame.user, "sessions:thread", frame.patient.pk)
    context = frame.context(plan=plan, form=form, thread_url=thread_url)
    return render(request, "patients/plan_review.html", context, status=status)


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_review_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """Signing asks who you are again, then the review stays."""
    rows = PlanReview.objects.select_related("plan__episode__patient__site", "author")
    rows = rows.prefetch_related("objectives__objective__goal")
    review = open_row(request, rows, pk, verb="plan_review.read", path="plan__episode__patient")
    return _sign(request, review)


@asks_again
def _sign(request: HttpRequest, review: PlanReview) -> HttpResponse:
    frame, said, status = frame_of(request, review.plan.episode.patient, "plan"), "", 200
    if request.method == "POST":
        try:
            sign_review(actor=frame.user, review=review, now=frame.now)
        except Refused as refusal:
            said, status = refusal.sentence, refusal.status
        else:
            messages.success(request, "Review signed.")
            return redirect("patients:plan", pk=frame.patient.pk)
    missing = [] if review.signed_at else missing_for_review(review)
    context = frame.context(review=review, missing=missing, said=said)
    return render(request, "patients/plan_review_signature.html", context, status=status)
