"""The golden thread of the plan in force: what is broken, and each objective with services and notes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission
from patients.views.frame import open_page
from sessions.thread import breaks, strands
from sessions.thread_rows import facts_of


@requires(Permission.READ_NOTES)
@require_safe
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of the plan's page; a page of its own without script."""
    frame = open_page(request, pk, verb="sessions.read_thread", tab="plan")
    episode = frame.header.episode
    facts = facts_of(episode, frame.day) if episode else None
    found: dict[str, Any] = {}
    if facts is not None:
        found = {"facts": facts, "breaks": breaks(facts), "strands": strands(facts)}
    return page_or_piece(request, "sessions/thread.html", "sessions/_thread.html", frame.context(**found))
