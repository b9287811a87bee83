"""The week board of the site: past outlined, coming filled, now solid; filters are links."""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site
from iop_clinic.accounts.sites import require_site
from iop_clinic.clock import local_day, week_of
from iop_clinic.roles import Permission
from scheduling.asked import Asked, asked_for
from scheduling.board import draw
from scheduling.models import TherapySession
from scheduling.words import week_words


@dataclass(frozen=True)
class Choice:
    """One link of a filter."""

    words: str
    href: str
    chosen: bool
    tone: str = ""


@requires(Permission.SEE_WEEK)
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """`?week=2026-10-19&track=&lead=&room=&visits=1&table=1`: a board, or the same as a table."""
    site, now = require_site(request), timezone.now()
    asked = asked_for(request.GET, site, local_day(now, site.time_zone))
    everything = sessions_of(site, asked)
    shown = [session for session in everything if asked.takes(session)]
    board = draw(shown, asked.week, site.time_zone, now)
    context = filters(everything, asked) | {
        "asked": asked,
        "board": board,
        "sessions": shown,
        "tz_name": site.time_zone,
        "title": week_words(board.days[0].day, board.days[-1].day),
        "links": week_links(asked, site, now),
        "now": now,
    }
    return render(request, "scheduling/week.html", context)


def sessions_of(site: Site, asked: Asked) -> list[TherapySession]:
    """The site's sessions of the week with what the board shows, in one query."""
    starts_at, ends_at = asked.week.span(site.time_zone)
    rows = TherapySession.objects.filter(site=site).between(starts_at, ends_at)
    return list(rows.select_related("group__track", "room", "lead"))


def week_links(asked: Asked, site: Site, now: datetime) -> dict[str, str]:
    this: date = week_of(local_day(now, site.time_zone), site.week_starts_weekday).starts_on
    return {
        "before": asked.query(week_on=asked.week.previous().starts_on),
        "this": asked.query(week_on=this),
        "after": asked.query(week_on=asked.week.next().starts_on),
        "visits": asked.query(visits=1 - asked.visits),
        "table": asked.query(table=1),
        "board": asked.query(table=0),
    }


def filters(sessions: list[TherapySession], asked: Asked) -> dict[str, object]:
    """What the week has to choose from; a chosen filter links to its own removal."""
    tracks = {s.group.track_id: s.group.track for s in sessions if s.group}
    leads = {s.lead_id: s.lead.full_name for s in sessions}
    rooms = {s.room.pk: s.room.name for s in sessions if s.room}
    return {
        "tracks": [
            Choice(
                track.name, asked.query(track=0 if asked.track == pk else pk), asked.track == pk, track.tone
            )
            for pk, track in sorted(tracks.items())
        ],
        "menus": [
            _menu("Clinician", "All clinicians", "lead", leads, asked),
            _menu("Room", "All rooms", "room", rooms, asked),
        ],
    }


def _menu(label: str, everything: str, name: str, found: dict[int, str], asked: Asked) -> dict[str, object]:
    chosen = getattr(asked, name)
    return {
        "label": label,
        "words": found.get(chosen, everything),
        "choices": [Choice(everything, asked.query(**{name: 0}), not chosen)]
        + [
            Choice(words, asked.query(**{name: pk}), chosen == pk)
            for pk, words in sorted(found.items(), key=lambda pair: pair[1])
        ],
    }
