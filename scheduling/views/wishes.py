"""Which tracks a referral waits for, and all who wait, track by track."""

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.header import may_open
from patients.models import Referral
from patients.views.frame import frame_of
from scheduling.models import ReferralWish, Track
from scheduling.wishes import waiting_page, wish_for_tracks


class WishForm(ClinicForm):
    tracks = forms.ModelMultipleChoiceField(
        Track.objects.none(), label="Tracks", required=False, widget=forms.CheckboxSelectMultiple
    )
    earliest_on = DayField(label="Could start from")


@requires(Permission.BOOK)
@require_safe
def waiting_referrals(request: HttpRequest) -> HttpResponse:
    site, user = require_site(request), cast(User, request.user)
    day = local_day(timezone.now(), site.time_zone)
    page, tracks = waiting_page(site, day, request.GET.get("page", "1"))
    seen = [wish.referral.patient_id for wish in page.object_list]
    record(user, "scheduling.waiting_referrals", site_id=site.pk, patients=seen)
    context = {
        "page": page,
        "tracks": tracks,
        "day": day,
        "may_admit": bool(may_open(user, "patients:admission", 1)),
        "may_refer": bool(may_open(user, "patients:referral", 1)),
    }
    return render(request, "scheduling/waiting_referrals.html", context)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def referral_wishes(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Referral.objects.select_related("patient__site", "site")
    found = open_row(request, rows, pk, verb="referral.read")
    frame = frame_of(request, found.patient, "")
    wishes = list(ReferralWish.objects.filter(referral=found).select_related("track"))
    initial = {
        "tracks": [wish.track_id for wish in wishes],
        "earliest_on": max([frame.day, *(wish.earliest_on for wish in wishes)]),
    }
    form = WishForm(request.POST if request.method == "POST" else None, initial=initial)
    form.fields["tracks"].queryset = Track.objects.filter(site=found.site, is_active=True)  # type: ignore[attr-defined]
    status = 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: wish_for_tracks(actor=frame.user, referral=found, now=frame.now, **said)
        )
        if not status:
            messages.success(request, f"{found.patient.called} waits for the tracks you chose.")
            return redirect(may_open(frame.user, "patients:referral", pk) or _list_url())
    context = frame.context(form=form, referral=found, back=may_open(frame.user, "patients:referral", pk))
    return render(request, "scheduling/referral_wishes.html", context, status=status)


def _list_url() -> str:
    return reverse("scheduling:waiting_referrals")
