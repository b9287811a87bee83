"""The Today page: the page itself, the piece it polls, and the answer of everything pressed on it."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.htmx import wants_piece
from iop_clinic.roles import Permission, may
from sessions.today.board import live_today
from sessions.today.board import today as whole_day


@requires(Permission.SEE_TODAY)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The day of the current site; `?session=` chooses the roster. A poll gets 204 while nothing changed."""
    site, user, now = require_site(request), cast(User, request.user), timezone.now()
    chosen = _number(request.GET.get("session", ""))
    polled = request.headers.get("X-Poll") == "1"
    if not polled:
        record(user, "sessions.read_today", site_id=site.pk)
    if wants_piece(request):
        live = live_today(site, user, chosen, now)
        if polled and request.headers.get("If-None-Match") == live.stamp:
            return HttpResponse(status=204)
        return _vary(render(request, "sessions/_live.html", {"live": live, "oob": True, **_rights(user)}))
    board = whole_day(site, user, chosen, now)
    return _vary(
        render(request, "sessions/today.html", {"board": board, "live": board.live, **_rights(user)})
    )


def after_mark(
    request: HttpRequest, session_id: int, words: str, *, undo_id: int | None = None, status: int = 200
) -> HttpResponse:
    """What pressing something answers: the live parts for htmx, the page again for everyone else."""
    if not wants_piece(request):
        return redirect(f"{reverse('sessions:today')}?session={session_id}")
    site, user = require_site(request), cast(User, request.user)
    live = live_today(site, user, session_id, timezone.now())
    said = {"refused": words} if status >= 400 else {"toast": words, "undo_id": undo_id}
    context = {"live": live, "oob": True, **said, **_rights(user)}
    return render(request, "sessions/_live.html", context, status=status)


def _rights(user: User) -> dict[str, bool]:
    return {
        "may_book": may(user.role, Permission.BOOK),
        "may_follow_up": may(user.role, Permission.WORK_FOLLOW_UPS),
        "may_see_coverage": may(user.role, Permission.SEE_COVERAGE),
        "may_write_notes": may(user.role, Permission.WRITE_NOTES),
        "may_see_hours": may(user.role, Permission.SEE_HOURS),
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _vary(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request"])
    return response
