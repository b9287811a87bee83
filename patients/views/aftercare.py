"""After discharge: appointments with whoever treats the person next, and the calls at 7, 30 and 90 days."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission
from patients.aftercare import make_appointment, say_kept
from patients.calling import appointments_to_ask, discharge_of, record_call
from patients.chart import open_row
from patients.forms.aftercare import AppointmentForm, CallForm, KeptForm
from patients.models import AftercareAppointment, Episode
from patients.views.follow_ups import open_follow_up_page, show_follow_up
from patients.views.frame import Frame, frame_of, open_page


@requires(Permission.ADMIT)
@require_http_methods(["GET", "HEAD", "POST"])
def aftercare(request: HttpRequest, pk: int) -> HttpResponse:
    """The appointments of the last stay, and a form for another."""
    frame = open_page(request, pk, verb="chart.read_aftercare", tab="")
    form, status = AppointmentForm(request.POST if request.method == "POST" else None), 200
    episode = last_stay(frame)
    if request.method == "POST" and episode is not None:
        tz_name = frame.patient.site.time_zone
        status = form.attempt(
            lambda _: make_appointment(actor=frame.user, episode=episode, **form.said(tz_name))
        )
        if not status:
            messages.success(request, "Appointment noted.")
            return redirect("patients:aftercare", pk=pk)
    return _show(request, frame, form, status)


def last_stay(frame: Frame) -> Episode | None:
    return frame.patient.episodes.order_by("-admitted_on").first()


def _show(request: HttpRequest, frame: Frame, form: AppointmentForm, status: int = 200) -> HttpResponse:
    episode = last_stay(frame)
    rows = list(episode.aftercare.select_related("outcome_by")) if episode else []
    context = frame.context(
        form=form, episode=episode, appointments=rows, outcomes=AftercareAppointment.Outcome.choices
    )
    return render(request, "patients/aftercare.html", context, status=status)


@requires(Permission.ADMIT)
@require_POST
def aftercare_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether an appointment was kept."""
    rows = AftercareAppointment.objects.select_related("episode__patient__site")
    found = open_row(request, rows, pk, verb="aftercare.read", path="episode__patient")
    frame = frame_of(request, found.episode.patient, "")
    form = KeptForm(request.POST)
    status = form.attempt(lambda said: say_kept(actor=frame.user, appointment=found, now=frame.now, **said))
    if not status:
        messages.success(request, "Noted.")
        return redirect("patients:aftercare", pk=frame.patient.pk)
    messages.error(request, " ".join(str(words) for errors in form.errors.values() for words in errors))
    return _show(request, frame, AppointmentForm(), status)


@requires(Permission.WORK_FOLLOW_UPS)
@require_POST
def follow_up_call(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a call after discharge."""
    found = open_follow_up_page(request, pk)
    discharge = discharge_of(found)
    if discharge is None:
        raise Http404
    user, now = cast(User, request.user), timezone.now()
    asked = appointments_to_ask(discharge, now)
    form = CallForm(request.POST, appointments=asked, tz_name=found.patient.site.time_zone)
    status = form.attempt(lambda _: record_call(actor=user, follow_up=found, call=form.call(), now=now))
    if status:
        return show_follow_up(request, found, call=form, status=status)
    messages.success(request, "Call noted.")
    return redirect("patients:follow_up", pk=pk)
