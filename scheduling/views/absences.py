"""Leave of clinicians: who is away, recording leave with what becomes of each session, taking it back."""

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.forms import ClinicForm
from iop_clinic.roles import Permission
from scheduling.absences import absences_at, hit_by, record_absence, withdraw_absence
from scheduling.models import Absence
from scheduling.repairs import week_on_of
from scheduling.replanning_forms import AbsenceForm, answers_in
from scheduling.replanning_page import absence_rows, record_names
from scheduling.substitutes import uncovered
from scheduling.words import span_words

MOST_PAST = 30


@requires(Permission.PLAN_GROUPS)
@require_safe
def absences(request: HttpRequest) -> HttpResponse:
    """Now and coming first, with the sessions that still need a substitute; then what is over."""
    site, now = require_site(request), timezone.now()
    rows = absences_at([site])
    coming = list(rows.standing().filter(ends_at__gt=now))
    over = rows.exclude(pk__in=[one.pk for one in coming]).order_by("-starts_at")[:MOST_PAST]
    waiting = list(uncovered(site).filter(starts_at__gt=now))
    lines = [
        _line(one, site, sum(one.staff_id == s.lead_id and _meets(one, s) for s in waiting), now)
        for one in coming
    ]
    context = {"coming": lines, "over": [_line(one, site, 0, now) for one in over]}
    return render(request, "scheduling/absences.html", context)


def _meets(absence: Absence, session: Any) -> bool:
    return absence.starts_at < session.ends_at and session.starts_at < absence.ends_at


def _line(absence: Absence, site: Site, waiting: int, now: datetime) -> dict[str, Any]:
    when = span_words(absence.starts_at, absence.ends_at, site.time_zone)
    week_on = week_on_of(site, max(absence.starts_at, now))
    return {"absence": absence, "when": when, "open": waiting, "week_on": week_on}


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def absence_new(request: HttpRequest) -> HttpResponse:
    """Without `confirm` it only lists the sessions that are hit; with it, all is written or nothing."""
    site, actor, now = require_site(request), cast(User, request.user), timezone.now()
    form = AbsenceForm(request.POST if request.method == "POST" else None, site=site)
    status = 200
    if request.method == "POST":
        status = _attempt(request, form) if "confirm" in request.POST else 200 if form.is_valid() else 422
    if not status:
        messages.success(request, f"Leave of {form.cleaned_data['staff'].short_name} is recorded.")
        return redirect("scheduling:absences")
    context = {"form": form} | _hit(request, form, site, actor, now)
    return render(request, "scheduling/absence_form.html", context, status=status)


def _attempt(request: HttpRequest, form: AbsenceForm) -> int:
    actor, now = cast(User, request.user), timezone.now()

    def deed(said: dict[str, Any]) -> None:
        assert form.span
        starts_at, ends_at = form.span
        record_absence(
            actor=actor,
            staff=said["staff"],
            starts_at=starts_at,
            ends_at=ends_at,
            kind=said["kind"],
            answers=answers_in(request.POST, actor.sites.all()),
            now=now,
        )

    return form.attempt(deed)


def _hit(request: HttpRequest, form: AbsenceForm, site: Site, actor: User, now: Any) -> dict[str, Any]:
    """The sessions that are hit, once whose leave and when is known."""
    if form.leave_of is None or form.span is None:
        return {"rows": None}
    sites = list(actor.sites.all())
    rows = absence_rows(
        staff=form.leave_of, span=form.span, sites=sites, said=request.POST, problems=form.problems, now=now
    )
    elsewhere = Site.objects.exclude(pk__in=[one.pk for one in sites])
    record_names(actor, site, rows)
    return {
        "rows": rows,
        "staff": form.leave_of,
        "when": span_words(*form.span, site.time_zone),
        "elsewhere": hit_by(form.leave_of, *form.span, elsewhere, now).count(),
        "tz_name": site.time_zone,
    }


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def absence_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """They are there after all. Sessions stay with who leads them now."""
    actor, now = cast(User, request.user), timezone.now()
    found = get_object_or_404(absences_at(actor.sites.all()), pk=pk)
    form, status = ClinicForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = form.attempt(lambda said: withdraw_absence(actor=actor, absence=found, now=now))
    if not status:
        messages.success(request, f"The leave of {found.staff.short_name} is taken back.")
        return redirect("scheduling:absences")
    site = require_site(request)
    context = {
        "absence": found,
        "form": form,
        "when": span_words(found.starts_at, found.ends_at, site.time_zone),
    }
    return render(request, "scheduling/absence_withdrawal.html", context, status=status)
