"""All patients of a site, and finding one from anywhere. What was typed is posted and never kept."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission
from patients.finding import LONGEST, Found
from patients.finding import search as find
from patients.header import Tab, may_open
from patients.listing import SHOWN, page_of, patients_of

PALETTE_HITS = 8
VERBS = (
    ("calendar-plus", "Book a visit", "scheduling:visit"),
    ("clipboard-list", "Measures", "patients:measures"),
    ("target", "Plan", "patients:plan"),
    ("shield-check", "Coverage", "patients:coverage"),
)


@requires(Permission.SEE_PATIENTS)
@require_safe
def patients(request: HttpRequest) -> HttpResponse:
    site, show = require_site(request), request.GET.get("show", "active")
    day = local_day(timezone.now(), site.time_zone)
    page, rows = page_of(patients_of(site, show), request.GET.get("page", "1"), day)
    shown = [row.patient.pk for row in rows]
    record(cast(User, request.user), "patients.list", site_id=site.pk, patients=shown)
    show = show if show in SHOWN else "active"
    context = {"rows": rows, "page": page, "show": show, "shown": SHOWN, "query": f"show={show}&"}
    return page_or_piece(request, "patients/list.html", "patients/_list.html", context)


@requires(Permission.SEE_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """GET is the empty form; POST answers the palette's piece to htmx and a page to everyone else."""
    user, text = cast(User, request.user), request.POST.get("q", "")[:LONGEST].strip()
    hits = find(user, text, PALETTE_HITS if request.htmx else 40) if text else []  # type: ignore[attr-defined]
    context: dict[str, Any] = {"text": text, "hits": hits, "verbs": _verbs(user, hits)}
    return page_or_piece(request, "patients/search.html", "patients/_found.html", context)


def _verbs(user: User, hits: list[Found]) -> list[Tab]:
    """What this person may do next for the first hit."""
    if not hits:
        return []
    opened = ((mark, label, may_open(user, name, hits[0].pk)) for mark, label, name in VERBS)
    return [Tab(mark, label, url) for mark, label, url in opened if url]
