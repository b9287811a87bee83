"""Places in a track's weekly groups: taking several at once, leaving one, and prolonging one."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.htmx import wants_piece
from iop_clinic.roles import Permission, may
from patients.chart import open_row
from patients.models import Episode
from patients.views.frame import Frame, open_page
from scheduling.enrolling import end_enrollment
from scheduling.forms import LastDayForm
from scheduling.models import Enrollment, Group, Track
from scheduling.place_form import PlacesForm
from scheduling.places import change_places
from scheduling.prolong_form import ProlongForm
from scheduling.prolonging import prolong_enrollment
from scheduling.seats import why_not_for
from scheduling.weeks import bookings_in, groups_with_seats, open_episode, places_of, plan_with
from scheduling.words import day_words


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment(request: HttpRequest, pk: int) -> HttpResponse:
    """Take and end places in groups. Without `enroll` the form only counts what would be booked a week."""
    frame = open_page(request, pk, verb="chart.read", tab="")
    episode, posted, status = open_episode(frame.patient), request.method == "POST", 200
    held = held_places(frame, episode)
    groups = offered(frame, episode, held)
    form = PlacesForm(request.POST if posted else None, day=frame.day, groups=groups, held=held)
    if posted and episode and "enroll" in request.POST:
        status = form.attempt(
            lambda said: change_places(actor=frame.user, episode=episode, now=frame.now, **form.asked)
        )
    if not status:
        messages.success(request, f"{frame.patient.called}’s places are saved.")
        return redirect("scheduling:patient_week", pk=pk)
    shown = choices(frame, episode, form)
    if wants_piece(request):
        return render(request, "scheduling/_weekly_plan.html", shown, status=status)
    rows = form.rows(may_override=frame.may(Permission.OVERRIDE_CLASH))
    shown |= {"clashes": rows, "asks_why": any(row.asks_why for row in rows)}
    return render(request, "scheduling/enrollment.html", frame.context(**shown), status=status)


def offered(frame: Frame, episode: Episode | None, held: dict[int, Enrollment]) -> list[Group]:
    """The site's groups whose track takes this person, and those they are in, with the seats left in each."""
    if episode is None:
        return []
    groups, who = groups_with_seats(frame.patient.site, frame.day, frame.now), frame.patient
    return [g for g in groups if g.pk in held or not why_not_for(g.track, who, episode, frame.day)]


def held_places(frame: Frame, episode: Episode | None) -> dict[int, Enrollment]:
    """The patient's places that have not ended, by group."""
    return {place.group_id: place for place in places_of(episode, frame.day)} if episode else {}


def choices(frame: Frame, episode: Episode | None, form: PlacesForm) -> dict[str, Any]:
    """Each group with the patient's place in it, and what the chosen ones add up to a week."""
    held, chosen = form.held, form.chosen
    rows = [
        {"group": g, "place": held.get(g.pk), "chosen": g in chosen, "until": form[f"until_{g.pk}"]}
        for g in form.groups.values()
    ]
    shown: dict[str, Any] = {"rows": rows, "form": form, "episode": episode}
    if episode is None:
        return shown
    programs = Track.objects.filter(site=episode.site, is_active=True, is_part2=True)
    shown |= {"left_out": not episode.is_part2 and programs.exists(), "may_mark": frame.may(Permission.ADMIT)}
    next_week = frame.weeks.after(frame.weeks.of(frame.day))
    joined = [place.group for place in held.values()] + [g for g in chosen if g.pk not in held]
    visits = bookings_in(frame.patient, next_week)
    return shown | {"plan": plan_with(episode, joined, visits, frame.day)}


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The last day in one group. Later seats that have not begun are freed."""
    place = _open_place(request, pk)
    now, actor, patient = timezone.now(), cast(User, request.user), place.episode.patient
    today, posted = local_day(now, patient.site.time_zone), request.method == "POST"
    form, status = LastDayForm(request.POST if posted else None, initial={"last_on": today}), 200
    if posted:
        status = form.attempt(
            lambda said: end_enrollment(actor=actor, enrollment=place, last_on=said["last_on"], now=now)
        )
    if not status:
        messages.success(request, f"{patient.called} leaves {place.group.name}.")
        return redirect("scheduling:patient_week", pk=patient.pk)
    context = {"place": place, "patient": patient, "form": form}
    return render(request, "scheduling/enrollment_end.html", context, status=status)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_prolongation(request: HttpRequest, pk: int) -> HttpResponse:
    """A later last day in one group, or none. Every planned session until then is booked."""
    place, posted = _open_place(request, pk), request.method == "POST"
    now, actor, patient = timezone.now(), cast(User, request.user), place.episode.patient
    form, status = ProlongForm(request.POST if posted else None, site=patient.site), 200
    if posted:
        status = form.attempt(
            lambda said: prolong_enrollment(actor=actor, enrollment=place, now=now, **form.asked)
        )
    if not status:
        until = form.cleaned_data["to_on"]
        last = f"until {day_words(until)}" if until else "without a last day"
        messages.success(request, f"{patient.called} stays in {place.group.name} {last}.")
        return redirect("scheduling:patient_week", pk=patient.pk)
    rows = form.rows(may_override=may(actor.role, Permission.OVERRIDE_CLASH))
    context = {"place": place, "patient": patient, "form": form, "rows": rows}
    context["asks_why"] = any(row.asks_why for row in rows)
    return render(request, "scheduling/enrollment_prolongation.html", context, status=status)


def _open_place(request: HttpRequest, pk: int) -> Enrollment:
    rows = Enrollment.objects.select_related("episode__patient__site", "group__track")
    return open_row(request, rows, pk, verb="enrollment.read", path="episode__patient")
