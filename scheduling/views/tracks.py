"""The site's tracks with their weekly groups, a new track, and a track's own facts."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from scheduling.group_forms import TrackChangeForm, TrackForm
from scheduling.group_pages import few_words, tracks_of
from scheduling.models import Track
from scheduling.tracks import add_track, change_track

FIELDS = ("name", "tone", "youngest_age", "oldest_age", "is_part2", "is_active")


@requires(Permission.PLAN_GROUPS)
@require_safe
def tracks(request: HttpRequest) -> HttpResponse:
    """Groups that still meet by weekday; `?ended=1` shows the others too."""
    site, user, ended = require_site(request), cast(User, request.user), request.GET.get("ended") == "1"
    found = tracks_of(site, local_day(timezone.now(), site.time_zone), ended=ended)
    weekly = [group for track in found if track.is_active for group in track.weekly]  # type: ignore[attr-defined]
    context = {
        "tracks": found,
        "ended": ended,
        "groups": len(weekly),
        "few": sum(bool(few_words(group)) for group in weekly),
        "may_set_hours": may(user.role, Permission.SET_WORKING_HOURS),
    }
    return render(request, "scheduling/tracks.html", context)


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def track_new(request: HttpRequest) -> HttpResponse:
    site, actor = require_site(request), cast(User, request.user)
    form, status = TrackForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = form.attempt(lambda said: add_track(actor=actor, site=site, **said))
    if not status:
        messages.success(request, f"{form.cleaned_data['name']} is there. Give it its first group.")
        return redirect("scheduling:tracks")
    return render(request, "scheduling/track_form.html", {"form": form, "track": None}, status=status)


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest, pk: int) -> HttpResponse:
    actor, now = cast(User, request.user), timezone.now()
    found = get_object_or_404(Track.objects.filter(site__in=actor.sites.all()), pk=pk)
    posted, status = request.method == "POST", 200
    initial = {name: getattr(found, name) for name in FIELDS}
    form = TrackChangeForm(request.POST if posted else None, initial=initial)
    if posted:
        status = form.attempt(lambda said: change_track(actor=actor, track=found, now=now, **said))
    if not status:
        messages.success(request, f"{form.cleaned_data['name']} is saved.")
        return redirect("scheduling:tracks")
    return render(request, "scheduling/track_form.html", {"form": form, "track": found}, status=status)
