"""The week board of the site: past outlined, coming filled, now solid; filters are links."""

from datetime import datetime
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission, may
from patients.chart import open_chart
from patients.finding import LONGEST
from patients.finding import search as find
from patients.models import Patient
from scheduling.asked import Asked, asked_for
from scheduling.board import draw
from scheduling.promised import hours_words
from scheduling.unplaced import unplaced
from scheduling.week_links import day_links, elsewhere, filters, week_links
from scheduling.week_rows import closures_of, rows_of
from scheduling.words import week_words

HITS = 8


@requires(Permission.SEE_WEEK)
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """`?week=2026-10-19&track=&lead=&room=&patient=&visits=1&table=1&day=`: a board, or a list."""
    user, site, now = cast(User, request.user), require_site(request), timezone.now()
    asked = asked_for(request.GET, site, local_day(now, site.time_zone))
    patient = _patient(request, asked)
    site = patient.site if patient else site
    context = _board(site, asked, patient, now) | {
        "asked": asked,
        "patient": patient,
        "hours": hours_words(patient, asked.week, local_day(now, site.time_zone)) if patient else "",
        "tz_name": site.time_zone,
        "links": week_links(asked, site, now),
        "elsewhere": elsewhere(user),
        "may_book": may(user.role, Permission.BOOK),
        "may_plan": may(user.role, Permission.PLAN_GROUPS),
        "may_see_patients": may(user.role, Permission.SEE_PATIENTS),
        "now": now,
    }
    return render(request, "scheduling/week.html", context)


def _patient(request: HttpRequest, asked: Asked) -> Patient | None:
    """Whose week it is, through the door; the read is recorded. 404 outside this person's sites."""
    if not asked.patient:
        return None
    if not may(cast(User, request.user).role, Permission.SEE_PATIENTS):
        raise PermissionDenied("Your role does not open a patient’s week.")
    return open_chart(request, asked.patient, verb="schedule.read")


def _board(site: Site, asked: Asked, patient: Patient | None, now: datetime) -> dict[str, Any]:
    """At most five statements, however full the week is."""
    rows = rows_of(site, asked.week, patient, visits=asked.shows_visits)
    closures = closures_of(site, asked.week)
    gaps = [] if patient else unplaced(site, asked.week, now, closures)
    shown = [row for row in rows if asked.takes(row)]
    lacking = [gap for gap in gaps if asked.takes_group(gap.group)]
    board = draw(shown, asked.week, site.time_zone, now, gaps=lacking, closures=closures, chosen=asked.day)
    return filters(rows, gaps, asked) | {
        "board": board,
        "rows": shown,
        "title": week_words(board.days[0].day, board.days[-1].day),
        "days": day_links(asked, board),
    }


@requires(Permission.SEE_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def week_patients(request: HttpRequest) -> HttpResponse:
    """Find whose week to show. What was typed is posted and never kept; `?week=` goes along."""
    user, site, text = cast(User, request.user), require_site(request), request.POST.get("q", "")
    asked = asked_for(request.GET, site, local_day(timezone.now(), site.time_zone))
    hits = find(user, text[:LONGEST].strip(), HITS) if text.strip() else []
    context = {
        "text": text,
        "hits": [(hit, asked.query(patient=hit.pk)) for hit in hits],
        "back": asked.query(patient=0),
    }
    return page_or_piece(request, "scheduling/week_patients.html", "scheduling/_week_found.html", context)
