"""Two pages of a site about its measures: what was missed, and what came of those answered."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from patients.forms.outcomes import OutcomesForm, WhoseForm
from patients.missed_list import clinicians_at, missed_page
from patients.site_outcomes import LEAST_STAYS, NEAR_END_DAYS, reliable_points, site_outcomes


def measure_tabs(user: User) -> dict[str, bool]:
    """Which of the pages about measures this role opens."""
    return {
        "may_see_missed": may(user.role, Permission.SEE_CLINICAL),
        "may_see_outcomes": may(user.role, Permission.SEE_OUTCOMES),
        "may_keep_packs": may(user.role, Permission.KEEP_TEXT_PACKS),
    }


@requires(Permission.SEE_CLINICAL)
@require_safe
def missed_measures(request: HttpRequest) -> HttpResponse:
    """`clinician` keeps one person's patients; a number that is nobody's here is answered 422."""
    site, user = require_site(request), cast(User, request.user)
    day = local_day(timezone.now(), site.time_zone)
    form = WhoseForm(request.GET, clinicians=clinicians_at(site, day, user))
    whose = form.cleaned_data["clinician"] if form.is_valid() else None
    page, rows = missed_page(site, day, request.GET.get("page", "1"), whose.pk if whose else None)
    record(user, "patients.read_missed_measures", site_id=site.pk, patients=[row.patient.pk for row in rows])
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "query": f"clinician={whose.pk}&" if whose else "",
        "least": site.missed_measures_alert,
        "may_send": may(user.role, Permission.SEND_MEASURES),
        **measure_tabs(user),
    }
    return render(request, "patients/missed_measures.html", context, status=422 if form.errors else 200)


@requires(Permission.SEE_OUTCOMES)
@require_safe
def outcomes(request: HttpRequest) -> HttpResponse:
    """Counted in PostgreSQL over the stays of a span of days; nobody is named."""
    site, user = require_site(request), cast(User, request.user)
    form = OutcomesForm(request.GET, day=local_day(timezone.now(), site.time_zone))
    found = None
    if form.is_valid():
        said = form.cleaned_data
        found = site_outcomes(site, said["by"], said["from_on"], said["to_on"])
    record(user, "patients.read_outcomes", site_id=site.pk)
    context = {
        "form": form,
        "found": found,
        "least": LEAST_STAYS,
        "near": NEAR_END_DAYS,
        "reliable": reliable_points(),
        **measure_tabs(user),
    }
    return render(request, "patients/outcomes.html", context, status=422 if form.errors else 200)
