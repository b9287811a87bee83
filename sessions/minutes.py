"""Minutes of one person at one session: planned, counted, late (domain reference 0.2 rule 2, 7.1).

Countable minutes are the overlap of presence and session less its breaks, floored; never the planned length.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from iop_clinic.clock import as_utc, minutes_between, overlap_minutes

Status = Literal["present", "late", "left_early", "partial"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One dated session: aware start and end, the breaks inside it, and whether its minutes count at all."""

    starts_at: datetime
    ends_at: datetime
    break_minutes: int = 0
    counts: bool = True

    def __post_init__(self) -> None:
        if as_utc(self.ends_at) <= as_utc(self.starts_at):
            raise ValueError("A session ends after it starts.")
        if self.break_minutes < 0:
            raise ValueError("Breaks are 0 minutes or more.")

    def is_running(self, now: datetime) -> bool:
        return as_utc(self.starts_at) <= as_utc(now) < as_utc(self.ends_at)

    def is_over(self, now: datetime) -> bool:
        return as_utc(now) >= as_utc(self.ends_at)


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's actual times; `left_at` is None until the check-out is recorded."""

    arrived_at: datetime
    left_at: datetime | None = None

    def __post_init__(self) -> None:
        if as_utc(self.left_at or self.arrived_at) < as_utc(self.arrived_at):
            raise ValueError("Nobody leaves before arriving.")


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Minutes late and minutes early as they were; the status only says which passed the grace."""

    status: Status
    late_minutes: int
    left_early_minutes: int


def scheduled_minutes(slot: Slot) -> int:
    """The minutes a whole attendance would count: length less breaks; 0 for a session that does not count."""
    return _less_breaks(slot, minutes_between(slot.starts_at, slot.ends_at))


def countable_minutes(slot: Slot, visit: Visit | None, now: datetime) -> int:
    """The minutes that count at `now`: presence within the session, less breaks, floored, never below 0.

    An open visit counts up to now while the session runs; once it is over, it counts nothing until the
    check-out is recorded. All breaks are taken off, since nobody records when they fell.
    """
    if visit is None or checkout_missing(slot, visit, now):
        return 0
    left_at = now if visit.left_at is None else min(as_utc(visit.left_at), as_utc(now))
    return _less_breaks(slot, overlap_minutes(visit.arrived_at, left_at, slot.starts_at, slot.ends_at))


def minutes_by_the_end(slot: Slot, visit: Visit | None, now: datetime) -> int:
    """The minutes that will count if the person stays (or comes now and stays) to the session's end."""
    if slot.is_over(now):
        return countable_minutes(slot, visit, now)
    arrived_at = now if visit is None else visit.arrived_at
    left_at = slot.ends_at if visit is None or visit.left_at is None else visit.left_at
    return _less_breaks(slot, overlap_minutes(arrived_at, left_at, slot.starts_at, slot.ends_at))


def checkout_missing(slot: Slot, visit: Visit | None, now: datetime) -> bool:
    """Whether someone came and the session is over, yet nobody recorded when they left."""
    return visit is not None and visit.left_at is None and slot.is_over(now)


def lateness(slot: Slot, visit: Visit, grace_minutes: int) -> Punctuality:
    """How late and how early, in whole minutes floored; over the grace it becomes the status."""
    length = minutes_between(slot.starts_at, slot.ends_at)
    late = min(length, minutes_between(slot.starts_at, visit.arrived_at))
    left_at = slot.ends_at if visit.left_at is None else visit.left_at
    early = min(length, minutes_between(left_at, slot.ends_at))
    statuses: dict[tuple[bool, bool], Status] = {
        (False, False): "present",
        (True, False): "late",
        (False, True): "left_early",
        (True, True): "partial",
    }
    return Punctuality(statuses[late > grace_minutes, early > grace_minutes], late, early)


def _less_breaks(slot: Slot, minutes: int) -> int:
    return max(0, minutes - slot.break_minutes) if slot.counts else 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking of the week. `absence` is why the person does not come; `key` is the caller's."""

    slot: Slot
    visit: Visit | None
    absence: str | None
    label: str
    day: date
    key: object = None
