"""One week of one site as the planner sees it: sections, clinicians, offices, patients, points.

Days are 0 to 6 of the site's own week, times whole minutes after local midnight, free time a mask with one
bit for each five minutes. What people and payers ask for are numbers here, never code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

TICK = 5
DAYS = 7
TICKS = 24 * 60 // TICK
ALL_DAY = (1 << TICKS) - 1


class Mode(StrEnum):
    IN_PERSON = "in_person"
    VIDEO = "video"


def ticks(starts: int, ends: int) -> int:
    """The mask of the minutes [starts, ends): every five-minute step they touch."""
    first, last = starts // TICK, -(-ends // TICK)
    return ((1 << (last - first)) - 1) << first


def free_except(spans: Iterable[tuple[int, int]], within: int = ALL_DAY) -> int:
    """`within` without these spans of minutes."""
    for starts, ends in spans:
        within &= ~ticks(starts, ends)
    return within


@dataclass(frozen=True, slots=True)
class Section:
    """A dated group session. `minutes` count toward the week; `once`: its topic is attended once a week."""

    id: int
    group: int
    day: int
    starts: int
    ends: int
    minutes: int
    track: int
    seats: int
    mode: Mode = Mode.IN_PERSON
    topic: str = ""
    once: bool = False
    states: frozenset[str] = frozenset()  # where who leads it is licensed; asked of video only
    off: int = 0  # one bit for each of the weeks to come in which it does not meet

    @property
    def mask(self) -> int:
        return ticks(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class Clinician:
    """Someone who sees people alone. `free`: on shift and not taken; `spare`: time that could be opened."""

    id: int
    kinds: frozenset[str]
    free: tuple[int, ...]
    states: frozenset[str] = frozenset()
    crowded: bool = False  # has more than an even share already
    spare: tuple[int, ...] = (0,) * DAYS


@dataclass(frozen=True, slots=True)
class Office:
    """A room for one-to-one sessions in person."""

    id: int
    free: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A one-to-one session that is due this week. `counts`: toward the hours and the day's services."""

    kind: str
    minutes: int
    counts: bool = True


@dataclass(frozen=True, slots=True)
class DayRule:
    """What a payer asks of each attended day; 0 asks nothing."""

    minutes: int = 0
    services: int = 0


@dataclass(frozen=True, slots=True)
class Appointment:
    """A one-to-one session in someone's week; `office` is None by video."""

    kind: str
    clinician: int
    day: int
    starts: int
    ends: int
    office: int | None = None

    @property
    def mode(self) -> Mode:
        return Mode.VIDEO if self.office is None else Mode.IN_PERSON

    @property
    def mask(self) -> int:
        return ticks(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class PatientWeek:
    """What one person comes to."""

    sections: frozenset[int] = frozenset()
    appointments: tuple[Appointment, ...] = ()


NOTHING = PatientWeek()


@dataclass(frozen=True, slots=True)
class Patient:
    """Who is planned, the prescription and what limits it.

    `kept` are things of this week that stay as they are; `credit_*` is what the past days of the week gave
    already, and nothing is planned on the days that are not `free`.
    """

    id: int
    free: tuple[int, ...]
    goal_minutes: int
    least_days: int
    most_days: int
    tracks: frozenset[int]
    due: tuple[Due, ...] = ()
    rule: DayRule = DayRule()
    modes: frozenset[Mode] = frozenset({Mode.IN_PERSON})
    state: str = ""
    primary: int | None = None
    core: str = ""
    apart: frozenset[int] = frozenset()
    last: PatientWeek = NOTHING
    kept: PatientWeek = NOTHING
    credit_minutes: int = 0
    credit_days: int = 0
    weight: float = 1.0
    not_before: int | None = None
    home_by: int | None = None
    likes: frozenset[int] = frozenset()  # clinicians they would like
    likes_mode: Mode | None = None
    barred: frozenset[int] = frozenset()  # tracks that are never theirs, whatever gives way: another age

    def bit_of(self, kind: str) -> int:
        """The bit of a kind among those due; 0 for one that is not."""
        return next((1 << n for n, due in enumerate(self.due) if due.kind == kind), 0)


@dataclass(frozen=True, slots=True)
class Weights:
    """Points (planner notes 1.4). The first five decide; the others are comfort."""

    below: float = 2000.0
    short_minute: float = 3.0
    missing: Mapping[str, float] = field(
        default_factory=lambda: {"individual": 1000.0, "medication": 800.0, "family": 600.0}
    )
    missing_other: float = 500.0
    no_core: float = 300.0
    not_primary: float = 60.0
    crowded: float = 25.0
    hour_moved: float = 15.0
    idle_minute: float = 0.4
    dropped: float = 10.0
    extra_day: float = 8.0
    over_minute: float = 2 / 30
    wish: float = 10.0

    def of_missing(self, kind: str) -> float:
        return self.missing.get(kind, self.missing_other)


@dataclass(frozen=True)
class Problem:
    """A week to plan. `starts_every`: one-to-one sessions begin on these minutes of the hour's grid.

    Where it stands for several weeks, `away` says by clinician and day in which of them (0 is the first)
    and when there are no visits.
    """

    sections: tuple[Section, ...]
    clinicians: tuple[Clinician, ...]
    offices: tuple[Office, ...]
    patients: tuple[Patient, ...]
    weights: Weights = Weights()
    starts_every: int = 15
    most_idle: int = 60
    most_day_minutes: int = 300
    most_over: int = 120
    away: Mapping[tuple[int, int], tuple[tuple[int, int], ...]] = field(default_factory=dict)

    @cached_property
    def by_section(self) -> dict[int, Section]:
        return {one.id: one for one in self.sections}

    @cached_property
    def by_patient(self) -> dict[int, Patient]:
        return {one.id: one for one in self.patients}

    @cached_property
    def by_clinician(self) -> dict[int, Clinician]:
        return {one.id: one for one in self.clinicians}

    @cached_property
    def crowded(self) -> frozenset[int]:
        return frozenset(one.id for one in self.clinicians if one.crowded)


Week = Mapping[int, PatientWeek]
