"""The front door: where each role's day begins, and whether the house is well."""

from datetime import timedelta

from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from iop_clinic.access import public, requires
from iop_clinic.messages.models import Heartbeat
from iop_clinic.navigation import home_of
from iop_clinic.roles import Permission

LATE_SECONDS = 120


@requires(Permission.USE_ACCOUNT)
def home(request: HttpRequest) -> HttpResponse:
    return redirect(home_of(request.user.role))  # type: ignore[union-attr]


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers; a late broker or beat is told, not fatal: rows wait for them."""
    alive = Heartbeat.objects.filter(name="beat", at__gt=Now() - timedelta(seconds=LATE_SECONDS)).exists()
    return JsonResponse({"database": "up", "beat": "up" if alive else "late"})
