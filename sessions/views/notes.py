"""A progress note: written on its own page, read there once signed, and listed for a patient."""

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import refuse
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from patients.header import may_open
from patients.models import Goal, Objective
from patients.views.frame import open_page
from scheduling.models import Booking
from scheduling.models.group import Kind
from sessions.doors import open_booking
from sessions.forms import NoteForm
from sessions.models import ProgressNote
from sessions.note_page import earlier_notes, facts_of, objectives_for, times_changed
from sessions.notes import may_work_on, missing_for_signing, note_of, save_note, signature_of
from sessions.thread_rows import naming

PAGE_NOTES = 20


@requires(Permission.READ_NOTES)
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """The note of one booking: a form for who may write it, else the note to read."""
    booking, now = open_booking(request, pk, verb="sessions.read_note"), timezone.now()
    if request.method == "POST":
        if not may(cast(User, request.user).role, Permission.WRITE_NOTES):
            refuse(request, "note", booking)
            raise PermissionDenied("Your role reads notes; the treating team writes them.")
        return _save(request, booking, now)
    written = note_of(booking)
    form = NoteForm(initial=_initial(written, now), objectives=objectives_for(booking))
    return _show(request, booking, written, form, now)


def _save(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    form = NoteForm(request.POST, objectives=objectives_for(booking))
    if not form.is_valid():
        return _show(request, booking, note_of(booking), form, now, status=422)
    try:
        saved = save_note(actor=cast(User, request.user), booking=booking, now=now, **form.cleaned_data)
    except Refused as no:
        return _keep_both(request, booking, form, no, now)
    if "sign" in request.POST:
        return redirect("sessions:signature", pk=saved.pk)
    messages.success(request, "Draft saved.")
    return redirect("sessions:note", pk=booking.pk)


def _keep_both(
    request: HttpRequest, booking: Booking, form: NoteForm, no: Refused, now: datetime
) -> HttpResponse:
    """Refused: what was typed stays in the form; what is saved meanwhile stands beside it."""
    written = note_of(booking)
    stale = written is not None and written.version != form.cleaned_data["version"]
    if stale and written is not None:
        typed = request.POST.copy()
        typed["version"] = str(written.version)
        form = NoteForm(typed, objectives=objectives_for(booking))
    form.refuse(no)
    return _show(request, booking, written, form, now, status=no.status, other=written if stale else None)


def _initial(written: ProgressNote | None, now: datetime) -> dict[str, Any]:
    if written is None:
        return {
            "version": 0,
            "participation": ProgressNote.Participation.ACTIVE,
            "risk": ProgressNote.Risk.NONE,
        }
    names = ("objective", "participation", "affect", "risk", "text", "plan", "version")
    return {name: getattr(written, name) for name in names}


def _show(
    request: HttpRequest,
    booking: Booking,
    written: ProgressNote | None,
    form: NoteForm,
    now: datetime,
    *,
    status: int = 200,
    other: ProgressNote | None = None,
) -> HttpResponse:
    user, facts = cast(User, request.user), facts_of(booking, now)
    signature = signature_of(written) if written else None
    mine = written is None or may_work_on(user, written)
    writes = may(user.role, Permission.WRITE_NOTES)
    context = {
        "booking": booking,
        "patient": booking.patient,
        "facts": facts,
        "note": written,
        "signature": signature,
        "times_changed": signature is not None and times_changed(signature, facts.attendance),
        "addenda": list(written.addenda.select_related("author")) if signature and written else [],
        "form": form.for_signing(),
        "objectives": list(form.fields["objective"].queryset),  # type: ignore[attr-defined]
        "other": other,
        "earlier": earlier_notes(booking) if writes and not signature else [],
        "may_add": writes,
        "may_write": writes
        and mine
        and not signature
        and not facts.absence
        and booking.session.has_begun(now),
        "medication_url": _medication_url(user, booking),
        "missing": missing_for_signing(written, facts.attendance) if written else [],
        "has_begun": booking.session.has_begun(now),
    }
    return render(request, "sessions/note.html", context, status=status)


def _medication_url(user: User, booking: Booking) -> str:
    """At a medication visit the list stands beside the note."""
    if booking.session.kind != Kind.MEDICATION:
        return ""
    return may_open(user, "patients:medication_summary", booking.patient_id)


@requires(Permission.READ_NOTES)
@require_safe
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """A patient's notes, the newest first; `?goal=` or `?objective=` keeps those that name it."""
    frame = open_page(request, pk, verb="sessions.read_notes", tab="notes")
    rows = ProgressNote.objects.filter(booking__patient=frame.patient).order_by(
        "-booking__session__starts_at"
    )
    goal, objective = _asked_goal(request, pk), _asked_objective(request, pk)
    if objective is not None:
        rows = rows.filter(naming(objective))
    elif goal is not None:
        rows = rows.filter(goal=goal)
    related = ("author", "goal", "objective", "signature__signed_by")
    rows = rows.select_related(*related, "booking__session__lead", "booking__session__room")
    asked = f"objective={objective.pk}&" if objective else f"goal={goal.pk}&" if goal else ""
    context = frame.context(
        goal=objective.goal if objective else goal,
        objective=objective,
        page=Paginator(rows.prefetch_related("addenda__author"), PAGE_NOTES).get_page(
            request.GET.get("page")
        ),
        query=asked,
    )
    return render(request, "sessions/notes.html", context)


def _asked(request: HttpRequest, name: str) -> int:
    """The number asked for, or 0, which no row has."""
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else 0


def _asked_goal(request: HttpRequest, patient_id: int) -> Goal | None:
    return Goal.objects.filter(plan__episode__patient=patient_id, pk=_asked(request, "goal")).first()


def _asked_objective(request: HttpRequest, patient_id: int) -> Objective | None:
    rows = Objective.objects.filter(goal__plan__episode__patient=patient_id).select_related("goal__plan")
    return rows.filter(pk=_asked(request, "objective")).first()
