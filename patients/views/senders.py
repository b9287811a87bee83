"""The directory of who sends people: a list with counts, and a row to correct."""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.forms.referral import SenderForm
from patients.models import ReferralSource
from patients.senders import change_sender, senders_of

PAGE_ROWS = 50


@requires(Permission.REFER, Permission.ADMIT)
@require_safe
def senders(request: HttpRequest) -> HttpResponse:
    site = require_site(request)
    rows = senders_of(site, local_day(timezone.now(), site.time_zone))
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page", "1"))
    return render(request, "patients/senders.html", {"page": page})


@requires(Permission.REFER)
@require_http_methods(["GET", "HEAD", "POST"])
def sender(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    found = get_object_or_404(ReferralSource.objects.filter(site__in=user.sites.all()), pk=pk)
    initial = {"kind": found.kind, "name": found.name, "phone": found.phone}
    form, status = SenderForm(request.POST if request.method == "POST" else None, initial=initial), 200
    if request.method == "POST":
        status = form.attempt(lambda said: change_sender(actor=user, sender=found, **said))
        if not status:
            messages.success(request, "Saved.")
            return redirect("patients:senders")
    return render(request, "patients/sender_form.html", {"form": form, "sender": found}, status=status)
