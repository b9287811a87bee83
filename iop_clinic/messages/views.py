"""What the demo's mail sink kept, readable in the browser. Outside the demo these pages do not exist."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from iop_clinic.access import public
from iop_clinic.accounts.sites import wall_zone
from iop_clinic.messages.maildir import letter, letters


def _demo_only() -> None:
    if not settings.DEMO:
        raise Http404


@public
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    _demo_only()
    return render(request, "mailbox/inbox.html", {"letters": letters(settings.MAILBOX_DIR)})


@public
@require_safe
def message(request: HttpRequest, number: UUID) -> HttpResponse:
    _demo_only()
    found = letter(settings.MAILBOX_DIR, number)
    if found is None:
        raise Http404
    return render(request, "mailbox/message.html", {"letter": found, "tz_name": wall_zone(request)})
