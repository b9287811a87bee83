"""The way in: the pipeline, a new referral, one referral and its moves."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.referral import ReferralForm, StageForm
from patients.header import may_open
from patients.intake import move_referral, refer
from patients.models import Referral
from patients.models.referral import OPEN_STAGES
from patients.pipeline import lanes, lately_closed
from patients.readiness import steps_before_admission
from patients.views.frame import frame_of

INTAKE = (Permission.REFER, Permission.ADMIT)


@requires(*INTAKE)
@require_safe
def referrals(request: HttpRequest) -> HttpResponse:
    site, user = require_site(request), cast(User, request.user)
    day = local_day(timezone.now(), site.time_zone)
    open_lanes, closed = lanes(site, day), lately_closed(site, day)
    rows = [*(row for lane in open_lanes for row in lane.rows), *closed]
    shown = [row.referral.patient_id for row in rows]
    record(user, "patients.referrals", site_id=site.pk, patients=shown)
    context = {
        "lanes": open_lanes,
        "closed": closed,
        "waiting": sum(len(lane.rows) for lane in open_lanes),
        "new_url": may_open(user, "patients:referral_new"),
    }
    return render(request, "patients/referrals.html", context)


@requires(Permission.REFER)
@require_http_methods(["GET", "HEAD", "POST"])
def referral_new(request: HttpRequest) -> HttpResponse:
    site, user, now = require_site(request), cast(User, request.user), timezone.now()
    day = local_day(now, site.time_zone)
    form = ReferralForm(request.POST if request.method == "POST" else None, user=user, day=day)
    made: list[Referral] = []
    status = 200
    if request.method == "POST":
        status = form.attempt(lambda said: made.append(refer(actor=user, site=site, now=now, **said)))
    if made:
        return redirect("patients:referral", pk=made[0].pk)
    if form.duplicates:
        shown = [row.patient.pk for row in form.duplicates]
        record(user, "patients.duplicates", site_id=site.pk, patients=shown)
    return render(request, "patients/referral_form.html", {"form": form}, status=status)


@requires(*INTAKE)
@require_safe
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    found = _open(request, pk)
    return _show(request, found, StageForm(initial={"stage": found.stage}))


@requires(*INTAKE)
@require_POST
def referral_stage(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _open(request, pk), StageForm(request.POST)
    now, user = timezone.now(), cast(User, request.user)
    status = form.attempt(lambda said: move_referral(actor=user, referral=found, now=now, **said))
    if status:
        return _show(request, found, form, status)
    stage = dict(Referral.Stage.choices)[form.cleaned_data["stage"]]
    messages.success(request, f"Moved to {stage.lower()}.")
    return redirect("patients:referral", pk=pk)


def _open(request: HttpRequest, pk: int) -> Referral:
    rows = Referral.objects.select_related("patient__site", "payer")
    return open_row(request, rows, pk, verb="referral.read")


def _show(request: HttpRequest, found: Referral, form: StageForm, status: int = 200) -> HttpResponse:
    frame = frame_of(request, found.patient, "")
    is_open = found.stage in OPEN_STAGES
    steps = steps_before_admission(found.patient, frame.user, frame.day, found) if is_open else []
    context: dict[str, Any] = frame.context(
        referral=found,
        moves=found.steps.select_related("by"),
        waited=found.days_waiting(frame.day),
        form=form,
        is_open=is_open,
        steps=steps,
        blocked=any(step.is_required and not step.is_done for step in steps),
        admit_url=may_open(frame.user, "patients:admission", found.patient_id),
    )
    return render(request, "patients/referral.html", context, status=status)
