"""Another time for what was cancelled: everyone of a session that was called off, or one person's booking."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_row
from scheduling.lost_time import countable_minutes, lost_of
from scheduling.makeups import make_up as book_make_up
from scheduling.makeups import ways_for, ways_for_all
from scheduling.models import Booking, TherapySession
from scheduling.rosters import sessions_at_sites_of
from scheduling.views.sessions import open_session
from scheduling.words import when_words

SHOWN = 3
ROWS = Booking.objects.select_related(
    "patient__site", "episode", "session__site", "makes_up__session__site", "makes_up__episode"
)


@requires(Permission.BOOK)
@require_safe
def make_ups(request: HttpRequest, pk: int) -> HttpResponse:
    """Everyone whose seat in this session the clinic cancelled, with ways to book by phone."""
    found, now = open_session(request, pk), timezone.now()
    cancelled = found.bookings.filter(status=Booking.Status.CANCELLED_BY_CLINIC)
    bookings = list(
        cancelled.select_related("patient").order_by("patient__family_name", "patient__given_name")
    )
    made = Booking.objects.active().filter(makes_up__in=bookings).select_related("session__site")
    made_up = {row.makes_up_id: row for row in made}
    ways = ways_for_all(bookings, now)
    rows = [
        {"booking": one, "patient": one.patient, "made": made_up.get(one.pk), "ways": ways[one.pk][:SHOWN]}
        for one in bookings
    ]
    context = {"session": found, "rows": rows, "open": sum(1 for row in rows if row["ways"])}
    context |= {"tz_name": found.site.time_zone, "minutes": countable_minutes(found)}
    return render(request, "scheduling/make_ups.html", context)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def make_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Every way for one cancelled booking; choosing one takes the seat."""
    booking = open_row(request, ROWS, pk, verb="booking.read")
    if request.method == "POST":
        return _book(request, booking)
    return _show(request, booking)


def _book(request: HttpRequest, booking: Booking) -> HttpResponse:
    actor, now, chosen = cast(User, request.user), timezone.now(), request.POST.get("session", "")
    session = sessions_at_sites_of(actor).filter(pk=int(chosen)).first() if _is_number(chosen) else None
    if session is None:
        return _show(request, booking, refused="Choose one of the sessions.", status=422)
    try:
        made = book_make_up(actor=actor, booking=booking, session=session, now=now)
    except Refused as refusal:
        return _show(request, booking, refused=refusal.sentence, status=refusal.status)
    when = when_words(made.session.starts_at, made.session.site.time_zone)
    messages.success(request, f"{booking.patient.called} is booked: {made.session.title}, {when}.")
    lost = lost_of(booking).session
    if not lost.is_visit and lost.status == TherapySession.Status.CANCELLED:
        return redirect("scheduling:make_ups", pk=lost.pk)
    return redirect("scheduling:patient_week", pk=booking.patient_id)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _show(request: HttpRequest, booking: Booking, *, refused: str = "", status: int = 200) -> HttpResponse:
    now, lost = timezone.now(), lost_of(booking)
    made = Booking.objects.active().filter(makes_up=lost).select_related("session__site", "session__room")
    context = {
        "booking": booking,
        "lost": lost,
        "patient": booking.patient,
        "minutes": countable_minutes(lost.session),
        "made": made.first(),
        "ways": ways_for(booking, now),
        "refused": refused,
        "tz_name": lost.session.site.time_zone,
        "day": local_day(now, lost.session.site.time_zone),
    }
    return render(request, "scheduling/make_up.html", context, status=status)
