"""A patient's own week: what comes next, the week as it is planned, and a visit of one's own."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.clock import week_of
from iop_clinic.htmx import wants_piece
from iop_clinic.roles import Permission
from patients.views.frame import Frame, open_page
from scheduling.asked import Asked, asked_for
from scheduling.booking import book_visit
from scheduling.forms import VisitForm
from scheduling.weeks import bookings_in, next_bookings, open_episode, places_of, plan_with
from scheduling.words import week_words


@requires(Permission.SEE_PATIENTS)
@require_safe
def patient_week(request: HttpRequest, pk: int) -> HttpResponse:
    """For the chart the next sessions; as a page `?week=` with each of its bookings."""
    frame = open_page(request, pk, verb="schedule.read", tab="")
    if wants_piece(request):
        coming = next_bookings(frame.patient, frame.now)
        context = {"patient": frame.patient, "next": coming, "now": frame.now, "day": frame.day}
        context["tz_name"] = frame.patient.site.time_zone
        return render(request, "scheduling/_next.html", context)
    asked = asked_for(request.GET, frame.patient.site, frame.day)
    shown = _week(frame, asked) | {"may_book": frame.may(Permission.BOOK), "now": frame.now}
    return render(request, "scheduling/patient_week.html", frame.context(**shown))


def _week(frame: Frame, asked: Asked) -> dict[str, Any]:
    week, episode = asked.week, open_episode(frame.patient)
    bookings = bookings_in(frame.patient, week)
    places = places_of(episode, frame.day) if episode else []
    this: date = week_of(frame.day, frame.patient.site.week_starts_weekday).starts_on
    return {
        "episode": episode,
        "places": places,
        "bookings": bookings,
        "plan": plan_with(episode, [p.group for p in places], bookings, week.ends_on) if episode else None,
        "title": week_words(week.starts_on, week.ends_on),
        "before": asked.query(week_on=week.previous().starts_on),
        "this": asked.query(week_on=this),
        "after": asked.query(week_on=week.next().starts_on),
    }


TAKEN = ("kind", "minutes", "lead", "room", "mode", "weeks")


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """An individual, family or medication hour, once or weekly. A clash books none of them."""
    frame = open_page(request, pk, verb="chart.read", tab="")
    episode, posted = open_episode(frame.patient), request.method == "POST"
    form = VisitForm(request.POST if posted else None, site=frame.patient.site, initial={"on": frame.day})
    status = 409 if posted else 200
    if posted and episode:
        status = form.attempt(
            lambda said: book_visit(
                actor=frame.user,
                episode=episode,
                starts_at=form.instant,
                now=frame.now,
                **{name: said[name] for name in TAKEN},
            )
        )
    if not status:
        messages.success(request, "Booked.")
        return redirect("scheduling:patient_week", pk=pk)
    return render(request, "scheduling/visit.html", frame.context(episode=episode, form=form), status=status)
