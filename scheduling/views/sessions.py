"""One session: who is expected, and moving or cancelling it. A piece beside the board, or its own page."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission, may
from scheduling.forms import ReasonForm
from scheduling.models import TherapySession
from scheduling.moving import cancel_session
from scheduling.rosters import page_of, sessions_at_sites_of
from scheduling.seating import places_without_seat
from scheduling.views.bookings import warn_of_shortfall


def open_session(request: HttpRequest, pk: int) -> TherapySession:
    """The session, if at one of this person's sites; 404 otherwise. Its roster names people: recorded."""
    user = cast(User, request.user)
    found = get_object_or_404(sessions_at_sites_of(user), pk=pk)
    people = set(found.bookings.values_list("patient_id", flat=True))
    people |= {found.series.episode.patient_id} if found.series else set()
    people |= set(places_without_seat(found).values_list("episode__patient", flat=True))
    record(user, "session.read", found, patients=people)
    return found


@requires(Permission.SEE_WEEK)
@require_safe
def session(request: HttpRequest, pk: int) -> HttpResponse:
    found = open_session(request, pk)
    back = getattr(getattr(request, "htmx", None), "current_url_abs_path", None)
    context = {
        "page": page_of(found, timezone.now()),
        "session": found,
        "may_book": may(request.user.role, Permission.BOOK),  # type: ignore[union-attr]
        "may_send_measures": may(request.user.role, Permission.SEND_MEASURES),  # type: ignore[union-attr]
        "may_see_patients": may(request.user.role, Permission.SEE_PATIENTS),  # type: ignore[union-attr]
        "back": back,
    }
    return page_or_piece(request, "scheduling/session.html", "scheduling/_session.html", context)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def session_cancellation(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a session off. Everyone's seat is freed and their reminders are taken back."""
    found, now, actor = open_session(request, pk), timezone.now(), cast(User, request.user)
    if request.method != "POST":
        return _show(request, found, ReasonForm(), "cancellation")
    form = ReasonForm(request.POST)
    expected = [booking.patient for booking in page_of(found, now).booked]
    status = form.attempt(
        lambda said: cancel_session(actor=actor, session=found, reason=said["reason"], now=now)
    )
    if status:
        return _show(request, found, form, "cancellation", status)
    messages.success(request, f"{found.title} is cancelled.")
    warn_of_shortfall(request, found, expected, now)
    affected = found.counts_toward_hours and found.bookings.exists()
    return redirect("scheduling:make_ups" if affected else "scheduling:session", pk=pk)


def _show(
    request: HttpRequest, found: TherapySession, form: Any, what: str, status: int = 200
) -> HttpResponse:
    context = {"page": page_of(found, timezone.now()), "session": found, "form": form}
    return render(request, f"scheduling/session_{what}.html", context, status=status)
