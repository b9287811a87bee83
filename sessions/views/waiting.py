"""The counts of the navigation, one piece for the whole set: asked for once a page, after it is there."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site, sites_of
from iop_clinic.roles import Permission
from sessions.waiting import Desk, waiting_for


@requires(
    Permission.REFER,
    Permission.WORK_FOLLOW_UPS,
    Permission.WRITE_NOTES,
    Permission.SEE_MESSAGES,
    Permission.REVIEW_DISCLOSURES,
)
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Numbers only, so nobody's record is read; each swaps itself in beside its link."""
    site, user = require_site(request), cast(User, request.user)
    found = waiting_for(Desk(user, site, sites_of(request), timezone.now()))
    return render(request, "sessions/_waiting.html", {"found": found})
