"""A patient's own week: what comes next, and the week as it is planned."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.clock import week_of
from iop_clinic.htmx import wants_piece
from iop_clinic.roles import Permission
from patients.views.frame import Frame, open_page
from scheduling.ahead import taper_words, weeks_ahead
from scheduling.asked import Asked, asked_for
from scheduling.unavailable import hours_on_file
from scheduling.weeks import (
    bookings_in,
    next_bookings,
    open_episode,
    places_of,
    plan_with,
    visits_without,
)
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
    asked = asked_for(request.GET, frame.patient.site, frame.day, frame.weeks)
    shown = _week(frame, asked) | {"may_book": frame.may(Permission.BOOK), "now": frame.now}
    shown |= {"unavailable": hours_on_file(frame.patient, frame.day)}
    return render(request, "scheduling/patient_week.html", frame.context(**shown))


def _week(frame: Frame, asked: Asked) -> dict[str, Any]:
    week, episode = asked.week, open_episode(frame.patient)
    bookings = bookings_in(frame.patient, week)
    places = places_of(episode, frame.day) if episode else []
    on_board = week_of(week.days[3], frame.patient.site.week_starts_weekday).starts_on
    return {
        "episode": episode,
        "places": places,
        "bookings": bookings,
        "without_them": visits_without(frame.patient, week),
        "taper": taper_words(weeks_ahead(episode, frame.weeks, frame.day)) if episode else "",
        "plan": plan_with(episode, [p.group for p in places], bookings, week.ends_on) if episode else None,
        "title": week_words(week.starts_on, week.ends_on),
        "before": asked.query(week_on=frame.weeks.before(week).starts_on),
        "this": asked.query(week_on=frame.weeks.of(frame.day).starts_on),
        "after": asked.query(week_on=frame.weeks.after(week).starts_on),
        "board": f"{reverse('scheduling:week')}{asked.query(patient=frame.patient.pk, week_on=on_board)}",
    }
