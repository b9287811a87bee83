"""Messages to patients: what waits, what went out, and why something did not."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.messages import outbox
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.models import Patient
from patients.views.frame import open_page

PER_PAGE = 50
NOT_SENT = (Message.State.FAILED, Message.State.SKIPPED, Message.State.WITHDRAWN)
# What a tab shows, and whether the next one due comes first.
SHOWN: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "": ("Lately", tuple(Message.State.values), False),
    "waiting": ("Waiting", (Message.State.PENDING,), True),
    "sent": ("Sent", (Message.State.SENT,), False),
    "failed": ("Failed", (Message.State.FAILED,), False),
    "not_sent": ("Not sent", NOT_SENT, False),
}


@requires(Permission.SEE_MESSAGES)
@require_safe
def site_messages(request: HttpRequest) -> HttpResponse:
    """The site's messages that have come due, newest first, or `?show=waiting|sent|failed|not_sent`."""
    site, now, shown = require_site(request), timezone.now(), request.GET.get("show", "")
    if shown not in SHOWN:
        raise Http404
    everything = Message.objects.filter(site=site, patient_id__isnull=False)
    _, states, next_first = SHOWN[shown]
    rows = everything.filter(state__in=states)
    if not shown:
        rows = rows.filter(due_at__lte=now)
    listed = _page(request, rows, next_first=next_first)
    named = [line["patient"].pk for line in listed["lines"] if line["patient"]]
    record(cast(User, request.user), "messages.read", site_id=site.pk, patients=named)
    context = listed | {
        "tz_name": site.time_zone,
        "failed": everything.filter(state=Message.State.FAILED, expires_at__gt=now).count(),
        "choices": [{"key": key, "words": words} for key, (words, _, _) in SHOWN.items()],
        "shown": shown,
    }
    return render(request, "scheduling/messages.html", context)


@requires(Permission.SEE_MESSAGES)
@require_safe
def patient_messages(request: HttpRequest, pk: int) -> HttpResponse:
    """One patient's messages."""
    frame = open_page(request, pk, verb="messages.read", tab="messages")
    shown = _page(request, Message.objects.filter(patient_id=frame.patient.pk))
    return render(request, "scheduling/patient_messages.html", frame.context(**shown))


@requires(Permission.SEE_MESSAGES)
@require_POST
def message_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a failed message back in line, once the reason is gone."""
    user = cast(User, request.user)
    row = get_object_or_404(Message.objects.filter(site__in=user.sites.all()), pk=pk)
    try:
        outbox.try_again(actor=user, message=row)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "It goes out within a minute.")
    return redirect("scheduling:messages")


def _page(request: HttpRequest, rows: QuerySet[Message], *, next_first: bool = False) -> dict[str, Any]:
    """A page of rows with the people they are for."""
    order = ("due_at", "pk") if next_first else ("-due_at", "-pk")
    page = Paginator(rows.order_by(*order), PER_PAGE).get_page(request.GET.get("page"))
    people = Patient.objects.in_bulk({row.patient_id for row in page})
    lines = [{"message": row, "patient": people.get(row.patient_id)} for row in page]
    return {"page": page, "lines": lines}
