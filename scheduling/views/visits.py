"""Booking a patient's own visits: single or repeated, with the ways round what clashes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.htmx import wants_piece
from iop_clinic.roles import Permission
from patients.views.frame import Frame, open_page
from scheduling.models import Series
from scheduling.promised import VisitHours, with_visit
from scheduling.views.bookings import warn_of_shortfall
from scheduling.visit_form import VisitForm
from scheduling.visits import book_visit
from scheduling.weeks import open_episode


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Once, every week or every two weeks: all dates are booked, or each clash is listed."""
    frame = open_page(request, pk, verb="chart.read", tab="")
    episode, posted = open_episode(frame.patient), request.method == "POST"
    form = VisitForm(request.POST if posted else None, patient=frame.patient, day=frame.day)
    if posted and wants_piece(request):
        return render(request, "scheduling/_visit_hours.html", {"hours": _hours(frame, form)})
    status, booked = 409 if posted else 200, list[Series]()
    if posted and episode:
        status = form.attempt(
            lambda said: booked.append(
                book_visit(actor=frame.user, episode=episode, now=frame.now, **form.asked)
            )
        )
    if not status:
        messages.success(request, _booked_words(booked[0]))
        warn_of_shortfall(request, booked[0].sessions.all()[0], [frame.patient], frame.now)
        return redirect(f"{reverse('scheduling:patient_week', args=[pk])}?week={booked[0].first_on}")
    may_override = frame.may(Permission.OVERRIDE_CLASH)
    rows = form.rows(may_override=may_override)
    shown: dict[str, Any] = {"episode": episode, "form": form, "rows": rows, "hours": _hours(frame, form)}
    shown["asks_why"] = any(row.asks_why for row in rows)
    return render(request, "scheduling/visit.html", frame.context(**shown), status=status)


def _hours(frame: Frame, form: VisitForm) -> VisitHours:
    """The hours of the chosen week with this visit; of this week while nothing is chosen."""
    form.is_valid()
    said = form.cleaned_data if form.is_bound else {}
    on, counts = said.get("on"), said.get("present") != "no"
    minutes = said.get("minutes") or 0
    return with_visit(frame.patient, frame.weeks, on or frame.day, minutes if on and counts else 0, frame.day)


def _booked_words(series: Series) -> str:
    made = series.sessions.count()
    skipped = len(series.days) - made
    visits = "Visit booked" if made == 1 else f"{made} visits booked"
    return f"{visits}, {skipped} skipped." if skipped else f"{visits}."
