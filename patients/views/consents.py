"""The consents of a chart: what stands, what waits, what was; each on its own page, and taking one back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.htmx import page_or_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.consenting import (
    content_hash,
    drop_waiting,
    missing_for_admission,
    revoke_consent,
    sign_consent,
)
from patients.disclosing import today_of
from patients.forms.clinical import ConsentForm
from patients.forms.consents import RevocationForm
from patients.models import Consent
from patients.permitting import standing_of
from patients.views.frame import Frame, frame_of, open_page


@requires(Permission.SEE_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_consents", tab="consents")
    data = request.POST if request.method == "POST" else None
    if data is not None:
        frame.demand(Permission.RECORD_CONSENTS)
    form = ConsentForm(data, patient=frame.patient, day=frame.day)
    status = 200
    if data is not None:
        status = form.attempt(lambda said: sign_consent(actor=frame.user, patient=frame.patient, **said))
        if not status:
            messages.success(request, "Consent recorded.")
            return redirect("patients:consents", pk=pk)
    return render(request, "patients/consents.html", _listed(frame, form), status=status)


def _listed(frame: Frame, form: ConsentForm) -> dict[str, Any]:
    """The page's context: the rows by whether they wait, stand or are over."""
    rows = frame.patient.consents.select_related("recorded_by", "related_person")
    today = today_of(frame.patient, frame.now)
    groups: dict[str, list[tuple[Consent, str]]] = {"waiting": [], "standing": [], "over": []}
    for row in rows:
        standing = standing_of(row, today)
        groups[_GROUP.get(standing, "over")].append((row, standing))
    return frame.context(
        form=form,
        groups=groups,
        missing=missing_for_admission(frame.patient, frame.day),
        may_record=frame.may(Permission.RECORD_CONSENTS),
        may_mark=frame.may(Permission.ADMIT)
        and frame.header.in_program
        and not frame.header.episode.is_part2,
    )


_GROUP = {"waiting": "waiting", "in_force": "standing", "future": "standing"}


@requires(Permission.SEE_PATIENTS)
@require_safe
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """One consent as it was shown, readable and printable, with its signature and what was told under it."""
    rows = Consent.objects.select_related("patient__site", "related_person", "recorded_by", "revoked_by")
    row = open_row(request, rows, pk, verb="consent.read")
    frame = frame_of(request, row.patient, "consents")
    context = frame.context(
        consent=row,
        standing=standing_of(row, today_of(row.patient, frame.now)),
        is_intact=not row.content_sha256 or content_hash(row) == row.content_sha256,
        told=row.disclosures.count(),
        may_record=frame.may(Permission.RECORD_CONSENTS),
        in_portal=row.patient.user_id is not None,
    )
    return render(request, "patients/consent.html", context)


@requires(Permission.RECORD_CONSENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Consent.objects.select_related("patient__site", "related_person")
    row = open_row(request, rows, pk, verb="consent.read")
    frame, data, status = frame_of(request, row.patient, "consents"), None, 200
    if request.method == "POST":
        data = request.POST
    form = RevocationForm(data, consent=row)
    if data is not None:
        status = form.attempt(
            lambda said: revoke_consent(actor=frame.user, consent=row, now=frame.now, **said)
        )
        if not status:
            messages.success(request, f"{row.words}: taken back. It stays on file.")
            return redirect("patients:consents", pk=row.patient_id)
    context = {"consent": row, "patient": row.patient, "form": form}
    page, piece = "patients/consent_revocation.html", "patients/_consent_revocation.html"
    return page_or_piece(request, page, piece, context, status=status)


@requires(Permission.RECORD_CONSENTS)
@require_POST
def consent_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """One that waits and is not wanted any more."""
    rows = Consent.objects.select_related("patient__site", "related_person")
    row = open_row(request, rows, pk, verb="consent.read")
    try:
        drop_waiting(actor=frame_of(request, row.patient, "consents").user, consent=row)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("patients:consent", pk=pk)
    messages.success(request, "Removed. Nobody had signed it.")
    return redirect("patients:consents", pk=row.patient_id)
