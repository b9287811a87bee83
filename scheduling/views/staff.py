"""When the site's clinicians work: everyone at a glance, and one person's week, saved as a whole."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.roles import Permission
from scheduling.forms import clinicians_of
from scheduling.group_forms import HoursForm
from scheduling.models.group import Weekday
from scheduling.working_hours import hours_of, sessions_outside, set_working_hours, weeks_of


@requires(Permission.SET_WORKING_HOURS)
@require_safe
def staff_hours(request: HttpRequest) -> HttpResponse:
    """Every clinician of the site with their hours by weekday."""
    site = require_site(request)
    people = list(clinicians_of(site).select_related("profile"))
    context = {"weeks": weeks_of(people, site), "weekdays": [words[:3] for words in Weekday.labels]}
    return render(request, "scheduling/staff_hours.html", context)


@requires(Permission.SET_WORKING_HOURS)
@require_http_methods(["GET", "HEAD", "POST"])
def working_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """One clinician's week at the current site, and what of the calendar stands outside it."""
    site, actor, now = require_site(request), cast(User, request.user), timezone.now()
    found = get_object_or_404(clinicians_of(site), pk=pk)
    posted, status = request.method == "POST", 200
    form = HoursForm(request.POST if posted else None, spans=hours_of(found, site))
    if posted:
        status = form.attempt(
            lambda said: set_working_hours(actor=actor, staff=found, site=site, spans=form.spans)
        )
    if not status:
        messages.success(request, f"The hours of {found.short_name} are saved.")
        return redirect("scheduling:working_hours", pk=pk)
    outside = sessions_outside(found, site, now)
    context = {"staff": found, "form": form, "outside": outside, "tz_name": site.time_zone}
    return render(request, "scheduling/working_hours.html", context, status=status)
