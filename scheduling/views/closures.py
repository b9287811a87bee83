"""Closed days of the site: the list, public holidays to tick, closing with what becomes of each session."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import day_span, local_day
from iop_clinic.roles import Permission, may
from scheduling.closures import close
from scheduling.models import Closure, TherapySession
from scheduling.public_holidays import FIRST_YEAR, LAST_YEAR, PublicHoliday, public_holidays
from scheduling.repairs import week_on_of
from scheduling.replanning_forms import ClosureForm, HolidaysForm, answers_in
from scheduling.replanning_page import closure_rows, record_names, rooms_of
from scheduling.words import span_words


@requires(Permission.PLAN_GROUPS)
@require_safe
def closures(request: HttpRequest) -> HttpResponse:
    """`?year=2026`: what is closed in the year, and what was reopened."""
    site, now = require_site(request), timezone.now()
    year = _year(request, site, now)
    rows = Closure.objects.filter(site=site, during__overlap=_span_of(year, site)).select_related("closed_by")
    lines = [
        {
            "closure": one,
            "when": span_words(one.starts_at, one.ends_at, site.time_zone),
            "over": one.ends_at <= now,
            "week_on": week_on_of(site, max(one.starts_at, now)),
        }
        for one in rows
    ]
    return render(request, "scheduling/closures.html", {"year": year, "lines": lines})


def _year(request: HttpRequest, site: Site, now: datetime) -> int:
    asked = request.GET.get("year") or str(local_day(now, site.time_zone).year)
    if not asked.isdecimal() or not FIRST_YEAR <= int(asked) <= LAST_YEAR:
        raise Http404
    return int(asked)


def _span_of(year: int, site: Site) -> tuple[datetime, datetime]:
    return day_span(date(year, 1, 1), site.time_zone)[0], day_span(date(year, 12, 31), site.time_zone)[1]


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def closure_new(request: HttpRequest) -> HttpResponse:
    """Without `confirm` it only lists the sessions that are hit; with it, all is written or nothing."""
    site = require_site(request)
    form = ClosureForm(request.POST if request.method == "POST" else None, site=site)
    status = _attempt(request, form, site)
    if not status:
        messages.success(request, f"{site.name} is closed: {form.cleaned_data['name']}.")
        return redirect("scheduling:closures")
    context = {"form": form} | _hit(request, form, site)
    return render(request, "scheduling/closure_form.html", context, status=status)


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def closure_holidays(request: HttpRequest) -> HttpResponse:
    """`?year=2026`: the state's public holidays to tick; what the ticked ones hit is planned at once."""
    site, now = require_site(request), timezone.now()
    year = _year(request, site, now)
    listed = public_holidays(site, year)
    form = HolidaysForm(request.POST if request.method == "POST" else None, site=site, listed=listed)
    status = _attempt(request, form, site)
    if not status:
        count = len(form.closings)
        messages.success(request, f"{site.name} is closed on {count} day{'' if count == 1 else 's'} more.")
        return redirect("scheduling:closures")
    context = {"form": form, "year": year, "days": _days(site, listed, form, now)} | _hit(request, form, site)
    return render(request, "scheduling/closure_holidays.html", context, status=status)


def _attempt(request: HttpRequest, form: ClosureForm | HolidaysForm, site: Site) -> int:
    """0 when it is closed, else the status to show the page with."""
    if request.method != "POST":
        return 200
    if "confirm" not in request.POST:
        return 200 if form.is_valid() else 422
    actor, now = cast(User, request.user), timezone.now()
    return form.attempt(
        lambda said: close(
            actor=actor,
            site=site,
            closings=form.closings,
            answers=answers_in(request.POST, [site]),
            reason=said["reason"],
            now=now,
        )
    )


def _hit(request: HttpRequest, form: ClosureForm | HolidaysForm, site: Site) -> dict[str, Any]:
    """The sessions that are hit, once it is known when."""
    closings, actor = form.closings if form.is_bound else (), cast(User, request.user)
    if not closings:
        return {"rows": None}
    now = timezone.now()
    rows = closure_rows(site=site, closings=closings, said=request.POST, problems=form.problems, now=now)
    record_names(actor, site, rows)
    return {
        "rows": rows,
        "people": sum(row.expected for row in rows),
        "rooms": rooms_of(site),
        "may_override": may(actor.role, Permission.OVERRIDE_CLASH),
        "whens": [
            f"{one.name}, {span_words(one.starts_at, one.ends_at, site.time_zone)}" for one in closings
        ],
        "tz_name": site.time_zone,
    }


def _days(
    site: Site, listed: Sequence[PublicHoliday], form: HolidaysForm, now: datetime
) -> list[dict[str, Any]]:
    """Each holiday from today on with what is planned on it, and whether it is closed already."""
    today = local_day(now, site.time_zone)
    coming = [one for one in listed if one.on >= today]
    planned = TherapySession.objects.scheduled().filter(
        site=site, occurs_on__in=[one.on for one in coming], starts_at__gt=now
    )
    counted = (
        planned.order_by().values("occurs_on").annotate(sessions=Count("pk"), people=Sum("booked_seats"))
    )
    by_day = {row["occurs_on"]: row for row in counted}
    closed = list(Closure.objects.standing().filter(site=site, ends_at__gt=now))
    days = []
    for one in coming:
        starts_at, ends_at = day_span(one.on, site.time_zone)
        by = next((c for c in closed if c.starts_at < ends_at and starts_at < c.ends_at), None)
        day = {"on": one.on, "name": one.name, "closed": by, "ticked": one.on.isoformat() in form.chosen}
        days.append(day | by_day.get(one.on, {"sessions": 0, "people": 0}))
    return days
