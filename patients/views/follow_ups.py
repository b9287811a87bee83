"""Follow-ups: mine first, the overdue in red; one page each, closed with what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.roles import Permission
from patients.calling import appointments_to_ask, discharge_of
from patients.chart import open_row
from patients.due import due_tone, due_words
from patients.followups import close_follow_up, reassign
from patients.forms.aftercare import CallForm
from patients.forms.clinical import OutcomeForm, OwnerForm
from patients.models import Escalation, FollowUp
from patients.views.frame import frame_of

PAGE_ROWS = 50
LISTS = {"mine": "Mine", "others": "Others", "closed": "Closed"}


@dataclass(frozen=True)
class Row:
    """A follow-up with its due time in words and a tone."""

    follow_up: FollowUp
    words: str
    tone: str


@requires(Permission.WORK_FOLLOW_UPS)
@require_safe
def follow_ups(request: HttpRequest) -> HttpResponse:
    """`list` is a key of LISTS; mine are those I own and those put before me."""
    site, user, now = require_site(request), cast(User, request.user), timezone.now()
    shown = request.GET.get("list", "") if request.GET.get("list") in LISTS else "mine"
    lists = lists_of(site, user, now)
    page = Paginator(lists[shown], PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [_row(row, now, site.time_zone) for row in page.object_list]
    record(user, "patients.follow_ups", site_id=site.pk, patients=[row.follow_up.patient_id for row in rows])
    context = {
        "lists": LISTS.items(),
        "shown": shown,
        "page": page,
        "rows": rows,
        "query": f"list={shown}&",
        "mine_count": lists["mine"].count(),
        "overdue": lists["mine"].filter(due_at__lte=now).count(),
        "tz_name": site.time_zone,
    }
    return render(request, "patients/follow_ups.html", context)


def lists_of(site: Site, user: User, now: datetime) -> dict[str, QuerySet[FollowUp]]:
    """The site's follow-ups by list, the open ones by when they are due."""
    at_site = FollowUp.objects.filter(site=site).select_related("patient", "owner", "closed_by")
    mine = Q(owner=user) | Q(Exists(Escalation.objects.filter(follow_up=OuterRef("pk"), to=user)))
    return {
        "mine": at_site.in_sight(now).filter(mine),
        "others": at_site.in_sight(now).exclude(mine),
        "closed": at_site.filter(closed_at__isnull=False).order_by("-closed_at", "-pk"),
    }


def _row(follow_up: FollowUp, now: datetime, tz_name: str) -> Row:
    words = due_words(follow_up.due_at, now, tz_name)
    return Row(follow_up, words, due_tone(follow_up.due_at, now, tz_name))


@requires(Permission.WORK_FOLLOW_UPS)
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    found = open_follow_up_page(request, pk)
    form, status = OutcomeForm(request.POST if request.method == "POST" else None, kind=found.kind), 200
    if request.method == "POST":
        user, now = cast(User, request.user), timezone.now()
        status = form.attempt(lambda said: close_follow_up(actor=user, follow_up=found, now=now, **said))
        if not status:
            messages.success(request, "Follow-up closed.")
            return redirect("patients:follow_ups")
    return show_follow_up(request, found, form, status=status)


@requires(Permission.WORK_FOLLOW_UPS)
@require_POST
def follow_up_owner(request: HttpRequest, pk: int) -> HttpResponse:
    found = open_follow_up_page(request, pk)
    form = OwnerForm(request.POST, site_id=found.site_id)
    status = form.attempt(
        lambda said: reassign(actor=cast(User, request.user), follow_up=found, owner=said["owner"])
    )
    if status:
        return show_follow_up(request, found, owner=form, status=status)
    messages.success(request, f"Handed to {form.cleaned_data['owner'].full_name}.")
    return redirect("patients:follow_up", pk=pk)


def open_follow_up_page(request: HttpRequest, pk: int) -> FollowUp:
    rows = FollowUp.objects.select_related("patient__site", "owner", "closed_by", "response")
    return open_row(request, rows, pk, verb="follow_up.read")


def show_follow_up(
    request: HttpRequest,
    found: FollowUp,
    form: OutcomeForm | None = None,
    *,
    owner: OwnerForm | None = None,
    call: CallForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one follow-up, with the form that was refused, if one was."""
    frame = frame_of(request, found.patient, "")
    discharge = discharge_of(found)
    if call is None and discharge is not None:
        asked = appointments_to_ask(discharge, frame.now)
        call = CallForm(appointments=asked, tz_name=found.patient.site.time_zone)
    context = frame.context(
        row=_row(found, frame.now, found.patient.site.time_zone),
        follow_up=found,
        form=form or OutcomeForm(kind=found.kind),
        owner_form=owner or OwnerForm(site_id=found.site_id),
        call_form=call,
        discharge=discharge,
        contacts=found.contacts.select_related("called_by") if discharge else [],
        clinical=frame.may(Permission.SEE_CLINICAL),
        escalations=list(found.escalations.select_related("to")),
    )
    return render(request, "patients/follow_up.html", context, status=status)
