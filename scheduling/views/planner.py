"""A week for someone: the ask, the best week with two others, and booking the one that was looked at."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.audit.trail import record
from iop_clinic.roles import Permission
from patients.models import Episode
from patients.views.frame import Frame, open_page
from scheduling.book_week_form import BookWeekForm
from scheduling.booking_moves import book_week_moving
from scheduling.booking_weeks import BookedWeek, book_week
from scheduling.pattern_problem import Pattern, pattern_of
from scheduling.proposed import shown_weeks
from scheduling.week_ask_form import WeekAskForm, query_of
from scheduling.weeks import open_episode
from scheduling.words import day_words


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def planner(request: HttpRequest, pk: int) -> HttpResponse:
    """`?asked=1&...` is the ask, `use` the alternative that is drawn; a POST books what was looked at."""
    frame = open_page(request, pk, verb="schedule.plan", tab="")
    episode = open_episode(frame.patient)
    if episode is None:
        return render(request, "scheduling/planner.html", frame.context(episode=None))
    form = WeekAskForm(request.GET, episode=episode, day=frame.day)
    ask = form.ask
    if ask is None:
        shown: dict[str, Any] = {"episode": episode, "form": form, "is_open": True}
        return render(request, "scheduling/planner.html", frame.context(**shown), status=422)
    ask = replace(ask, moves=ask.moves and _may_name_others(frame, episode))
    pattern, status = pattern_of(episode, ask, frame.now), 200
    booking = BookWeekForm(request.POST if request.method == "POST" else None, pattern=pattern)
    if booking.is_bound:
        booked: list[BookedWeek] = []
        status = booking.attempt(lambda said: booked.append(_book(frame, episode, booking)))
        if not status:
            messages.success(request, _booked_words(frame, booked[0]))
            return redirect(f"{reverse('scheduling:patient_week', args=[pk])}?week={ask.from_on}")
        pattern = pattern_of(episode, ask, frame.now)
    shown = _shown(request.GET, frame, pattern) | {"form": form, "booking": booking}
    return render(request, "scheduling/planner.html", frame.context(**shown), status=status)


def _may_name_others(frame: Frame, episode: Episode) -> bool:
    """Who sees the patients of the site of this stay."""
    return frame.may(Permission.SEE_PATIENTS) and frame.user.sites.filter(pk=episode.site_id).exists()


def _book(frame: Frame, episode: Episode, booking: BookWeekForm) -> BookedWeek:
    asked, moved = booking.asked, booking.moved
    if moved:
        return book_week_moving(
            actor=frame.user, pattern=booking.pattern, moved=moved, now=frame.now, **asked
        )
    from_on = booking.pattern.ask.from_on
    return book_week(actor=frame.user, episode=episode, from_on=from_on, now=frame.now, **asked)


def _shown(query: QueryDict, frame: Frame, pattern: Pattern) -> dict[str, Any]:
    use = query.get("use", "")
    chosen = int(use) if use.isdecimal() and len(use) < 3 else 0
    links = {"change": query_of(pattern.ask, change=1), "moves": query_of(pattern.ask, moves="on")}
    shown = shown_weeks(pattern, chosen, frame.user)
    for one in shown["moved"]:
        record(frame.user, "schedule.plan", pattern.rows.movable[one.pk].episode.patient)
    return shown | {
        "episode": pattern.episode,
        "links": links,
        "is_open": "change" in query,
        "query": query_of(pattern.ask),
    }


def _booked_words(frame: Frame, week: BookedWeek) -> str:
    """ "Ana’s week is booked: 6 groups and 2 visits. Without Thu 11/26, when ..." """
    groups, visits = len(week.places), len(week.visits)
    said = [f"{groups} group{'' if groups == 1 else 's'}", f"{visits} visit{'' if visits == 1 else 's'}"]
    words = f"{frame.patient.called}’s week is booked: {' and '.join(said)}."
    if week.left_out:
        days = ", ".join(day_words(day) for day in week.left_out)
        words += f" No visit on {days}: closed, or the clinician is away."
    return words
