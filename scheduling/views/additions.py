"""Adding someone to one session this once: found by name, looked at, booked."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.htmx import page_or_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from patients.chart import open_chart
from patients.finding import LONGEST, search
from patients.models import Patient
from scheduling.addition_form import AdditionForm
from scheduling.booking import book
from scheduling.models import TherapySession
from scheduling.overrides import NOT_YOURS
from scheduling.rosters import page_of
from scheduling.views.bookings import warn_of_shortfall
from scheduling.views.sessions import open_session
from scheduling.weeks import open_episode
from scheduling.words import when_words

HITS = 8


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def session_addition(request: HttpRequest, pk: int) -> HttpResponse:
    """Search, then choose: `q` and `person` are posted, so that no name stands in an address."""
    found, now, actor = open_session(request, pk), timezone.now(), cast(User, request.user)
    form, status, patient = AdditionForm(request.POST if "person" in request.POST else None), 200, None
    if form.is_bound:
        patient, status = _chosen(request, form), 422
    if patient is not None:
        status = form.attempt(lambda said: _book(actor, found, patient, said))
    if not status and patient is not None:
        when = when_words(found.starts_at, found.site.time_zone)
        messages.success(request, f"{patient.called} is booked: {found.title}, {when}.")
        warn_of_shortfall(request, found, [patient], now)
        return redirect("scheduling:session", pk=pk)
    found.refresh_from_db()
    return _show(request, found, form, patient, status)


def _chosen(request: HttpRequest, form: AdditionForm) -> Patient | None:
    """Through the door: 404 outside this person's sites. None for what is no number."""
    return open_chart(request, form.cleaned_data["person"]) if form.is_valid() else None


def _book(actor: User, session: TherapySession, patient: Patient, said: dict[str, Any]) -> None:
    episode = open_episode(patient)
    if episode is None:
        raise Refused(f"{patient.called} is not in the program. Admit them first.")
    asked = {name: said[name] for name in ("anyway", "reason")}
    book(actor=actor, session=session, episode=episode, now=timezone.now(), **asked)


def _show(
    request: HttpRequest, session: TherapySession, form: AdditionForm, patient: Patient | None, status: int
) -> HttpResponse:
    user, text = cast(User, request.user), request.POST.get("q", "")[:LONGEST].strip()
    page = page_of(session, timezone.now())
    context = {
        "session": session,
        "page": page,
        "form": form,
        "patient": patient,
        "may_go_ahead": form.may_go_ahead and may(user.role, Permission.OVERRIDE_CLASH),
        "not_yours": NOT_YOURS if form.may_go_ahead else "",
        "text": text,
        "hits": search(user, text, HITS) if text else [],
        "booked": {booking.patient_id for booking in page.booked},
    }
    names = "scheduling/session_addition.html", "scheduling/_addition_found.html"
    return page_or_piece(request, *names, context, status=status)
