"""The rota of who is on call: seen by those who work follow-ups, set by supervisors and directors."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from patients.forms.on_call import OnCallForm
from patients.models import OnCall
from patients.on_call import end_on_call, set_on_call

COMING_ROWS = 60


@requires(Permission.WORK_FOLLOW_UPS)
@require_http_methods(["GET", "HEAD", "POST"])
def on_call(request: HttpRequest) -> HttpResponse:
    site, user, now = require_site(request), cast(User, request.user), timezone.now()
    may_set = may(user.role, Permission.SET_WORKING_HOURS)
    if request.method == "POST" and not may_set:
        raise PermissionDenied("A supervisor or director sets who is on call.")
    data = request.POST if request.method == "POST" else None
    form, status = OnCallForm(data, site=site, day=local_day(now, site.time_zone)), 200
    if data is not None:
        status = form.attempt(lambda said: set_on_call(actor=user, site=site, **said))
        if not status:
            messages.success(request, f"{form.cleaned_data['user'].full_name} is on call then.")
            return redirect("patients:on_call")
    shifts = OnCall.objects.filter(site=site, to_at__gt=now).select_related("user")[:COMING_ROWS]
    context = {"shifts": shifts, "form": form, "may_set": may_set, "now": now, "tz_name": site.time_zone}
    return render(request, "patients/on_call.html", context, status=status)


@requires(Permission.SET_WORKING_HOURS)
@require_POST
def on_call_end(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    shift = get_object_or_404(OnCall, pk=pk, site__in=user.sites.all())
    end_on_call(actor=user, shift=shift, now=timezone.now())
    messages.success(request, "Shift ended.")
    return redirect("patients:on_call")
