"""The site's plans as work: to write, to review, signatures, to co-sign. "Mine" is where a page starts."""

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
from patients.plans_due import due_page

LISTS = {"write": "To write", "review": "To review", "signatures": "Signatures", "cosign": "Co-sign"}


@requires(Permission.SEE_CLINICAL)
@require_safe
def plans_due(request: HttpRequest) -> HttpResponse:
    """`list` is a key of LISTS, `whose` is "all" or mine; anything else means the first."""
    site, user = require_site(request), cast(User, request.user)
    shown = request.GET.get("list", "") if request.GET.get("list") in LISTS else "write"
    everyone = request.GET.get("whose") == "all"
    day = local_day(timezone.now(), site.time_zone)
    whose = None if everyone else user
    page, rows = due_page(shown, site, day, request.GET.get("page", "1"), whose)
    record(user, "patients.plans_due", site_id=site.pk, patients=[row.patient.pk for row in rows])
    context = {
        "lists": LISTS.items(),
        "shown": shown,
        "everyone": everyone,
        "page": page,
        "rows": rows,
        "may_sign": may(user.role, Permission.PLAN_TREATMENT),
        "query": f"list={shown}&whose={'all' if everyone else 'mine'}&",
    }
    return render(request, "patients/plans_due.html", context)
