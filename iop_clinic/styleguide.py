"""The component layer on show: parts, tokens and page patterns with invented people. DEBUG or DEMO only."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from iop_clinic import styleguide_samples as samples
from iop_clinic.access import public

PAGES = (
    "components",
    "today",
    "week",
    "room",
    "chart",
    "planner",
    "day",
    "sign_in",
    "kiosk",
    "portal_week",
    "portal_makeup",
    "portal_checkin",
    "portal_progress",
)


@public
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """`?page=` picks a pattern, `?theme=dark` or `light` overrides the device's colors."""
    page = request.GET.get("page", "components")
    if not (settings.DEBUG or settings.DEMO) or page not in PAGES:
        raise Http404("No such page of the style guide.")
    theme = request.GET.get("theme", "")
    context = samples.context_of(page) | {"pages": PAGES, "page_name": page}
    context["theme"] = theme if theme in ("light", "dark") else ""
    return render(request, f"styleguide/{page}.html", context)
