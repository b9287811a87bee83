"""Small forms about one booking: a dialog over Today with script, a page of their own without."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from iop_clinic.htmx import page_or_piece, wants_piece
from scheduling.models import Booking
from sessions.views.today import after_mark

# Where a form without script leads back to, by the word in its address.
BACK = {"attendance": "sessions:attendance", "note": "sessions:note"}


def ask(
    request: HttpRequest, booking: Booking, noun: str, form: forms.Form, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The form `noun` of a booking, as a dialog or as a page."""
    back = request.GET.get("back", "")
    query = f"?back={back}" if back in BACK else ""
    context = {
        "booking": booking,
        "session_row": booking.session,
        "patient": booking.patient,
        "form": form,
        "piece": f"sessions/_{noun}_form.html",
        "action": reverse(f"sessions:{noun}", args=[booking.pk]) + query,
        "back_url": _back_url(request, booking),
        **more,
    }
    return page_or_piece(request, "sessions/dialog.html", context["piece"], context, status=status)


def answer(request: HttpRequest, booking: Booking, words: str, *, undo: bool = False) -> HttpResponse:
    """After a form went through: back where it was opened, with a word about it."""
    if wants_piece(request):
        return after_mark(request, booking.session_id, words, undo_id=booking.pk if undo else None)
    messages.success(request, words)
    return redirect(_back_url(request, booking))


def _back_url(request: HttpRequest, booking: Booking) -> str:
    back = request.GET.get("back", "")
    if back == "attendance":
        return reverse("sessions:attendance", args=[booking.patient_id])
    if back == "note":
        return reverse("sessions:note", args=[booking.pk])
    return f"{reverse('sessions:today')}?session={booking.session_id}"
