"""The patient's own calendar address: made, shown once, revoked."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.models import Patient
from patients.portal import frame
from scheduling.feeds import feed_of, make_feed, revoke_feed
from scheduling.views.calendars import address_of


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """What a calendar shows and who could read it; sending the form makes an address."""
    patient = own_chart(request)
    if request.method != "POST":
        return _page(request, patient)
    actor = cast(User, request.user)
    return _page(request, patient, make_feed(actor=actor, owner=patient, now=timezone.now()))


@requires(Permission.USE_PORTAL)
@require_POST
def calendar_revocation(request: HttpRequest) -> HttpResponse:
    revoke_feed(actor=cast(User, request.user), owner=own_chart(request), now=timezone.now())
    messages.success(request, "The calendar address is switched off.")
    return redirect("portal:calendar")


def _page(request: HttpRequest, patient: Patient, secret: UUID | None = None) -> HttpResponse:
    context = frame(patient, "week", []) | {
        "feed": feed_of(patient),
        "address": address_of(request, secret) if secret else "",
    }
    return render(request, "scheduling/portal/calendar.html", context)
