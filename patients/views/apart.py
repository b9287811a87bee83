"""People a patient is not to share a group with: the list, finding one by a posted search, ending it."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission
from patients.chart import open_chart, open_row
from patients.finding import LONGEST, search
from patients.forms.apart import KeepApartForm
from patients.keeping_apart import end_keeping_apart, keep_apart
from patients.models import KeptApart, Patient
from patients.views.frame import Frame, open_page

HITS = 8


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def kept_apart(request: HttpRequest, pk: int) -> HttpResponse:
    """Search, then choose and say why: `q` and `person` are posted, so that no name stands in an address."""
    frame = open_page(request, pk, verb="chart.read_kept_apart", tab="")
    form, status, other = KeepApartForm(request.POST if "person" in request.POST else None), 200, None
    if form.is_bound:
        other, status = _chosen(request), 422
    if other is not None and "reason" in request.POST:
        chosen = other
        status = form.attempt(
            lambda said: keep_apart(
                actor=frame.user, patient=frame.patient, other=chosen, reason=said["reason"]
            )
        )
        if not status:
            messages.success(request, f"{frame.patient.called} and {other.called} are kept apart.")
            return redirect("patients:kept_apart", pk=pk)
    elif other is not None:
        form, status = KeepApartForm(initial={"person": other.pk}), 200
    return render(request, "patients/kept_apart.html", _shown(request, frame, form, other), status=status)


def _chosen(request: HttpRequest) -> Patient | None:
    """Through the door: 404 outside this person's sites. None for what is no number."""
    typed = request.POST["person"]
    return open_chart(request, int(typed)) if typed.isdecimal() and len(typed) < 10 else None


def _shown(request: HttpRequest, frame: Frame, form: KeepApartForm, other: Patient | None) -> dict[str, Any]:
    text = request.POST.get("q", "")[:LONGEST].strip()
    rows = KeptApart.objects.standing().of(frame.patient.pk).select_related("first", "second", "recorded_by")
    pairs = [(row, row.other_than(frame.patient.pk)) for row in rows]
    hits = [hit for hit in search(frame.user, text, HITS) if hit.pk != frame.patient.pk] if text else []
    return frame.context(form=form, other=other, text=text, hits=hits, pairs=pairs)


@requires(Permission.BOOK)
@require_POST
def kept_apart_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the page of the one it was ended from: `of` is either of the two."""
    row = open_row(request, KeptApart.objects.all(), pk, verb="chart.read_kept_apart", path="first")
    end_keeping_apart(actor=cast(User, request.user), row=row, now=timezone.now())
    messages.success(request, "They may share a group again.")
    of = request.POST.get("of", "")
    pks = {str(row.first_id): row.first_id, str(row.second_id): row.second_id}
    return redirect("patients:kept_apart", pk=pks.get(of, row.first_id))
