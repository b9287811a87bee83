"""Editing a session with the reach one chooses: this one, this and later, or all future ones; and remarks."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from scheduling.edit_form import EditForm, RemarkForm
from scheduling.edits import edit
from scheduling.models import TherapySession
from scheduling.remarks import remark
from scheduling.rosters import page_of
from scheduling.views.bookings import warn_of_shortfall
from scheduling.views.sessions import open_session


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def session_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Day, time, length, room, people, seats. Everyone booked follows; a clash changes nothing."""
    found, now, actor = open_session(request, pk), timezone.now(), cast(User, request.user)
    form, status, done = EditForm(request.POST or None, session=found), 200, 0
    if request.method == "POST":
        changed: list[TherapySession] = []
        status = form.attempt(
            lambda said: changed.extend(edit(actor=actor, session=found, now=now, **form.asked))
        )
        done = len(changed)
    if request.method == "POST" and not status:
        messages.success(request, _words(done))
        if changed and changed[0].scheduled_minutes < found.scheduled_minutes:
            people = [booking.patient for booking in page_of(changed[0], now).booked]
            warn_of_shortfall(request, changed[0], people, now)
        return redirect("scheduling:session", pk=pk)
    may_override = may(actor.role, Permission.OVERRIDE_CLASH)
    rows = form.rows(may_override=may_override)
    context = {"page": page_of(found, now), "session": found, "form": form, "rows": rows}
    context["asks_why"] = may_override and any(row.asks_why for row in rows)
    return render(request, "scheduling/session_edit.html", context, status=status)


def _words(done: int) -> str:
    if done == 0:
        return "Nothing was different."
    return "1 session changed." if done == 1 else f"{done} sessions changed."


@requires(Permission.BOOK)
@require_POST
def session_remark(request: HttpRequest, pk: int) -> HttpResponse:
    """A sentence on the session, at any time; what happened in it stays on Today."""
    found, actor = open_session(request, pk), cast(User, request.user)
    form = RemarkForm(request.POST)
    status = form.attempt(lambda said: remark(actor=actor, session=found, text=said["text"]))
    if status:
        messages.error(request, "Write a remark of up to 500 characters.")
    return redirect("scheduling:session", pk=pk)
