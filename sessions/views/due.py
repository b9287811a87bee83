"""Due: what the record owes by a day, each line with the way to its list."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, Role
from sessions.due import due_kinds

CARRIES_PATIENTS = (Role.CLINICIAN, Role.SUPERVISOR)


@requires(Permission.SEE_CLINICAL)
@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """`whose` is "all" or "mine"; without it the whole site, for who carries no patients of their own."""
    site, user = require_site(request), cast(User, request.user)
    whose = request.GET.get("whose")
    everyone = whose == "all" or (whose != "mine" and user.role not in CARRIES_PATIENTS)
    kinds = due_kinds(site, user, local_day(timezone.now(), site.time_zone), everyone=everyone)
    late = sum(line.late for kind in kinds for line in kind.lines)
    count = sum(line.count for kind in kinds for line in kind.lines)
    context = {"kinds": kinds, "everyone": everyone, "late": late, "count": count}
    return render(request, "sessions/due.html", context)
