"""The hours bar's segments (DESIGN.md 6): one picture of the week on every page.

Order is by kind, inside a kind by day; the gap up to the goal is the ledger's `short_minutes`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from iop_clinic.clock import as_utc, local_day, zone
from iop_clinic.durations import duration, in_hours
from sessions.minutes import Entry

Kind = Literal["attended", "booked"]
State = Literal["attended", "running", "booked", "absent", "missing_checkout", "not_recorded", "not_counted"]


@dataclass(frozen=True, slots=True)
class Line:
    """What one entry gives to the week: scheduled = attended + booked + missed + unrecorded."""

    entry: Entry
    state: State
    scheduled_minutes: int
    attended_minutes: int
    booked_minutes: int
    missed_minutes: int
    unrecorded_minutes: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the bar: `text` goes inside it ("Mon 1 h 40"), `caption` under it."""

    kind: Kind
    label: str
    day: date
    minutes: int
    text: str
    caption: str


def week_segments(lines: Sequence[Line], *, short_minutes: int, now: datetime, tz_name: str) -> list[Segment]:
    """Attended minutes a day, then booked minutes a day; a day without minutes has no segment."""
    days = _by_day(lines)
    today = local_day(now, tz_name)
    attended = [_attended(day, of_day, today, short_minutes) for day, of_day in days]
    booked = [_booked(day, of_day, today, now, tz_name) for day, of_day in days]
    return [segment for segment in (*attended, *booked) if segment.minutes]


def _by_day(lines: Sequence[Line]) -> list[tuple[date, list[Line]]]:
    days = sorted({line.entry.day for line in lines})
    return [(day, [line for line in lines if line.entry.day == day]) for day in days]


def _attended(day: date, lines: list[Line], today: date, short_minutes: int) -> Segment:
    minutes = sum(line.attended_minutes for line in lines)
    more_today = day == today and any(line.booked_minutes for line in lines)
    label = "Now" if more_today else _day_name(day, today)
    caption = _what_is_lacking(lines, short_minutes)
    return Segment("attended", label, day, minutes, f"{label} {in_hours(minutes)}", caption)


def _what_is_lacking(lines: list[Line], short_minutes: int) -> str:
    missed_minutes = sum(line.missed_minutes for line in lines)
    if any(line.state == "missing_checkout" for line in lines):
        return "check-out missing"
    if missed_minutes and short_minutes:  # time that was made up is not shown again
        return f"missed {duration(missed_minutes)}"
    return ""


def _booked(day: date, lines: list[Line], today: date, now: datetime, tz_name: str) -> Segment:
    minutes = sum(line.booked_minutes for line in lines)
    label = _day_name(day, today)
    attended = any(line.attended_minutes for line in lines)
    begun = attended or any(line.state == "running" for line in lines)
    text = f"{label} {in_hours(minutes)} more" if attended else f"{label} {in_hours(minutes)}"
    ahead = [line for line in lines if line.booked_minutes]
    caption = _what_is_left(ahead, now, tz_name) if begun else _from_to(ahead, tz_name)
    return Segment("booked", label, day, minutes, text, caption)


def _from_to(ahead: list[Line], tz_name: str) -> str:
    if not ahead:
        return ""
    starts_at = min(as_utc(line.entry.slot.starts_at) for line in ahead)
    ends_at = max(as_utc(line.entry.slot.ends_at) for line in ahead)
    return f"{_wall(starts_at, tz_name)} to {_wall(ends_at, tz_name)}"


def _what_is_left(ahead: list[Line], now: datetime, tz_name: str) -> str:
    running = [line.entry.slot for line in ahead if line.entry.slot.is_running(now)]
    later = [line.entry.slot for line in ahead if not line.entry.slot.is_running(now)]
    until = [f"until {_wall(slot.ends_at, tz_name)}" for slot in running]
    starts = _listed(_wall(slot.starts_at, tz_name) for slot in later)
    if not until:
        return f"{starts} left" if starts else ""
    return f"{until[0]}, then {starts}" if starts else until[0]


def _listed(words: Iterable[str]) -> str:
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _wall(instant: datetime, tz_name: str) -> str:
    local = as_utc(instant).astimezone(zone(tz_name))
    return f"{local.hour % 12 or 12}:{local.minute:02}"


def _day_name(day: date, today: date) -> str:
    return "Today" if day == today else f"{day:%a}"
