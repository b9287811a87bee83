"""Determinations of the level of care: drafted on one screen, read, signed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.sure import asks_again
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.determining import draft_determination, draft_of, sign_determination
from patients.forms.level import DeterminationForm
from patients.level_paper import rated
from patients.levels import ASAM_3, JUDGEMENT, SCHEMES
from patients.models import LevelDetermination
from patients.views.frame import Frame, frame_of, open_page

ROWS = LevelDetermination.objects.select_related(
    "patient__site", "signed_by", "author", "supersedes", "superseded_by"
)


@requires(Permission.DETERMINE_LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def determination_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """`?scheme=` chooses the form, `?kind=` what is decided; without, as the draft or the last one did."""
    frame = open_page(request, pk, verb="chart.read_level", tab="level")
    draft, data = draft_of(frame.patient), request.POST if request.method == "POST" else None
    scheme = SCHEMES[_scheme(request.GET.get("scheme", ""), frame, draft)]
    form = DeterminationForm(data, scheme=scheme, day=frame.day, draft=draft, kind=_kind(request, frame))
    status = 200
    if data is not None:
        status = form.attempt(
            lambda _: draft_determination(
                actor=frame.user, patient=frame.patient, finding=form.finding(), now=frame.now
            )
        )
        if not status:
            kept = draft_of(frame.patient)
            return (
                redirect("patients:determination_signature", pk=kept.pk) if kept else redirect(request.path)
            )
    schemes = [(key, one.title) for key, one in SCHEMES.items()]
    context = frame.context(form=form, schemes=schemes, scheme=scheme, draft=draft, kind=form["kind"].value())
    return render(request, "patients/determination_form.html", context, status=status)


def _scheme(asked: str, frame: Frame, draft: LevelDetermination | None) -> str:
    if asked in SCHEMES:
        return asked
    last = draft or frame.patient.determinations.first()
    if last is not None:
        return last.scheme
    episode = frame.header.episode
    return ASAM_3.key if episode is not None and episode.is_part2 else JUDGEMENT.key


def _kind(request: HttpRequest, frame: Frame) -> str:
    asked = request.GET.get("kind", "")
    if asked in LevelDetermination.Kind.values:
        return asked
    return LevelDetermination.Kind.CONTINUED if frame.header.in_program else LevelDetermination.Kind.ADMISSION


@requires(Permission.SEE_CLINICAL)
@require_safe
def determination(request: HttpRequest, pk: int) -> HttpResponse:
    row = open_row(request, ROWS, pk, verb="determination.read")
    return render(request, "patients/determination.html", _context(request, row))


def _context(request: HttpRequest, row: LevelDetermination, **more: Any) -> dict[str, Any]:
    frame = frame_of(request, row.patient, "level")
    return frame.context(
        row=row,
        rated=rated(row),
        newer=getattr(row, "superseded_by", None),
        may_determine=frame.may(Permission.DETERMINE_LEVEL),
        **more,
    )


@requires(Permission.DETERMINE_LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def determination_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """Signing asks who you are again, then freezes what was found."""
    return _sign(request, open_row(request, ROWS, pk, verb="determination.read"))


@asks_again
def _sign(request: HttpRequest, row: LevelDetermination) -> HttpResponse:
    frame, said, status = frame_of(request, row.patient, "level"), "", 200
    if request.method == "POST":
        try:
            sign_determination(actor=frame.user, determination=row, now=frame.now)
        except Refused as refusal:
            said, status = refusal.sentence, refusal.status
        else:
            messages.success(request, "Determination signed.")
            return redirect("patients:level_of_care", pk=row.patient_id)
    context = _context(request, row, said=said, signing=True)
    return render(request, "patients/determination.html", context, status=status)
