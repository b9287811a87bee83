"""The patient chooses another time for what was cancelled; the seat is theirs as soon as they say so."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.htmx import wants_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.portal import frame
from scheduling.makeups import make_up as book_make_up
from scheduling.models import Booking
from scheduling.portal import own_appointment
from sessions.another_time import AnotherTime, another_time
from sessions.portal_forms import MakeUpForm


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def make_up(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The ways, nearest in minutes first; `?way=` shows the week with one of them."""
    booking = own_appointment(request, public_id).booking
    page = another_time(booking, timezone.now())
    form = MakeUpForm(request.POST if request.method == "POST" else None, choices=page.choices)
    if not form.is_bound:
        return _ask(request, booking, page, form)
    if page.is_made_by(form.data.get("way", "")):
        return redirect("portal:week")
    if not form.is_valid():
        return _ask(request, booking, page, form, status=409 if page.made else 422)
    session = form.chosen.way.session
    try:
        book_make_up(actor=cast(User, request.user), booking=booking, session=session, now=timezone.now())
    except Refused as refusal:
        fresh = another_time(booking, timezone.now())
        again = MakeUpForm(choices=fresh.choices)
        return _ask(request, booking, fresh, again, refused=refusal.sentence, status=refusal.status)
    messages.success(request, f"Your seat is saved: {form.chosen.day}, {session.title}.")
    return redirect("portal:week")


def _ask(
    request: HttpRequest,
    booking: Booking,
    page: AnotherTime,
    form: MakeUpForm,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    asked = request.GET.get("way") or (form.data.get("way") if form.is_bound else "")
    shown = next((choice for choice in page.choices if choice.key == asked), None) or form.first
    context = frame(booking.patient, "week", []) | {"booking": booking, "page": page, "form": form}
    context |= {"shown": shown, "refused": refused, "ways": form.rows}
    name = "_made" if wants_piece(request) else "make_up"
    return render(request, f"sessions/portal/{name}.html", context, status=status)
