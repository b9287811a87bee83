"""The patient's window on what happens: my week with its hours, my progress, and "I can’t come".

At most eight statements for my week (performance targets); a GET changes nothing but the audit trail.
"""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.checkin import CheckIn, due_checkins
from patients.models import Episode, Patient, Referral
from patients.portal import frame, today_of
from patients.portal_words import greeting, month_day
from patients.progress import goals_of, measures_of, weeks_in
from patients.weeks import own_weeks
from scheduling.portal import own_appointment, show
from scheduling.portal_offers import offers_of
from scheduling.portal_times import Appointment
from sessions.cannot_come import give_back, ways_of
from sessions.held_for_me import held_seats, make_ups_of
from sessions.my_progress import weekly_hours
from sessions.my_week import my_week, with_goal
from sessions.portal_forms import CannotComeForm


@requires(Permission.USE_PORTAL)
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """Where and when next, am I all right this week, and what waits for me."""
    patient, now = own_chart(request), timezone.now()
    today = today_of(patient, now)
    this_week = own_weeks(patient).of(today)
    episode = with_goal(patient, this_week).annotate(**held_seats()).first()
    due = due_checkins(patient, today)
    if episode is None or (episode.ended_on is not None and episode.ended_on <= today):
        return _no_program(request, patient, episode, due, now)
    episode.site = patient.site
    mine = my_week(patient, episode, this_week, now)
    context = frame(patient, "week", due) | {
        "greeting": greeting(now, patient.site.time_zone),
        "week": mine,
        "make_ups": make_ups_of(episode, now, mine),
        "offers": offers_of(patient, now) if getattr(episode, "is_offered", False) else [],
        "starts_later": month_day(episode.admitted_on) if episode.admitted_on > today else "",
    }
    return render(request, "sessions/portal/week.html", context)


def _no_program(
    request: HttpRequest, patient: Patient, episode: Episode | None, due: list[CheckIn], now: datetime
) -> HttpResponse:
    """A calm page for someone who has finished, and for someone who has not begun."""
    context = frame(patient, "week", due) | {"greeting": greeting(now, patient.site.time_zone)}
    if episode is not None and episode.ended_on is not None:
        return render(
            request, "sessions/portal/finished.html", context | {"ended": month_day(episode.ended_on)}
        )
    referral = Referral.objects.filter(patient=patient).order_by("-received_on", "-pk").first()
    stage = referral.stage if referral else ""
    return render(request, "sessions/portal/before.html", context | {"stage": stage})


@requires(Permission.USE_PORTAL)
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """How the measures, the hours and the goals stand since admission."""
    patient, now = own_chart(request), timezone.now()
    today = today_of(patient, now)
    context = frame(patient, "progress", due_checkins(patient, today))
    episode = Episode.objects.filter(patient=patient, admitted_on__lte=today).order_by("-admitted_on").first()
    if episode is None:
        return render(request, "sessions/portal/progress.html", context | {"title": "Your progress"})
    episode.patient = patient
    ended_on, measures = episode.ended_on, measures_of(patient, episode.admitted_on)
    context |= {
        "title": weeks_in(episode, today, own_weeks(patient).weekday_on(today))
        if not ended_on
        else "Your progress",
        "measures": measures,
        "weekly": weekly_hours(episode, min(ended_on or today, today), now),
        "goals": goals_of(episode, today, measures),
    }
    return render(request, "sessions/portal/progress.html", context)


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ "I can’t come": the reason, and what it does to the week's hours before and after."""
    appointment = own_appointment(request, public_id)
    if not appointment.may_cancel:
        status = 409 if request.method == "POST" and appointment.is_kept else 200
        return show(request, appointment, refused=_why_not_cancel(appointment), status=status)
    ways = ways_of(appointment)
    form = CannotComeForm(request.POST if request.method == "POST" else None, ways=ways)
    if not form.is_valid():
        return _ask(request, appointment, form, status=422 if form.is_bound else 200)
    try:
        give_back(actor=cast(User, request.user), way=form.way, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        return show(request, appointment, refused=refusal.sentence, status=refusal.status)
    messages.success(request, f"The clinic knows that you can’t come {appointment.on_day}.")
    return redirect("portal:week")


def _ask(request: HttpRequest, appointment: Appointment, form: CannotComeForm, status: int) -> HttpResponse:
    context = frame(appointment.booking.patient, "week", []) | {"appointment": appointment, "form": form}
    context["ways"] = list(zip(form["which"], form.ways.values(), strict=True))
    return render(request, "sessions/portal/cancel.html", context, status=status)


def _why_not_cancel(appointment: Appointment) -> str:
    if not appointment.is_kept:
        return "This session is already cancelled."
    return f"It has already begun. Call the clinic at {appointment.booking.session.site.phone}."
