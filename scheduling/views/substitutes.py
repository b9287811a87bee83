"""Substitutes: sessions whose clinician is away first, and who could lead one instead, in one step."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day, week_of
from iop_clinic.roles import Permission, may
from scheduling.asked import Asked, asked_for
from scheduling.models import TherapySession
from scheduling.repairs import week_on_of
from scheduling.replanning_forms import SubstituteForm
from scheduling.rosters import page_of
from scheduling.substitutes import candidates, substitute, uncovered
from scheduling.views.sessions import open_session
from scheduling.week_links import lead_menu
from scheduling.words import when_words


@requires(Permission.BOOK)
@require_safe
def substitutes(request: HttpRequest) -> HttpResponse:
    """Coming sessions of this and the next week, of one clinician with `?lead=`; uncovered ones first."""
    site, now = require_site(request), timezone.now()
    asked = asked_for(request.GET, site, local_day(now, site.time_zone))
    until = week_of(local_day(now, site.time_zone), site.week_starts_weekday).next().span(site.time_zone)[1]
    coming = {"starts_at__gt": now, "starts_at__lt": until}
    related = ("lead", "room", "group__track")
    open_ones = list(uncovered(site).filter(starts_at__gt=now).select_related(*related))
    rows = TherapySession.objects.scheduled().filter(site=site, **coming).select_related(*related)
    others = [session for session in rows if session not in open_ones]
    context: dict[str, Any] = {"tz_name": site.time_zone, "needed": len(open_ones)}
    context["menus"] = [lead_menu([*open_ones, *others], asked)]
    context |= {"open": _led(open_ones, asked), "others": _led(others, asked)}
    return render(request, "scheduling/substitutes.html", context)


def _led(sessions: list[TherapySession], asked: Asked) -> list[TherapySession]:
    return [session for session in sessions if asked.lead in (0, session.lead_id)]


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def session_substitute(request: HttpRequest, pk: int) -> HttpResponse:
    """Choosing is one POST. Who cannot is listed with the reason; a race answers in words."""
    found, now, actor = open_session(request, pk), timezone.now(), cast(User, request.user)
    form = SubstituteForm(request.POST if request.method == "POST" else None, site=found.site)
    status = 200
    if request.method == "POST":
        status = form.attempt(lambda said: substitute(actor=actor, session=found, now=now, **said))
    if not status:
        when = when_words(found.starts_at, found.site.time_zone)
        messages.success(request, f"{form.cleaned_data['staff'].short_name} leads {found.title}, {when}.")
        return redirect("scheduling:session", pk=pk)
    found.refresh_from_db()
    everyone = candidates(found, now)
    context = {
        "page": page_of(found, now),
        "session": found,
        "may_plan": may(actor.role, Permission.PLAN_GROUPS),
        "week_on": week_on_of(found.site, found.starts_at),
        "form": form,
        "able": [one for one in everyone if not one.why_not],
        "unable": [one for one in everyone if one.why_not],
    }
    return render(request, "scheduling/substitute.html", context, status=status)
