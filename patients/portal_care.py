"""The patient's own papers: what was written with them, to read, to keep and to sign."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.forms import ClinicForm
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.checkin import due_checkins
from patients.document_signing import family_parts, sign_as_patient
from patients.document_words import parts_said, title_of
from patients.documenting import form_of
from patients.documents.reader import load_documents
from patients.models import ClinicalDocument, Patient, Signature, TreatmentPlan
from patients.portal import frame, today_of


class SignForm(ClinicForm):
    """Typing one's name and agreeing is the signature; nothing is drawn."""

    signed_name = forms.CharField(label="Your full name", max_length=160)
    agreed = forms.BooleanField(
        label="I have read this and it is what I want",
        error_messages={"required": "Tick this if you agree. If not, talk to your clinician first."},
    )


@requires(Permission.USE_PORTAL)
@require_safe
def care(request: HttpRequest) -> HttpResponse:
    """Everything about their care that is theirs to open."""
    patient = own_chart(request)
    due = due_checkins(patient, today_of(patient, timezone.now()))
    papers = [(document, title_of(document)) for document in own_documents(patient)]
    plan, after = own_plan(patient, today_of(patient, timezone.now())), after_stay(patient, timezone.now())
    context = {
        "papers": papers,
        "after": after,
        "plan": plan,
        "plan_waits": plan is not None and waits_for_patient(plan),
    }
    return render(request, "patients/portal/care.html", frame(patient, "care", due) | context)


def after_stay(patient: Patient, now: datetime) -> dict[str, Any]:
    """Once the program is over: its last day and the appointments still ahead; empty before."""
    last = patient.episodes.order_by("-admitted_on").first()
    if last is None or last.ended_on is None:
        return {}
    return {"ended_on": last.ended_on, "appointments": last.aftercare.unanswered().filter(at__gte=now)}


def own_documents(patient: Patient) -> list[ClinicalDocument]:
    """The version in force of each kind the portal shows; one query."""
    shown = [kind for kind, form in load_documents().items() if form.in_portal]
    rows = patient.documents.signed().filter(kind__in=shown).order_by("kind", "-version").distinct("kind")
    return list(rows)


def own_plan(patient: Patient, day: date) -> TreatmentPlan | None:
    """The plan in force of the running stay; none before or after."""
    episode = patient.episodes.filter(ended_on__isnull=True, admitted_on__lte=day).first()
    return None if episode is None else episode.plans.in_force_on(day).first()


def waits_for_patient(plan: TreatmentPlan) -> bool:
    """Whether the patient has not signed; a reason noted for none does not keep them from it."""
    signed = plan.signatures.filter(part=Signature.Part.PATIENT).exclude(way=Signature.Way.NONE)
    return not signed.exists()


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One of their own papers; where their signature is still wanted, they give it here."""
    patient = own_chart(request)
    shown = [document.pk for document in own_documents(patient)]
    document = get_object_or_404(ClinicalDocument, public_id=public_id, pk__in=shown)
    document.patient = patient
    assert isinstance(request.user, User)
    record(request.user, "document.read", document)
    form, status = SignForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = _sign(request.user, document, form)
        if not status:
            messages.success(request, "Signed. Thank you.")
            return redirect("portal:paper", public_id=public_id)
    context = frame(patient, "care", []) | {
        "document": document,
        "form_of": form_of(document),
        "parts": parts_said(document),
        "form": form if _may_sign(document) else None,
    }
    return render(request, "patients/portal/paper.html", context, status=status)


def _sign(user: User, document: ClinicalDocument, form: SignForm) -> int:
    return form.attempt(
        lambda said: sign_as_patient(
            actor=user,
            document=document,
            way=Signature.Way.PORTAL,
            signed_name=said["signed_name"],
            now=timezone.now(),
        )
    )


def _may_sign(document: ClinicalDocument) -> bool:
    return Signature.Part.PATIENT in family_parts(document)
