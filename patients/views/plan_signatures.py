"""Signatures under a plan: clinician, supervisor and prescriber by password, patient and guardian by name."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.sure import asks_again
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.document import PatientSignatureForm
from patients.models import Signature, TreatmentPlan
from patients.models.plan import ABOUT_THE_PERSON, WAY_OUT, said_of
from patients.plan_signing import (
    cosign_plan,
    missing_for_signing,
    offer_copy,
    sign_plan,
    sign_plan_as_patient,
)
from patients.plan_tree import with_parts
from patients.views.frame import Frame, frame_of
from patients.views.plan import show_plan


def open_plan(request: HttpRequest, pk: int) -> tuple[Frame, TreatmentPlan]:
    """The version with its parts, through the door of its patient."""
    rows = with_parts(TreatmentPlan.objects.select_related("episode__patient__site", "signed_by"))
    found = open_row(request, rows, pk, verb="plan.read", path="episode__patient")
    return frame_of(request, found.episode.patient, "plan"), found


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """Signing asks who you are again: the clinician a draft, supervisor and prescriber what is signed."""
    frame, version = open_plan(request, pk)
    return _sign(request, frame, version)


@asks_again
def _sign(request: HttpRequest, frame: Frame, version: TreatmentPlan) -> HttpResponse:
    said, status = "", 200
    if request.method == "POST":
        verb = sign_plan if version.signed_at is None else cosign_plan
        try:
            verb(actor=frame.user, plan=version, now=frame.now)
        except Refused as refusal:
            said, status = refusal.sentence, refusal.status
        else:
            messages.success(request, f"Plan version {version.version} signed.")
            return redirect("patients:plan", pk=frame.patient.pk)
    context = frame.context(
        plan=version,
        missing=missing_for_signing(version) if version.signed_at is None else [],
        mine=version.signatures.filter(signer=frame.user).first(),
        said=said,
        about=said_of(version, ABOUT_THE_PERSON + WAY_OUT),
    )
    return render(request, "patients/plan_signature.html", context, status=status)


@requires(Permission.PLAN_TREATMENT)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_patient_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """The patient or a guardian signs on this screen, or it is written down how or why not."""
    frame, version = open_plan(request, pk)
    minor = frame.patient.age_on(version.effective_on) < 18
    part = request.GET.get("part", "")
    asked = part if part in (Signature.Part.PATIENT, Signature.Part.GUARDIAN) else Signature.Part.PATIENT
    name = (
        "" if asked == Signature.Part.GUARDIAN else f"{frame.patient.given_name} {frame.patient.family_name}"
    )
    form = PatientSignatureForm(
        request.POST if request.method == "POST" else None, initial={"part": asked, "signed_name": name}
    )
    status = 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: sign_plan_as_patient(actor=frame.user, plan=version, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "Signature kept.")
            return redirect("patients:plan", pk=frame.patient.pk)
    context = frame.context(plan=version, form=form, minor=minor)
    return render(request, "patients/plan_patient_signature.html", context, status=status)


@requires(Permission.PLAN_TREATMENT)
@require_POST
def plan_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy was offered to the patient: what they said goes on record."""
    frame, version = open_plan(request, pk)
    try:
        offer_copy(actor=frame.user, plan=version, answer=request.POST.get("answer", ""), now=frame.now)
    except Refused as refusal:
        return show_plan(request, frame, refusal.status, refusal.sentence)
    messages.success(request, "Noted that a copy was offered.")
    return redirect("patients:plan", pk=frame.patient.pk)
