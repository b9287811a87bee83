"""The links of the week board: other weeks, filters as links, and where else the week is worked on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import local_day, week_of
from iop_clinic.roles import Permission, may
from scheduling.asked import Asked
from scheduling.board import Board
from scheduling.models import TherapySession
from scheduling.unplaced import Unplaced
from scheduling.week_rows import Row

# Label, icon, url name, query, who may.
ELSEWHERE = (
    ("Plan next week", "list-checks", "scheduling:plans", "", Permission.PLAN_GROUPS),
    ("Tracks and groups", "users-round", "scheduling:tracks", "", Permission.PLAN_GROUPS),
    ("Leave", "user-x", "scheduling:absences", "", Permission.PLAN_GROUPS),
    ("Closures", "calendar-x", "scheduling:closures", "", Permission.PLAN_GROUPS),
    ("Staff hours", "clock", "scheduling:staff_hours", "", Permission.SET_WORKING_HOURS),
    ("Short of hours", "hourglass", "sessions:hours_board", "?short=1", Permission.SEE_HOURS),
)


@dataclass(frozen=True)
class Choice:
    """One link of a filter."""

    words: str
    href: str
    chosen: bool
    tone: str = ""


def week_links(asked: Asked, site: Site, now: datetime) -> dict[str, str]:
    this: date = week_of(local_day(now, site.time_zone), site.week_starts_weekday).starts_on
    return {
        "before": asked.query(week_on=asked.week.previous().starts_on),
        "this": asked.query(week_on=this),
        "after": asked.query(week_on=asked.week.next().starts_on),
        "visits": asked.query(visits=1 - asked.visits),
        "everyone": asked.query(patient=0),
        "table": asked.query(table=1),
        "board": asked.query(table=0),
    }


def day_links(asked: Asked, board: Board) -> list[Choice]:
    """A phone shows one day; these lead to the others."""
    return [
        Choice(f"{day.day:%a} {day.day.day}", asked.query(day=day.day), day.is_chosen) for day in board.days
    ]


def elsewhere(user: User) -> list[dict[str, str]]:
    return [
        {"label": label, "icon": icon, "href": f"{reverse(name)}{query}"}
        for label, icon, name, query, permission in ELSEWHERE
        if may(user.role, permission)
    ]


def filters(rows: Iterable[Row], gaps: Iterable[Unplaced], asked: Asked) -> dict[str, Any]:
    """What the week has to choose from; a chosen filter links to its own removal."""
    tracks: dict[int, tuple[str, str]] = {}
    leads: dict[int, str] = {}
    rooms: dict[int, str] = {}
    for row in rows:
        leads[row.lead_id] = row.lead_full
        if row.track_id is not None:
            tracks[row.track_id] = (row.track_name or "", row.tone or "")
        if row.room_id is not None:
            rooms[row.room_id] = row.room_name or ""
    for group in (gap.group for gap in gaps):
        leads[group.lead_id] = group.lead.full_name
        tracks[group.track_id] = (group.track.name, group.track.tone)
        if group.room is not None:
            rooms[group.room.pk] = group.room.name
    return {
        "tracks": [
            Choice(name, asked.query(track=0 if asked.track == pk else pk), asked.track == pk, tone)
            for pk, (name, tone) in sorted(tracks.items())
        ],
        "menus": [
            _menu("Clinician", "All clinicians", "lead", leads, asked),
            _menu("Room", "All rooms", "room", rooms, asked),
        ],
    }


def lead_menu(sessions: Iterable[TherapySession], asked: Asked) -> dict[str, Any]:
    """The clinicians who lead these, as a filter."""
    leads = {session.lead_id: session.lead.full_name for session in sessions}
    return _menu("Clinician", "All clinicians", "lead", leads, asked)


def _menu(label: str, everything: str, name: str, found: dict[int, str], asked: Asked) -> dict[str, Any]:
    chosen, everyone = getattr(asked, name), asked.query(**{name: 0})
    return {
        "label": label,
        "words": found.get(chosen, everything),
        "choices": [Choice(everything, everyone, not chosen)]
        + [
            Choice(words, f"{everyone}&{name}={pk}", chosen == pk)
            for pk, words in sorted(found.items(), key=lambda pair: pair[1])
        ],
    }
