"""Day close: one clinic day with its verdicts, one patient's rules, and how far authorizations reach."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from billing.authorized import burn_days, ending_at, in_force, reaches_of
from billing.closing import close_day, days_at, last_clinic_day
from billing.day_page import DayPage, day_page
from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.htmx import page_or_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_chart


@requires(Permission.CLOSE_DAYS)
@require_GET
def day_close_today(request: HttpRequest) -> HttpResponse:
    """The last clinic day before today, the one a biller closes in the morning."""
    site = require_site(request)
    today = local_day(timezone.now(), site.time_zone)
    day = last_clinic_day(site=site, before=today) or today
    return redirect("billing:day_close", day.year, day.month, day.day)


@requires(Permission.CLOSE_DAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def day_close(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    site, on = require_site(request), _date_or_404(year, month, day)
    if request.method == "POST":
        return _close(request, site, on)
    return _show(request, site, on)


def _close(request: HttpRequest, site: Site, on: date) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        closed = close_day(actor=request.user, site=site, day=on, now=timezone.now())
    except Refused as refusal:
        return _show(request, site, on, refusal=refusal)
    words = f"{on:%A} is closed. {len(closed)} days decided." if closed else "Nothing was left to close."
    messages.success(request, words)
    return redirect("billing:day_close", on.year, on.month, on.day)


def _show(request: HttpRequest, site: Site, on: date, refusal: Refused | None = None) -> HttpResponse:
    page = _day_page(request, site, on)
    shown = [found.patient.pk for found in page.days]
    record(request.user, "billing.day_read", site_id=site.pk, on=str(on), patients=shown)
    context = {"page": page, "refusal": refusal}
    status = refusal.status if refusal else 200
    return page_or_piece(request, "billing/day.html", "billing/_day.html", context, status=status)


@requires(Permission.CLOSE_DAYS)
@require_GET
def decision(request: HttpRequest, year: int, month: int, day: int, pk: int) -> HttpResponse:
    """One patient's day: every rule's verdict, the evidence and who can fix it."""
    site, on = require_site(request), _date_or_404(year, month, day)
    patient = open_chart(request, pk, verb="billing.decision_read")
    page = _day_page(request, site, on, chosen_id=patient.pk)
    if page.drawer is None:
        raise Http404("Nothing was booked for this person on that day.")
    return page_or_piece(request, "billing/day.html", "billing/_drawer.html", {"page": page})


@requires(Permission.SEE_COVERAGE)
@require_GET
def authorizations(request: HttpRequest, pk: int) -> HttpResponse:
    """The chart's piece: days left, days booked, and what is not covered."""
    patient = open_chart(request, pk, verb="billing.authorizations_read")
    today = local_day(timezone.now(), patient.site.time_zone)
    found = reaches_of(patient, today)
    current = in_force(found)
    context = {
        "patient": patient,
        "current": current,
        "earlier": [reach for reach in found if reach is not current],
        "burn_days": burn_days(current) if current else [],
        "today": today,
    }
    return page_or_piece(request, "billing/authorizations.html", "billing/_authorizations.html", context)


@requires(Permission.SEE_COVERAGE)
@require_GET
def authorizations_ending(request: HttpRequest) -> HttpResponse:
    """The rail's piece on Today: authorizations that end, run out or come up for review."""
    site = require_site(request)
    ending = ending_at(site, local_day(timezone.now(), site.time_zone))
    shown = [reach.patient.pk for reach in ending]
    record(request.user, "billing.ending_read", site_id=site.pk, patients=shown)
    return page_or_piece(request, "billing/ending.html", "billing/_ending.html", {"ending": ending})


def _day_page(request: HttpRequest, site: Site, on: date, chosen_id: int | None = None) -> DayPage:
    now = timezone.now()
    track = request.GET.get("track", "")
    return day_page(
        days_at(site=site, day=on, now=now),
        site=site,
        day=on,
        today=local_day(now, site.time_zone),
        track_id=int(track) if track.isdecimal() and len(track) < 10 else None,
        chosen_id=chosen_id,
    )


def _date_or_404(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise Http404("There is no such day.") from error
