"""The minutes ledger: a week's countable minutes against the prescription (domain reference 0.2, 9.1).

Attended is what counts so far, booked what may still come; the rest is missed or not recorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iop_clinic.clock import as_utc
from iop_clinic.durations import spoken
from sessions.hours_bar import Line, Segment, State, week_segments
from sessions.minutes import (
    Entry,
    Punctuality,
    Slot,
    Visit,
    checkout_missing,
    countable_minutes,
    lateness,
    minutes_by_the_end,
    scheduled_minutes,
)

__all__ = [
    "Entry",
    "Ledger",
    "Line",
    "Punctuality",
    "Segment",
    "Slot",
    "Visit",
    "checkout_missing",
    "countable_minutes",
    "lateness",
    "scheduled_minutes",
    "week_ledger",
]


@dataclass(frozen=True, slots=True)
class Ledger:
    """One person's week in whole minutes as of `now`: its lines in order of time."""

    goal_minutes: int
    lines: tuple[Line, ...]
    now: datetime
    tz_name: str

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The bar's segments; drawn when asked for, since most pages need the figures only."""
        short_minutes = self.short_minutes
        return tuple(
            week_segments(self.lines, short_minutes=short_minutes, now=self.now, tz_name=self.tz_name)
        )

    @property
    def scheduled_minutes(self) -> int:
        return sum(line.scheduled_minutes for line in self.lines)

    @property
    def attended_minutes(self) -> int:
        return sum(line.attended_minutes for line in self.lines)

    @property
    def booked_minutes(self) -> int:
        """Still to come: future sessions and the rest of the running one, absences left out."""
        return sum(line.booked_minutes for line in self.lines)

    @property
    def missed_minutes(self) -> int:
        """Absent, late, or left early; made-up time is not taken off."""
        return sum(line.missed_minutes for line in self.lines)

    @property
    def unrecorded_minutes(self) -> int:
        """Over, yet nobody marked the person or recorded the check-out."""
        return sum(line.unrecorded_minutes for line in self.lines)

    @property
    def reachable_minutes(self) -> int:
        """What the week comes to if every booked minute is attended."""
        return self.attended_minutes + self.booked_minutes

    @property
    def short_minutes(self) -> int:
        return max(0, self.goal_minutes - self.reachable_minutes)

    @property
    def on_track(self) -> bool:
        return self.short_minutes == 0

    @property
    def scale_minutes(self) -> int:
        """The whole width of the hours bar."""
        return max(self.goal_minutes, self.reachable_minutes)

    @property
    def missing_checkouts(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.state == "missing_checkout")

    @property
    def spoken(self) -> str:
        """The bar's text alternative, in full words."""
        verdict = "On track." if self.on_track else f"Short by {spoken(self.short_minutes)}."
        return (
            f"{spoken(self.attended_minutes)} attended, {spoken(self.booked_minutes)} booked,"
            f" of {spoken(self.goal_minutes)} this week. {verdict}"
        )


def week_ledger(entries: Iterable[Entry], *, goal_minutes: int, now: datetime, tz_name: str) -> Ledger:
    """The ledger of one person's entries of one week; the order they come in does not matter.

    Minutes two entries share count once, for the one that starts first. ValueError for a goal below 0.
    """
    if goal_minutes < 0:
        raise ValueError("The goal is 0 minutes or more.")
    return Ledger(goal_minutes, _lines(entries, now), now, tz_name)


def _lines(entries: Iterable[Entry], now: datetime) -> tuple[Line, ...]:
    lines: list[Line] = []
    taken_until: datetime | None = None
    for entry in sorted(entries, key=_by_time):
        line = _line(entry, taken_until, now)
        lines.append(line)
        if line.attended_minutes or line.booked_minutes:
            taken_until = _present_until(entry)
    return tuple(lines)


def _by_time(entry: Entry) -> tuple[Any, ...]:
    slot, visit = entry.slot, entry.visit
    times = () if visit is None else (as_utc(visit.arrived_at), as_utc(visit.left_at or slot.ends_at))
    return (
        as_utc(slot.starts_at),
        as_utc(slot.ends_at),
        slot.break_minutes,
        slot.counts,
        visit is None,
        times,
        entry.absence or "",
        entry.label,
        entry.day,
    )


def _present_until(entry: Entry) -> datetime:
    ends_at = as_utc(entry.slot.ends_at)
    if entry.visit is None or entry.visit.left_at is None:
        return ends_at
    return min(ends_at, as_utc(entry.visit.left_at))


def _line(entry: Entry, taken_until: datetime | None, now: datetime) -> Line:
    state = _state(entry, now)
    slot = _free_part(entry.slot, taken_until)
    if slot is None or state == "not_counted":
        return Line(entry, state, 0, 0, 0, 0, 0)
    scheduled = scheduled_minutes(slot)
    attended = countable_minutes(slot, entry.visit, now)
    ahead = state != "absent" and not slot.is_over(now)
    booked = minutes_by_the_end(slot, entry.visit, now) - attended if ahead else 0
    rest = scheduled - attended - booked
    unrecorded = rest if state in ("missing_checkout", "not_recorded") else 0
    return Line(entry, state, scheduled, attended, booked, rest - unrecorded, unrecorded)


def _free_part(slot: Slot, taken_until: datetime | None) -> Slot | None:
    """The part of the session no earlier entry has counted; None when there is none."""
    if taken_until is None or taken_until <= as_utc(slot.starts_at):
        return slot
    if taken_until >= as_utc(slot.ends_at):
        return None
    return replace(slot, starts_at=taken_until)


def _state(entry: Entry, now: datetime) -> State:
    if not entry.slot.counts:
        return "not_counted"
    if entry.visit is None:
        return _state_unvisited(entry, now)
    if checkout_missing(entry.slot, entry.visit, now):
        return "missing_checkout"
    if entry.slot.is_running(now):
        return "running"
    return "attended" if entry.slot.is_over(now) else "booked"


def _state_unvisited(entry: Entry, now: datetime) -> State:
    if entry.absence is not None:
        return "absent"
    return "not_recorded" if entry.slot.is_over(now) else "booked"
