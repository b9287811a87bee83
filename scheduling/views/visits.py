"""Booking a patient's own visits: single or repeated, with the ways round what clashes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.views.frame import open_page
from scheduling.booking import book_visit
from scheduling.models import Series
from scheduling.visit_form import VisitForm
from scheduling.weeks import open_episode


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Once, every week or every two weeks: all dates are booked, or each clash is listed."""
    frame = open_page(request, pk, verb="chart.read", tab="")
    episode, posted = open_episode(frame.patient), request.method == "POST"
    form = VisitForm(request.POST if posted else None, patient=frame.patient, day=frame.day)
    status, booked = 409 if posted else 200, list[Series]()
    if posted and episode:
        status = form.attempt(
            lambda said: booked.append(
                book_visit(actor=frame.user, episode=episode, now=frame.now, **form.asked)
            )
        )
    if not status:
        messages.success(request, _booked_words(booked[0]))
        return redirect(f"{reverse('scheduling:patient_week', args=[pk])}?week={booked[0].first_on}")
    may_override = frame.may(Permission.OVERRIDE_CLASH)
    rows = form.rows(may_override=may_override)
    shown = {"episode": episode, "form": form, "rows": rows, "asks_why": any(row.asks_why for row in rows)}
    return render(request, "scheduling/visit.html", frame.context(**shown), status=status)


def _booked_words(series: Series) -> str:
    made = series.sessions.count()
    skipped = len(series.days) - made
    visits = "Visit booked" if made == 1 else f"{made} visits booked"
    return f"{visits}, {skipped} skipped." if skipped else f"{visits}."
