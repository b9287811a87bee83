"""Hours: everyone's week on one board, and one person's week as the chart shows it."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission, may
from patients.chart import open_chart
from patients.models import Episode, Patient
from patients.weeks import own_weeks
from sessions.chart_hours import chart_week, latest_episode
from sessions.hours_asked import board_links, hours_asked
from sessions.hours_board import weeks_of_people
from sessions.week_page import week_words

PAGE_ROWS = 50


@requires(Permission.SEE_HOURS)
@require_safe
def hours_board(request: HttpRequest) -> HttpResponse:
    """Everyone in the program that week, the shortest first; who is short this week and the next."""
    site, now, user = require_site(request), timezone.now(), cast(User, request.user)
    today = local_day(now, site.time_zone)
    asked = hours_asked(request.GET, site, today)
    every = weeks_of_people(
        asked.episodes(site), site=site, on=asked.week.on_weekday(today.weekday()), now=now
    )
    rows = [row for row in every if row.short_minutes or not asked.short]
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    shown = [row.patient_id for row in page]
    record(user, "sessions.read_hours_board", site_id=site.pk, patients=shown)
    context = board_links(asked, site, today) | {
        "page": page,
        "short": sum(1 for row in every if row.short_minutes),
        "people": len(every),
        "asked": asked,
        "week_words": week_words(asked.week),
        "query": f"{asked.query()[1:]}&",
        "is_this_week": today in asked.week,
        "may_book": may(user.role, Permission.BOOK) and asked.week.ends_on >= today,
    }
    return render(request, "sessions/hours_board.html", context)


@requires(Permission.SEE_HOURS)
@require_safe
def hours(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's week: verdict, bar, and the lines behind each number. A piece of the chart."""
    patient, now = open_chart(request, pk, verb="sessions.read_hours"), timezone.now()
    week = own_weeks(patient).of(local_day(now, patient.site.time_zone))
    episode = latest_episode(patient, week)
    context: dict[str, Any] = {"patient": patient, "shown": None}
    if episode is not None:
        context["shown"] = chart_week(episode, week, now)
        context["over"] = episode.ended_on is not None and episode.ended_on < week.starts_on
    return page_or_piece(request, "sessions/hours.html", "sessions/_hours.html", context)


def episode_of(patient: Patient) -> Episode | None:
    """The latest episode, with its site already at hand."""
    episode = patient.episodes.order_by("-admitted_on").first()
    if episode is not None:
        episode.patient, episode.site = patient, patient.site
    return episode
