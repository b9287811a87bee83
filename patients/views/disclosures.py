"""What left the house: the list of a chart with its accounting, something told by hand, the site's log."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.roles import Permission
from patients.accounting import accounting_of, disclosures_at, disclosures_of, page_of
from patients.chart import open_row
from patients.disclosing import NOTICES, Disclosed, disclose, review_emergency
from patients.forms.disclosures import DisclosureForm, ReviewForm
from patients.header import may_open
from patients.models import Disclosure
from patients.views.frame import frame_of, open_page


@requires(Permission.SEE_DISCLOSURES)
@require_safe
def disclosures(request: HttpRequest, pk: int) -> HttpResponse:
    """All of them, or with `show=accounting` what the patient may ask to be told."""
    frame = open_page(request, pk, verb="chart.read_disclosures", tab="consents")
    for_patient = request.GET.get("show") == "accounting"
    rows = accounting_of(frame.patient, frame.now) if for_patient else disclosures_of(frame.patient)
    context = frame.context(
        page=page_of(rows, request.GET.get("page", "1")),
        for_patient=for_patient,
        query="show=accounting&" if for_patient else "",
        printed_at=frame.now,
        may_disclose=frame.may(Permission.DISCLOSE),
        record_url=may_open(frame.user, "sessions:record", pk),
    )
    return render(request, "patients/disclosures.html", context)


@requires(Permission.DISCLOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Something told by phone or handed over: asked of the gate before it is told."""
    frame = open_page(request, pk, verb="chart.read_disclosures", tab="consents")
    data, status = request.POST if request.method == "POST" else None, 200
    form, sent = DisclosureForm(data), list[Disclosed]()
    if data is not None:
        status = form.attempt(
            lambda _: sent.append(
                disclose(actor=frame.user, patient=frame.patient, now=frame.now, **form.deed())
            )
        )
    if sent:
        messages.success(request, "Written down. Now it may be told.")
        return redirect("patients:disclosure", pk=sent[0].disclosure.pk)
    return render(request, "patients/disclosure_form.html", frame.context(form=form), status=status)


@requires(Permission.SEE_DISCLOSURES)
@require_http_methods(["GET", "HEAD", "POST"])
def disclosure(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, with the notice and the consent that go along; an emergency is looked at here."""
    rows = Disclosure.objects.select_related("patient__site", "by", "consent", "review__by")
    row = open_row(request, rows, pk, verb="disclosure.read")
    frame = frame_of(request, row.patient, "consents")
    data, status = request.POST if request.method == "POST" else None, 200
    if data is not None:
        frame.demand(Permission.REVIEW_DISCLOSURES)
    form = ReviewForm(data)
    if data is not None:
        status = form.attempt(
            lambda said: review_emergency(actor=frame.user, disclosure=row, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "Looked at.")
            return redirect("patients:disclosure_log")
    may_review = frame.may(Permission.REVIEW_DISCLOSURES) and row.waits_for_review
    notice = NOTICES.get(row.notice_version, "")
    context = frame.context(disclosure=row, form=form, may_review=may_review, notice=notice)
    return render(request, "patients/disclosure.html", context, status=status)


@requires(Permission.REVIEW_DISCLOSURES)
@require_safe
def disclosure_log(request: HttpRequest) -> HttpResponse:
    """The site's emergencies that nobody has looked at, then everything that left, newest first."""
    site, user = require_site(request), cast(User, request.user)
    rows = disclosures_at(site)
    waiting = page_of(rows.to_review(), request.GET.get("emergencies", "1"))
    page = page_of(rows, request.GET.get("page", "1"))
    shown = [row.patient_id for row in [*waiting.object_list, *page.object_list]]
    record(user, "patients.disclosure_log", site_id=site.pk, patients=shown)
    context = {"waiting": waiting, "page": page, "tz_name": site.time_zone}
    return render(request, "patients/disclosure_log.html", context)
