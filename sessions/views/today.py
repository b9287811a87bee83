"""The Today page: the page itself, the piece it polls, and the answer of everything pressed on it."""

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.htmx import page_or_piece, wants_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from sessions.today.board import Board, live_today
from sessions.today.board import today as whole_day
from sessions.today.rail import rail_of

READ_KEY = "today_shown"


@requires(Permission.SEE_TODAY)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The day of the current site; `?session=` chooses the roster. A poll gets 204 while nothing changed."""
    site, user, now = require_site(request), cast(User, request.user), timezone.now()
    chosen = _number(request.GET.get("session", ""))
    polled = request.headers.get("X-Poll") == "1"
    if not wants_piece(request):
        board = whole_day(site, user, chosen, now)
        _record_read(request, site, now, board.patients, polled=False)
        return _vary(_page(request, board))
    live = live_today(site, user, chosen, now)
    if polled and request.headers.get("If-None-Match") == live.stamp:
        return HttpResponse(status=204)
    _record_read(request, site, now, frozenset(live.patients), polled=polled)
    return _vary(render(request, "sessions/_live.html", {"live": live, "oob": True, **_rights(user)}))


@requires(Permission.SEE_TODAY)
@require_safe
def rail(request: HttpRequest) -> HttpResponse:
    """The rest of Today's rail, loaded after the page: short of hours, unsigned notes. Also a page."""
    site, user = require_site(request), cast(User, request.user)
    rights = _rights(user)
    shown = rail_of(site, timezone.now(), with_hours=rights["may_see_hours"])
    named = [row.patient_id for row in shown.short]
    record(user, "sessions.read_today_rail", site_id=site.pk, patients=named)
    context = {"rail": shown, "oob": wants_piece(request), **rights}
    return page_or_piece(request, "sessions/today_rail.html", "sessions/_rail_later.html", context)


def _record_read(
    request: HttpRequest, site: Site, now: datetime, patients: frozenset[int], *, polled: bool
) -> None:
    """Each look is on the trail; a poll only where it names someone this sign-in has not seen that day."""
    this_day = f"{site.pk}:{local_day(now, site.time_zone)}"
    day, seen = request.session.get(READ_KEY, ("", []))
    known = frozenset(seen) if day == this_day else frozenset()
    if polled and day == this_day and patients <= known:
        return
    record(cast(User, request.user), "sessions.read_today", site_id=site.pk, patients=patients)
    if day != this_day or not patients <= known:
        request.session[READ_KEY] = (this_day, sorted(known | patients))


def _page(request: HttpRequest, board: Board, status: int = 200) -> HttpResponse:
    """The whole page, with what the last request has to say above it."""
    user = cast(User, request.user)
    context = {"board": board, "live": board.live, **_rights(user)}
    return render(request, "sessions/today.html", context, status=status)


def after_mark(
    request: HttpRequest, session_id: int, words: str, *, undo_id: int | None = None
) -> HttpResponse:
    """What a mark answers: the live parts and a toast for htmx, the page again for everyone else."""
    if wants_piece(request):
        return _parts(request, session_id, toast=words, undo_id=undo_id)
    messages.success(request, words)
    return redirect(f"{reverse('sessions:today')}?session={session_id}")


def refuse_mark(request: HttpRequest, session_id: int, no: Refused) -> HttpResponse:
    """What a refused mark answers: the sentence above the page, nothing changed."""
    if wants_piece(request):
        return _parts(request, session_id, status=no.status, refused=no.sentence)
    messages.error(request, no.sentence)
    site, user = require_site(request), cast(User, request.user)
    return _page(request, whole_day(site, user, session_id, timezone.now()), no.status)


def _parts(request: HttpRequest, chosen: int, *, status: int = 200, **said: object) -> HttpResponse:
    site, user = require_site(request), cast(User, request.user)
    live = live_today(site, user, chosen, timezone.now())
    context = {"live": live, "oob": True, **said, **_rights(user)}
    return render(request, "sessions/_live.html", context, status=status)


def _rights(user: User) -> dict[str, bool]:
    return {
        "may_book": may(user.role, Permission.BOOK),
        "may_follow_up": may(user.role, Permission.WORK_FOLLOW_UPS),
        "may_see_coverage": may(user.role, Permission.SEE_COVERAGE),
        "may_write_notes": may(user.role, Permission.WRITE_NOTES),
        "may_send_measures": may(user.role, Permission.SEND_MEASURES),
        "may_see_hours": may(user.role, Permission.SEE_HOURS),
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _vary(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request"])
    return response
