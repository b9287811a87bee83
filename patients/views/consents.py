"""Consents on file: record one as signed, take one back."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.consenting import missing_for_admission, revoke_consent, sign_consent
from patients.forms.clinical import ConsentForm
from patients.models import Consent
from patients.views.frame import frame_of, open_page

RECORDERS = (Permission.EDIT_PATIENTS, Permission.ADMIT)


@requires(Permission.SEE_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_consents", tab="consents")
    data = request.POST if request.method == "POST" else None
    if data is not None:
        frame.demand(*RECORDERS)
    form = ConsentForm(data, patient=frame.patient, day=frame.day)
    status = 200
    if data is not None:
        status = form.attempt(lambda said: sign_consent(actor=frame.user, patient=frame.patient, **said))
        if not status:
            messages.success(request, "Consent recorded.")
            return redirect("patients:consents", pk=pk)
    rows = list(frame.patient.consents.select_related("recorded_by", "related_person"))
    context = frame.context(
        form=form,
        rows=[(row, _standing(row, frame.day)) for row in rows],
        missing=missing_for_admission(frame.patient, frame.day),
        may_record=frame.may(*RECORDERS),
        may_mark=frame.may(Permission.ADMIT)
        and frame.header.in_program
        and not frame.header.episode.is_part2,
    )
    return render(request, "patients/consents.html", context, status=status)


def _standing(consent: Consent, day: date) -> str:
    """revoked, expired, future or in force."""
    if consent.revoked_at is not None:
        return "revoked"
    if consent.expires_on is not None and consent.expires_on < day:
        return "expired"
    return "in force"


@requires(*RECORDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Consent.objects.select_related("patient__site", "related_person")
    consent = open_row(request, rows, pk, verb="consent.read")
    frame = frame_of(request, consent.patient, "consents")
    if request.method == "POST":
        revoke_consent(actor=frame.user, consent=consent, now=frame.now)
        messages.success(request, f"{consent.words}: taken back. It stays on file.")
        return redirect("patients:consents", pk=consent.patient_id)
    context = {"consent": consent, "patient": consent.patient}
    return page_or_piece(
        request, "patients/consent_revocation.html", "patients/_consent_revocation.html", context
    )
