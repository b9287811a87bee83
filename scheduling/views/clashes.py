"""A clash of the week board: a pattern day without a session, and settling it. A piece or its own page."""

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import week_of
from iop_clinic.forms import ClinicForm
from iop_clinic.htmx import page_or_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from scheduling.fixes import Fix, Trouble, trouble_of
from scheduling.group_pages import groups_at_sites_of
from scheduling.groups import skip_dates
from scheduling.models import Group
from scheduling.settling import is_missing, place_session
from scheduling.words import day_words

GONE = "That way is not open any more. These are left."


class SettlementForm(ClinicForm):
    """Which way, and why where it goes against a rule."""

    way = forms.CharField(max_length=40, required=False)
    reason = forms.CharField(max_length=200, required=False)


def open_clash(request: HttpRequest, pk: int, on: int) -> tuple[Group, date]:
    """The group, if at one of this person's sites, and the day of 20261022; 404 otherwise."""
    group = get_object_or_404(groups_at_sites_of(cast(User, request.user)), pk=pk)
    try:
        return group, date.fromisoformat(f"{on:08}")
    except ValueError as error:
        raise Http404 from error


@requires(Permission.SEE_WEEK)
@require_safe
def clash(request: HttpRequest, pk: int, on: int) -> HttpResponse:
    group, day = open_clash(request, pk, on)
    return _show(request, group, day, timezone.now())


def _show(
    request: HttpRequest,
    group: Group,
    day: date,
    now: datetime,
    form: ClinicForm | None = None,
    status: int = 200,
) -> HttpResponse:
    trouble = trouble_of(group, day, now) if is_missing(group, day, now) else None
    context: dict[str, Any] = {
        "group": group,
        "day": day,
        "trouble": trouble,
        "fixes": _open_to(cast(User, request.user), trouble),
        "settled": group.sessions.filter(pattern_on=day).first() if trouble is None else None,
        "back": _week_address(group, day),
        "form": form,
    }
    return page_or_piece(request, "scheduling/clash.html", "scheduling/_clash.html", context, status=status)


def _open_to(user: User, trouble: Trouble | None) -> list[Fix]:
    """The ways this person's role may take."""
    every = trouble.fixes if trouble else []
    return [fix for fix in every if any(may(user.role, one) for one in fix.permissions)]


@requires(Permission.BOOK, Permission.PLAN_GROUPS)
@require_POST
def clash_settlement(request: HttpRequest, pk: int, on: int) -> HttpResponse:
    """One way round the clash. A way that has gone meanwhile changes nothing and shows those left."""
    (group, day), now = open_clash(request, pk, on), timezone.now()
    form = SettlementForm(request.POST)
    status = form.attempt(lambda said: _settle(cast(User, request.user), group, day, said, now))
    if status:
        return _show(request, group, day, now, form, status)
    messages.success(request, f"{group.name} on {day_words(day)} is settled.")
    return redirect(_week_address(group, day))


def _settle(actor: User, group: Group, day: date, said: dict[str, Any], now: datetime) -> None:
    trouble = trouble_of(group, day, now) if is_missing(group, day, now) else None
    fix = next((one for one in _open_to(actor, trouble) if one.value == said["way"]), None)
    if trouble is None or fix is None:
        raise Refused(GONE if trouble else f"{group.name} on {day_words(day)} is settled already.")
    if fix.skips:
        why = trouble.clashes[0].sentence
        skip_dates(actor=actor, group=group, dates=[day], reason=why, now=now)
        return
    choice, reason = fix.choice, said["reason"]
    place_session(
        actor=actor, group=group, day=day, choice=choice, ends_at=fix.ends_at, reason=reason, now=now
    )


def _week_address(group: Group, day: date) -> str:
    week = week_of(day, group.track.site.week_starts_weekday)
    return f"{reverse('scheduling:week')}?week={week.starts_on}"
