"""The site's documents as work: due, my drafts, to co-sign. "Mine" is where a page starts."""

from collections.abc import Sequence
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.document_words import title_of
from patients.documents_due import PAGE_ROWS, drafts_of, due_page, to_cosign

LISTS = {"due": "Due", "drafts": "My drafts", "cosign": "To co-sign"}


@requires(Permission.SEE_CLINICAL)
@require_safe
def documents_due(request: HttpRequest) -> HttpResponse:
    """`list` is a key of LISTS, `whose` is "all" or mine; anything else means the first."""
    site, user = require_site(request), cast(User, request.user)
    shown = request.GET.get("list", "") if request.GET.get("list") in LISTS else "due"
    everyone = request.GET.get("whose") == "all"
    page, rows, patients = _listed(shown, site, user, everyone, request.GET.get("page", "1"))
    record(user, "patients.documents_due", site_id=site.pk, patients=patients)
    context: dict[str, Any] = {
        "lists": LISTS.items(),
        "shown": shown,
        "everyone": everyone,
        "page": page,
        "rows": rows,
        "tz_name": site.time_zone,
        "query": f"list={shown}&whose={'all' if everyone else 'mine'}&",
    }
    return render(request, "patients/documents_due.html", context)


def _listed(
    shown: str, site: Site, user: User, everyone: bool, number: str
) -> tuple[Page[Any], Sequence[Any], list[int]]:
    """The page asked for, its rows, and whose charts it names."""
    whose = None if everyone else user
    if shown == "due":
        page, rows = due_page(site, local_day(timezone.now(), site.time_zone), number, whose)
        return page, rows, [row.patient.pk for row in rows]
    found = drafts_of(user, site) if shown == "drafts" else to_cosign(site, whose)
    page = Paginator(found, PAGE_ROWS).get_page(number)
    titled = [(document, title_of(document)) for document in page.object_list]
    return page, titled, [document.patient_id for document in page.object_list]
