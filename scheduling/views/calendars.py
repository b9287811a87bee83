"""Calendar addresses: the public file behind a secret, and the page where staff make and revoke theirs.

The file is open to whoever holds the address (security notes, 3(i)): limited by who asks and by calendar.
"""

import hashlib
from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from iop_clinic.access import public, requires
from iop_clinic.accounts.models import User
from iop_clinic.limits import allowed
from iop_clinic.roles import Permission, may
from iop_clinic.safety import say
from scheduling.feeds import feed_of, living_feed, make_feed, read_feed, revoke_feed
from scheduling.ics import CONTENT_TYPE
from scheduling.models import CalendarFeed, Room

HOUR_SECONDS = 3600
P = Permission


@public
@require_safe
def feed(request: HttpRequest, secret: UUID) -> HttpResponse:
    """The calendar file; 404 for an address unknown or revoked, 429 when it is asked for too often."""
    if not allowed(request, "calendar_address"):
        return _too_often(request)
    found = living_feed(secret)
    if found is None:
        raise Http404
    if not allowed(request, "calendar_feed", key=str(found.pk)):
        return _too_often(request)
    body = read_feed(feed=found, now=timezone.now())
    etag = quote_etag(hashlib.sha256(body).hexdigest())
    named = {"ETag": etag, "Content-Disposition": 'inline; filename="calendar.ics"'}
    fresh = HttpResponse(body, CONTENT_TYPE, headers=named)
    answer = get_conditional_response(request, etag=etag, response=fresh) or fresh
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _too_often(request: HttpRequest) -> HttpResponse:
    answer = say(request, 429, "This calendar is asked for too often. Try again in an hour.")
    answer.headers["Retry-After"] = str(HOUR_SECONDS)
    return answer


def address_of(request: HttpRequest, secret: UUID) -> str:
    """The whole address, as a calendar app takes it."""
    return request.build_absolute_uri(reverse("scheduling:feed", args=[secret]))


def rooms_of(user: User) -> list[Room]:
    """Rooms whose calendars this person may share, each with its `feed`."""
    if not may(user.role, P.SHARE_ROOM_CALENDARS):
        return []
    active = Room.objects.filter(site__in=user.sites.all(), is_active=True).select_related("site")
    rooms = list(active.order_by("site__name", "position", "name"))
    standing = {feed.room_id: feed for feed in CalendarFeed.objects.living().filter(room__in=rooms)}
    for room in rooms:
        room.feed = standing.get(room.pk)  # type: ignore[attr-defined]
    return rooms


def show(request: HttpRequest, *, secret: UUID | None = None, room: Room | None = None) -> HttpResponse:
    """The page; an address that was just made stands in it, this once."""
    user = cast(User, request.user)
    context = {
        "may_own": may(user.role, P.SEE_WEEK),
        "may_share": may(user.role, P.SHARE_ROOM_CALENDARS),
        "own": feed_of(user),
        "rooms": rooms_of(user),
        "address": address_of(request, secret) if secret else "",
        "address_of_room": room,
    }
    return render(request, "scheduling/calendars.html", context)


@requires(P.SEE_WEEK, P.SHARE_ROOM_CALENDARS)
@require_safe
def calendars(request: HttpRequest) -> HttpResponse:
    """My calendar, and those of rooms for who may share them."""
    return show(request)


@requires(P.SEE_WEEK)
@require_POST
def own_calendar(request: HttpRequest) -> HttpResponse:
    """A new address of my own sessions, shown once."""
    user = cast(User, request.user)
    return show(request, secret=make_feed(actor=user, owner=user, now=timezone.now()))


@requires(P.SEE_WEEK)
@require_POST
def own_calendar_revocation(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    revoke_feed(actor=user, owner=user, now=timezone.now())
    return redirect("scheduling:calendars")


def own_room(request: HttpRequest, pk: int) -> Room:
    """A room of one of this person's sites; 404 otherwise."""
    user = cast(User, request.user)
    return get_object_or_404(Room, pk=pk, is_active=True, site__in=user.sites.all())


@requires(P.SHARE_ROOM_CALENDARS)
@require_POST
def room_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """A new address of a room's sessions, shown once."""
    room = own_room(request, pk)
    secret = make_feed(actor=cast(User, request.user), owner=room, now=timezone.now())
    return show(request, secret=secret, room=room)


@requires(P.SHARE_ROOM_CALENDARS)
@require_POST
def room_calendar_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    room = own_room(request, pk)
    revoke_feed(actor=cast(User, request.user), owner=room, now=timezone.now())
    return redirect("scheduling:calendars")
