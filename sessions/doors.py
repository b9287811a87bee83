"""The doors of this room: a booking, a session or a note, only at one's own sites; each read is recorded."""

from typing import cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from iop_clinic.accounts.models import User
from patients.chart import open_row
from scheduling.models import Booking, TherapySession
from sessions.models import ProgressNote

_BOOKING = ("session__site", "session__room", "session__lead", "episode__primary_clinician", "patient")


def open_booking(request: HttpRequest, pk: int, *, verb: str) -> Booking:
    """A booking with its session, site, patient and episode; 404 elsewhere."""
    return open_row(request, Booking.objects.select_related(*_BOOKING), pk, verb=verb)


def open_note(request: HttpRequest, pk: int, *, verb: str) -> ProgressNote:
    """A note with its booking and author; 404 elsewhere."""
    related = ("author", "goal", *(f"booking__{name}" for name in _BOOKING))
    rows: QuerySet[ProgressNote] = ProgressNote.objects.select_related(*related)
    return open_row(request, rows, pk, verb=verb, path="booking__patient")


def open_session(request: HttpRequest, pk: int) -> TherapySession:
    """A session at one of this person's sites; 404 elsewhere."""
    user = cast(User, request.user)
    rows = TherapySession.objects.filter(site__in=user.sites.all())
    return get_object_or_404(rows.select_related("site", "room", "lead", "group__track"), pk=pk)
