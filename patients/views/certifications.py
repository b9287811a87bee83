"""Certifications: the open period stated, signed by a prescriber, read; and what is due at the site."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.accounts.sure import asks_again
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.care_due import LISTS, care_due_page
from patients.certifying import certify, open_period
from patients.chart import open_row
from patients.forms.level import CertificationForm
from patients.models import Certification
from patients.views.frame import Frame, frame_of, open_page


@requires(Permission.CERTIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def certification_new(request: HttpRequest, pk: int) -> HttpResponse:
    return _certify(request, open_page(request, pk, verb="chart.read_level", tab="level"))


@asks_again
def _certify(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Who signs proves who they are before the page and again when it took long; nothing typed is lost."""
    episode = frame.patient.episodes.filter(ended_on__isnull=True).first()
    period = open_period(episode, frame.day) if episode else None
    if episode is None or period is None:
        return render(request, "patients/certification_form.html", frame.context(period=None))
    data, status = request.POST if request.method == "POST" else None, 200
    form = CertificationForm(data, period=period, day=frame.day)
    if data is not None:
        status = form.attempt(lambda said: certify(actor=frame.user, episode=episode, now=frame.now, **said))
        if not status:
            messages.success(request, f"Certified for {frame.patient.called}.")
            return redirect("patients:level_of_care", pk=frame.patient.pk)
    context = frame.context(period=period, form=form)
    return render(request, "patients/certification_form.html", context, status=status)


@requires(Permission.SEE_CLINICAL)
@require_safe
def certification(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Certification.objects.select_related("episode__patient__site", "signed_by", "payer", "plan")
    row = open_row(request, rows, pk, verb="certification.read", path="episode__patient")
    frame = frame_of(request, row.episode.patient, "level")
    return render(request, "patients/certification.html", frame.context(row=row))


@requires(Permission.SEE_CLINICAL)
@require_safe
def care_due(request: HttpRequest) -> HttpResponse:
    """`list` is a key of LISTS, `whose` is "all" or mine; anything else means the first."""
    site, user = require_site(request), cast(User, request.user)
    shown = request.GET.get("list", "") if request.GET.get("list") in LISTS else "certifications"
    everyone = request.GET.get("whose") == "all"
    day = local_day(timezone.now(), site.time_zone)
    page, rows = care_due_page(shown, site, day, request.GET.get("page", "1"), None if everyone else user)
    record(user, "patients.care_due", site_id=site.pk, patients=[row.patient.pk for row in rows])
    context = {
        "lists": LISTS.items(),
        "shown": shown,
        "everyone": everyone,
        "page": page,
        "rows": rows,
        "query": f"list={shown}&whose={'all' if everyone else 'mine'}&",
    }
    return render(request, "patients/care_due.html", context)
