"""The level of care of a chart: its story, what the payer waits for, another level from a day on."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.determining import current_of, draft_of
from patients.forms.level import LevelForm
from patients.level_story import story_of
from patients.models import Episode, LevelDetermination, LevelOfCare
from patients.prescribing import prescribed_on
from patients.stepping import change_level
from patients.views.frame import Frame, open_page


@requires(Permission.SEE_CLINICAL)
@require_safe
def level_of_care(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_level", tab="level")
    episode = frame.header.episode
    context = frame.context(
        story=story_of(frame.patient, episode, frame.day),
        episode=episode,
        stay=prescribed_on(episode, frame.day) if episode else None,
        draft=draft_of(frame.patient),
        standing=current_of(frame.patient),
        may_determine=frame.may(Permission.DETERMINE_LEVEL),
        may_certify=frame.may(Permission.CERTIFY),
        may_prescribe=frame.may(Permission.ADMIT),
    )
    return render(request, "patients/level_of_care.html", context)


@requires(Permission.DETERMINE_LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def level_change(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_level", tab="level")
    episode = frame.patient.episodes.filter(ended_on__isnull=True).first()
    standing = current_of(frame.patient)
    if episode is None or standing is None:
        context = frame.context(episode=episode, standing=standing)
        return render(request, "patients/level_change.html", context)
    data, status = request.POST if request.method == "POST" else None, 200
    form = LevelForm(data, initial=_suggested(frame, episode, standing))
    if data is not None:
        status = form.attempt(
            lambda said: change_level(
                actor=frame.user, episode=episode, determination=standing, now=frame.now, **said
            )
        )
        if not status:
            messages.success(request, f"{frame.patient.called}: level changed. Now plan the week.")
            return redirect("patients:level_of_care", pk=pk)
    ahead = episode.stays.filter(from_on__gt=frame.day).select_related("level")
    context = frame.context(form=form, episode=episode, standing=standing, ahead=ahead, levels=_levels(frame))
    return render(request, "patients/level_change.html", context, status=status)


def _suggested(frame: Frame, episode: Episode, standing: LevelDetermination) -> dict[str, Any]:
    """The level the determination means, with its standard hours for the age and the days of now."""
    rung = standing.rules.rung(standing.actual)
    level = LevelOfCare.objects.filter(kind=rung.kind).first() if rung else None
    stay = prescribed_on(episode, max(frame.day, episode.admitted_on))
    if stay is not None and level is not None and stay.level.kind == level.kind:
        level = stay.level
    initial: dict[str, Any] = {
        "level": level,
        "from_on": max(frame.day, episode.admitted_on),
        "days_a_week": stay.days_a_week if stay else 3,
    }
    if level is not None:
        initial["hours"] = f"{Decimal(level.standard_minutes(frame.header.age)) / 60:f}"
    return initial


def _levels(frame: Frame) -> list[tuple[str, int]]:
    """Each level's name with the minutes a week below which a reason is needed."""
    return [(level.name, level.least_minutes(frame.header.age)) for level in LevelOfCare.objects.all()]
