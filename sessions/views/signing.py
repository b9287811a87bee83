"""Signing a note, after signing in again, and adding to a signed one."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sure import asks_again
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from sessions.doors import open_note
from sessions.forms import AddendumForm, SignatureForm
from sessions.models import ProgressNote
from sessions.note_page import facts_of
from sessions.notes import (
    add_addendum,
    content_hash,
    may_work_on,
    missing_for_signing,
    sign_note,
    signature_of,
)


@requires(Permission.WRITE_NOTES)
@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: HttpRequest, pk: int) -> HttpResponse:
    """The note once more as it will stand, then the signature. The door comes before the password."""
    return _sign(request, open_note(request, pk, verb="sessions.read_note"))


@asks_again
def _sign(request: HttpRequest, note: ProgressNote) -> HttpResponse:
    form = SignatureForm(request.POST or None, initial={"version": note.version})
    if request.method != "POST":
        return _show(request, note, form)
    if not form.is_valid():
        return _show(request, note, SignatureForm(initial={"version": note.version}), 422)
    note.version = form.cleaned_data["version"]
    try:
        signed = sign_note(actor=cast(User, request.user), note=note, now=timezone.now())
    except Refused as no:
        return _show(request, note, form, form.refuse(no))
    messages.success(request, f"Signed by {signed.signed_by.full_name}, {signed.credential}.")
    return redirect("sessions:my_notes")


def _show(request: HttpRequest, note: ProgressNote, form: SignatureForm, status: int = 200) -> HttpResponse:
    facts = facts_of(note.booking, timezone.now())
    context = {
        "note": note,
        "booking": note.booking,
        "patient": note.booking.patient,
        "facts": facts,
        "form": form,
        "missing": missing_for_signing(note, facts.attendance),
        "signature": signature_of(note),
        "is_mine": may_work_on(cast(User, request.user), note),
        "sha256": content_hash(note),
    }
    return render(request, "sessions/signature.html", context, status=status)


@requires(Permission.WRITE_NOTES)
@require_http_methods(["GET", "HEAD", "POST"])
def addendum(request: HttpRequest, pk: int) -> HttpResponse:
    """A later word on a signed note."""
    note = open_note(request, pk, verb="sessions.read_note")
    form = AddendumForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                add_addendum(
                    actor=cast(User, request.user), note=note, now=timezone.now(), **form.cleaned_data
                )
                messages.success(request, "Added to the note.")
                return redirect("sessions:note", pk=note.booking_id)
            except Refused as no:
                status = form.refuse(no)
    context = {"note": note, "patient": note.booking.patient, "form": form, "signature": signature_of(note)}
    facts = facts_of(note.booking, timezone.now())
    return render(request, "sessions/addendum.html", context | {"facts": facts}, status=status)
