"""What one block of the week board says: its place on the wall clock, its looks, its words and marks.

Pure: rows in, blocks out; the clock is an argument (design section 12.02).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.urls import reverse

from iop_clinic.clock import zone
from scheduling.unplaced import Unplaced
from scheduling.wanted import Rule
from scheduling.week_rows import Row
from scheduling.words import minute_words

AWAY = "Lead away"


@dataclass(frozen=True, slots=True)
class Block:
    """One session, or a pattern day without one: minutes after midnight, a lane, and what it shows.

    `looks` are its classes, `alert` is what needs someone (`is_clash`: red), `marks` are quiet facts.
    """

    pk: int
    day: date
    begins: int
    ends: int
    looks: str
    href: str
    title: str
    who: str = ""
    alert: str = ""
    is_clash: bool = False
    place: str = ""
    is_video: bool = False
    seats: str = ""
    is_full: bool = False
    marks: tuple[str, ...] = ()
    has_foot: bool = True
    lane: str = ""

    @property
    def clock(self) -> str:
        return minute_words(self.begins)

    @property
    def hides_place(self) -> bool:
        """Beside another there is no width for the room and everything after it."""
        return bool(self.lane) and (self.is_full or bool(self.marks))


def blocks_of(rows: Iterable[Row], gaps: Iterable[Unplaced], tz_name: str, now: datetime) -> list[Block]:
    """A block for every session and for every pattern day that has none."""
    shown, lacking = list(rows), list(gaps)
    beside = _in_the_way(shown, lacking)
    address = reverse("scheduling:session", args=[0]).removesuffix("0/")
    blocks = [_session_block(row, beside.get(row.pk, ""), address, tz_name, now) for row in shown]
    return blocks + [_gap_block(gap, tz_name) for gap in lacking]


def clash_words(gap: Unplaced) -> str:
    """ "Clash in Birch", "Ruth A. is busy", and "" when nothing is in the way."""
    if gap.rule == Rule.ROOM_TAKEN and gap.group.room is not None:
        return f"Clash in {gap.group.room.name}"
    return f"{gap.group.lead.short_name} is busy" if gap.rule else ""


def _in_the_way(rows: list[Row], gaps: list[Unplaced]) -> dict[int, str]:
    """By number, the sessions that a pattern day clashes with, and in what words."""
    found: dict[int, str] = {}
    for gap in gaps:
        for row in rows if gap.rule else ():
            taken = row.room_id == gap.group.room_id if gap.rule == Rule.ROOM_TAKEN else False
            busy = row.lead_id == gap.group.lead_id if gap.rule == Rule.STAFF_BUSY else False
            then = row.starts_at < gap.ends_at and gap.starts_at < row.ends_at
            if then and (taken or busy) and not row.is_cancelled:
                found[row.pk] = clash_words(gap)
    return found


def _session_block(row: Row, clash: str, address: str, tz_name: str, now: datetime) -> Block:
    begins, state = _minute(row.starts_at, tz_name), _state(row, now)
    is_off, is_coming = row.is_cancelled, row.starts_at > now
    alert = clash or (AWAY if row.lead_is_away and is_coming and not is_off else "")
    looks = (f"track-{row.tone}" if row.tone else "", state, "is-clash" if clash else "")
    return Block(
        pk=row.pk,
        day=row.occurs_on,
        begins=begins,
        ends=begins + row.minutes,
        looks=" ".join(filter(None, looks)),
        href=f"{address}{row.pk}/",
        title=row.title,
        who="Cancelled" if is_off else _who(row),
        alert=alert,
        is_clash=bool(clash),
        place=row.room_name or "",
        is_video=row.is_video,
        seats=_seats(row),
        is_full=row.is_full,
        marks=() if is_off else tuple(marks_of(row, is_coming=is_coming)),
        has_foot=not is_off,
    )


def _gap_block(gap: Unplaced, tz_name: str) -> Block:
    group, begins = gap.group, _minute(gap.starts_at, tz_name)
    return Block(
        pk=-group.pk,
        day=gap.day,
        begins=begins,
        ends=begins + group.minutes,
        looks=f"track-{group.track.tone} {'is-clash' if gap.rule else 'is-planned'}",
        href=reverse("scheduling:clash", args=[gap.group.pk, gap.day_number]),
        title=group.name,
        who=group.lead.short_name if gap.rule else f"{group.lead.short_name} · not placed yet",
        alert=clash_words(gap),
        is_clash=gap.rule is not None,
        place=group.room.name if group.room else "",
        is_video=group.mode == group.Mode.VIDEO,
        seats=f"{group.capacity} seats",
    )


def marks_of(row: Row, *, is_coming: bool) -> Iterable[str]:
    """Quiet facts about a session that stands."""
    if row.is_make_up:
        yield "Make-up"
    if row.shares_room:
        yield "Shared"
    if is_coming and row.fewest:
        yield f"min {row.fewest}"


def _who(row: Row) -> str:
    """ "Sunniva B. · Sub for Ines" """
    return f"{row.lead_short} · Sub for {row.stands_in_for}" if row.stands_in_for else row.lead_short


def _seats(row: Row) -> str:
    if row.capacity > 1:
        return f"{row.booked_seats}/{row.capacity}"
    return "" if row.booked_seats or not row.counts_toward_hours else "free"


def _state(row: Row, now: datetime) -> str:
    if row.is_cancelled:
        return "is-canceled"
    if row.ends_at <= now:
        return "is-past"
    return "is-now" if row.starts_at <= now else ""


@lru_cache(maxsize=1024)  # a week has few different starts, and asking the time zone is slow
def _minute(instant: datetime, tz_name: str) -> int:
    wall = instant.astimezone(zone(tz_name))
    return wall.hour * 60 + wall.minute
