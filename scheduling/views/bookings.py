"""Cancelling one person's seat."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.models import Patient
from scheduling.booking import cancel
from scheduling.forms import CancelBookingForm
from scheduling.models import Booking, TherapySession
from scheduling.promised import shortfalls_words


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def booking_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Booking.objects.select_related("patient", "session__site", "session__room")
    booking, now = open_row(request, rows, pk, verb="booking.read"), timezone.now()
    actor, status = cast(User, request.user), 200
    form = CancelBookingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        status = form.attempt(
            lambda said: cancel(
                actor=actor,
                booking=booking,
                reason=said["reason"],
                by_patient=said["who"] == "patient",
                now=now,
            )
        )
    if not status:
        messages.success(request, f"{booking.session.title} is cancelled for {booking.patient.called}.")
        warn_of_shortfall(request, booking.session, [booking.patient], now)
        return redirect("scheduling:patient_week", pk=booking.patient_id)
    context = {"booking": booking, "form": form, "has_begun": booking.session.has_begun(now)}
    return render(request, "scheduling/booking_cancel.html", context, status=status)


def warn_of_shortfall(
    request: HttpRequest, session: TherapySession, people: Iterable[Patient], now: datetime
) -> None:
    """Say at the top of the next page whose own week with the session has fewer hours than prescribed."""
    today = local_day(now, session.site.time_zone)
    if session.counts_toward_hours and (words := shortfalls_words(people, session.occurs_on, today)):
        messages.warning(request, words)
