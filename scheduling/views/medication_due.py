"""Medication due: who is to be seen by a prescriber this week, and who should have been."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from scheduling.medication_due import medication_due


@requires(Permission.SEE_CLINICAL)
@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """`whose` is "mine" or everyone's: a prescriber sees people others carry."""
    site, user, now = require_site(request), cast(User, request.user), timezone.now()
    day = local_day(now, site.time_zone)
    mine = request.GET.get("whose") == "mine"
    listed = medication_due(site, day, now, request.GET.get("page", "1"), user if mine else None)
    shown = [row.episode.patient_id for row in listed.rows]
    record(user, "patients.list_medication_due", site_id=site.pk, patients=shown)
    context = {
        "listed": listed,
        "page": listed.page,
        "day": day,
        "tz_name": site.time_zone,
        "mine": mine,
        "query": f"whose={'mine' if mine else 'all'}&",
    }
    return render(
        request,
        "scheduling/medication_due.html",
        context | {"may_book": may(user.role, Permission.BOOK)},
    )
