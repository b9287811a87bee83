"""How people get in, in numbers: a page, and the piece below the referrals."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission
from patients.access import PERIOD_DAYS
from sessions.first_service import access_at


@requires(Permission.REFER, Permission.ADMIT)
@require_safe
def access(request: HttpRequest) -> HttpResponse:
    site = require_site(request)
    found = access_at(site, local_day(timezone.now(), site.time_zone))
    context = {"access": found, "days": PERIOD_DAYS}
    return page_or_piece(request, "sessions/access.html", "sessions/_access.html", context)
