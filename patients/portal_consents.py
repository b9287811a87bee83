"""My consents in the portal: what waits for me, what I signed, and taking one back."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.checkin import due_checkins
from patients.consenting import give_signature, revoke_consent
from patients.disclosing import today_of
from patients.forms.consents import OwnSignatureForm
from patients.models import Consent, Patient
from patients.permitting import standing_of
from patients.portal import frame

# Stopping these is a talk with the clinic, not a button.
ASK_US = (Consent.Kind.TREATMENT, Consent.Kind.PRIVACY_NOTICE)


def _own(patient: Patient, public_id: UUID) -> Consent:
    rows = Consent.objects.select_related("patient__site", "related_person")
    return get_object_or_404(rows, public_id=public_id, patient=patient)


@requires(Permission.USE_PORTAL)
@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    patient, now = own_chart(request), timezone.now()
    today = today_of(patient, now)
    rows = patient.consents.select_related("related_person").order_by("-signed_on", "kind")
    listed = [(row, standing_of(row, today)) for row in rows]
    context = frame(patient, "care", due_checkins(patient, today.day)) | {
        "waiting": [row for row, standing in listed if standing == "waiting"],
        "signed": [(row, standing) for row, standing in listed if standing != "waiting"],
    }
    return render(request, "patients/portal/consents.html", context)


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Read one; sign it where it waits."""
    patient, now = own_chart(request), timezone.now()
    row, status = _own(patient, public_id), 200
    form = OwnSignatureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        user = cast(User, request.user)
        status = form.attempt(
            lambda _: give_signature(actor=user, consent=row, signing=form.signing(), now=now)
        )
        if not status:
            messages.success(request, "Signed. Thank you.")
            return redirect("portal:consents")
        row.refresh_from_db()
    standing = standing_of(row, today_of(patient, now))
    may_revoke = standing in ("in_force", "future") and not row.is_irrevocable and row.kind not in ASK_US
    context = frame(patient, "care", []) | {
        "consent": row,
        "standing": standing,
        "form": form,
        "may_revoke": may_revoke,
        "tz_name": patient.site.time_zone,
    }
    return render(request, "patients/portal/consent.html", context, status=status)


@requires(Permission.USE_PORTAL)
@require_POST
def consent_revocation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    patient, now = own_chart(request), timezone.now()
    row, user = _own(patient, public_id), cast(User, request.user)
    try:
        if row.kind in ASK_US:
            raise Refused("Please call us about this one.")
        revoke_consent(actor=user, consent=row, now=now, how=Consent.RevokedHow.PORTAL)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("portal:consent", row.public_id)
    messages.success(request, "Taken back. From now on nothing is given out under it.")
    return redirect("portal:consents")
