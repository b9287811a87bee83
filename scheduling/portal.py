"""The patient's window on the schedule: one booking, confirmed, or told that they run late.

A GET changes nothing; each change is a form the patient sends (security notes on confirm and cancel links).
"""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.checkin import due_checkins
from patients.portal import frame
from scheduling import booking as bookings
from scheduling.lost_time import to_make_up
from scheduling.models import Booking
from scheduling.portal_forms import LateForm
from scheduling.portal_times import Appointment, late_choices, portal_bookings


def own_appointment(request: HttpRequest, public_id: UUID) -> Appointment:
    """One of the signed-in patient's bookings by its public id; 404 for anyone else's."""
    patient = own_chart(request)
    booking: Booking = get_object_or_404(portal_bookings(patient), public_id=public_id)
    booking.patient = patient
    return Appointment(booking, timezone.now())


def show(
    request: HttpRequest, appointment: Appointment, *, refused: str = "", status: int = 200
) -> HttpResponse:
    """The page of one booking; `refused` is the sentence of a rule that said no."""
    patient = appointment.booking.patient
    context = frame(patient, "week", due_checkins(patient, appointment.today))
    context |= {"appointment": appointment, "refused": refused}
    if not appointment.booking.is_active:
        context["may_make_up"] = bool(to_make_up([appointment.booking]))
    return render(request, "scheduling/portal/session.html", context, status=status)


@requires(Permission.USE_PORTAL)
@require_safe
def session_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """When, where, with whom, and what the patient may do about it."""
    return show(request, own_appointment(request, public_id))


@requires(Permission.USE_PORTAL)
@require_POST
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ "I will be there." Confirming again changes nothing."""
    appointment = own_appointment(request, public_id)
    if appointment.booking.confirmed_at is None:
        try:
            bookings.confirm(actor=cast(User, request.user), booking=appointment.booking, now=appointment.now)
        except Refused as refusal:
            return show(request, appointment, refused=refusal.sentence, status=refusal.status)
    messages.success(request, f"Confirmed: {appointment.day}, {appointment.starts}.")
    return redirect("portal:week")


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def late(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Tell the desk and the facilitator about when to expect me."""
    appointment = own_appointment(request, public_id)
    if not appointment.may_run_late:
        return show(request, appointment, refused=_why_not_late(appointment), status=_refused(request))
    same_day = portal_bookings(appointment.booking.patient).filter(
        session__occurs_on=appointment.booking.session.occurs_on
    )
    choices = late_choices(appointment, [Appointment(other, appointment.now) for other in same_day])
    form = LateForm(request.POST if request.method == "POST" else None, choices=choices)
    if not form.is_bound:
        return _ask(request, appointment, form)
    if not form.is_valid():
        return _ask(request, appointment, form, status=422)
    return _tell(request, appointment, form)


def _tell(request: HttpRequest, appointment: Appointment, form: LateForm) -> HttpResponse:
    actor, until = cast(User, request.user), form.chosen.at
    try:
        bookings.running_late(actor=actor, booking=appointment.booking, until=until, now=appointment.now)
    except Refused as refusal:
        form.add_error("until", refusal.sentence)
        return _ask(request, appointment, form, status=refusal.status)
    messages.success(request, f"The clinic knows. See you about {form.chosen.time}.")
    return redirect("portal:week")


def _ask(request: HttpRequest, appointment: Appointment, form: LateForm, status: int = 200) -> HttpResponse:
    context = frame(appointment.booking.patient, "week", []) | {"appointment": appointment, "form": form}
    context["choices"] = list(zip(form["until"], form.offered.values(), strict=True))
    return render(request, "scheduling/portal/late.html", context, status=status)


def _refused(request: HttpRequest) -> int:
    return 409 if request.method == "POST" else 200


def _why_not_late(appointment: Appointment) -> str:
    if not appointment.is_kept:
        return "This session was cancelled."
    if appointment.is_over:
        return "This session is over."
    return f"You can tell us on the day itself. This session is {appointment.on_day} at {appointment.starts}."
