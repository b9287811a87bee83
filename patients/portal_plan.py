"""The patient's own plan: goals in their words, what they do for each, how it goes, and their signature."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.models import Signature, TreatmentPlan
from patients.models.plan import ABOUT_THE_PERSON, said_of
from patients.plan_signing import sign_plan_as_patient
from patients.portal import frame, today_of
from patients.portal_care import SignForm, own_plan, waits_for_patient
from patients.progress import goals_of, measures_of


class PlanSignForm(SignForm):
    """The signature names the version that was read."""

    plan = forms.IntegerField(widget=forms.HiddenInput)


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def my_plan(request: HttpRequest) -> HttpResponse:
    """What we agreed on; where their signature is still wanted, they give it here."""
    patient, now = own_chart(request), timezone.now()
    today = today_of(patient, now)
    plan = own_plan(patient, today)
    assert isinstance(request.user, User)
    if plan is None:
        return render(request, "patients/portal/plan.html", frame(patient, "care", []))
    record(request.user, "plan.read", plan)
    form = PlanSignForm(request.POST if request.method == "POST" else None, initial={"plan": plan.pk})
    status = _sign(request.user, plan, form, now) if request.method == "POST" else 200
    if not status:
        messages.success(request, "Signed. Thank you.")
        return redirect("portal:plan")
    rows = goals_of(plan.episode, today, measures_of(patient, plan.episode.admitted_on))
    prefetch_related_objects([row.objective for row in rows], "interventions__who")
    context = frame(patient, "care", []) | {
        "plan": plan,
        "rows": rows,
        "about": said_of(plan, ABOUT_THE_PERSON),
        "signatures": plan.signatures.exclude(way=Signature.Way.NONE),
        "form": form if waits_for_patient(plan) else None,
    }
    return render(request, "patients/portal/plan.html", context, status=status)


def _sign(user: User, plan: TreatmentPlan, form: PlanSignForm, now: datetime) -> int:
    def deed(said: dict[str, object]) -> None:
        if said["plan"] != plan.pk:
            raise Refused("Your plan has changed since you opened this page. Read it, then sign.")
        if not waits_for_patient(plan):
            raise Refused("You have signed this plan already.")
        sign_plan_as_patient(
            actor=user, plan=plan, way=Signature.Way.PORTAL, signed_name=str(said["signed_name"]), now=now
        )

    return form.attempt(deed)
