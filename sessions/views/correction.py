"""Changing what was recorded: times or an absence, with the reason and what was said before."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from scheduling.models import Booking
from sessions.attendance import correct
from sessions.attendance_rules import attendance_of
from sessions.corrections import MAY_CORRECT_SIGNED, can_undo, is_signed
from sessions.doors import open_booking
from sessions.forms import CorrectionForm, as_typed, on_the_day
from sessions.models import Attendance
from sessions.views.dialogs import answer, ask


@requires(Permission.RECORD_ATTENDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """The record of one booking, to be said again; 404 while there is none."""
    booking = open_booking(request, pk, verb="sessions.read_attendance")
    attendance = attendance_of(booking)
    if attendance is None:
        raise Http404
    if request.method != "POST":
        return _ask(request, attendance, CorrectionForm(initial=_initial(attendance)))
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        return _ask(request, attendance, form, 422)
    try:
        _correct(cast(User, request.user), attendance, form)
    except Refused as no:
        return _ask(request, attendance, form, form.refuse(no))
    return answer(request, booking, f"{booking.patient.called}'s record is corrected.")


def _correct(actor: User, attendance: Attendance, form: CorrectionForm) -> None:
    session, said = attendance.booking.session, form.cleaned_data
    came = not said["absence"]
    correct(
        actor=actor,
        attendance=attendance,
        arrived_at=on_the_day(session, said["arrived_at"], attendance.arrived_at) if came else None,
        left_at=on_the_day(session, said["left_at"], attendance.left_at) if came else None,
        absence=said["absence"],
        reason=said["reason"],
        version=said["version"],
        now=timezone.now(),
    )


def _initial(attendance: Attendance) -> dict[str, object]:
    session = attendance.booking.session
    return {
        "absence": attendance.absence or CorrectionForm.HERE,
        "arrived_at": as_typed(session, attendance.arrived_at),
        "left_at": as_typed(session, attendance.left_at),
        "version": attendance.version,
    }


def _ask(
    request: HttpRequest, attendance: Attendance, form: CorrectionForm, status: int = 200
) -> HttpResponse:
    booking: Booking = attendance.booking
    signed = is_signed(booking)
    role = cast(User, request.user).role
    return ask(
        request,
        booking,
        "correction",
        form,
        status=status,
        earlier=attendance.corrections.select_related("by").order_by("-at"),
        can_undo=not signed and can_undo(attendance, timezone.now()),
        is_signed=signed,
        may_correct=not signed or role in MAY_CORRECT_SIGNED,
    )
