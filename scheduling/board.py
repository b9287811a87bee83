"""The week board as a drawing: days, bands of hours with empty ones folded away, blocks in 5-minute steps.

Pure: sessions in, places out; the clock is an argument (design sections 4 and 12.02).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from iop_clinic.clock import Week, local_day, zone
from scheduling.models import TherapySession
from scheduling.words import hour_words, minute_words

STEP_MINUTES = 5
FOLD_FROM_MINUTES = 90
MOST_LANES = 4
LANES = {1: ("",), 2: ("half-1", "half-2"), 3: ("third-1", "third-2", "third-3")}
OVER = ("over-1", "over-2")
OVER_FROM_MINUTES = 40
LANES[4] = ("quarter-1", "quarter-2", "quarter-3", "quarter-4")


@dataclass(frozen=True)
class Block:
    """One session's place: minutes after midnight on the wall clock, a lane, and what it looks like."""

    session: TherapySession
    day: date
    begins: int
    ends: int
    state: str
    lane: str = ""

    @property
    def tone(self) -> str:
        return self.session.group.track.tone if self.session.group else ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.lane)


@dataclass(frozen=True)
class More:
    """Sessions that no lane is left for; the list shows them."""

    count: int
    begins: int
    ends: int


@dataclass(frozen=True)
class Placed:
    """A block or a "more" with its distance from the band's top and its height, in steps."""

    at: int
    steps: int
    block: Block | None = None
    more: More | None = None


@dataclass(frozen=True)
class Column:
    day: date
    is_today: bool
    places: list[Placed]
    now_at: int | None


@dataclass(frozen=True)
class Band:
    """Hours that are drawn; or, with `fold`, the words for hours that are not."""

    steps: int = 0
    hours: list[tuple[int, str]] = field(default_factory=list)
    now: tuple[int, str] | None = None
    columns: list[Column] = field(default_factory=list)
    fold: str = ""


@dataclass(frozen=True)
class Day:
    day: date
    is_today: bool
    count: int


@dataclass(frozen=True)
class Board:
    days: list[Day]
    bands: list[Band]
    groups: int
    seats_taken: int
    seats: int
    full: int

    @property
    def is_empty(self) -> bool:
        return not self.bands


def draw(sessions: Sequence[TherapySession], week: Week, tz_name: str, now: datetime) -> Board:
    """The board of one week. Weekend days without sessions are left out."""
    blocks = [_block(session, tz_name, now) for session in sessions]
    today = local_day(now, tz_name)
    days = [on for on in week if on.weekday() < 5 or any(block.day == on for block in blocks)]
    held = [s for s in sessions if s.status == TherapySession.Status.SCHEDULED]
    wall = now.astimezone(zone(tz_name))
    minute = wall.hour * 60 + wall.minute if today in week else None
    return Board(
        days=[Day(on, on == today, sum(s.occurs_on == on for s in held)) for on in days],
        bands=_bands(blocks, days, today, minute),
        groups=len(held),
        seats_taken=sum(s.booked_seats for s in held),
        seats=sum(s.capacity for s in held),
        full=sum(s.is_full and s.capacity > 1 for s in held),
    )


def _block(session: TherapySession, tz_name: str, now: datetime) -> Block:
    wall = session.starts_at.astimezone(zone(tz_name))
    begins = wall.hour * 60 + wall.minute
    state = "is-canceled"
    if session.status == TherapySession.Status.SCHEDULED:
        coming = "" if session.starts_at > now else "is-now"
        state = "is-past" if session.ends_at <= now else coming
    return Block(session, session.occurs_on, begins, begins + session.scheduled_minutes, state)


def _bands(blocks: list[Block], days: list[date], today: date, minute: int | None) -> list[Band]:
    bands: list[Band] = []
    ended: int | None = None
    for begins, ends in _busy(blocks):
        if ended is not None:
            bands.append(Band(fold=f"{minute_words(ended)} to {minute_words(begins)}, no sessions"))
        bands.append(_band(begins, ends, blocks, days, today, minute))
        ended = ends
    return bands


def _busy(blocks: list[Block]) -> list[tuple[int, int]]:
    """The spans of the day in which anything happens, joined over gaps under an hour and a half."""
    spans: list[tuple[int, int]] = []
    for block in sorted(blocks, key=lambda block: block.begins):
        begins = block.begins - block.begins % STEP_MINUTES
        ends = block.ends + -block.ends % STEP_MINUTES
        if spans and begins - spans[-1][1] < FOLD_FROM_MINUTES:
            spans[-1] = (spans[-1][0], max(spans[-1][1], ends))
        else:
            spans.append((begins, ends))
    return spans


def _band(
    begins: int, ends: int, blocks: list[Block], days: list[date], today: date, minute: int | None
) -> Band:
    inside = [block for block in blocks if begins <= block.begins < ends]
    shows_now = minute is not None and begins <= minute <= ends
    now_at = (minute - begins) // STEP_MINUTES if shows_now and minute is not None else None
    hours = [
        (_steps(hour - begins), hour_words(hour))
        for hour in range(begins + -begins % 60, ends + 1, 60)
        if minute is None or not shows_now or abs(hour - minute) > 20
    ]
    return Band(
        steps=_steps(ends - begins),
        hours=hours,
        now=(now_at, minute_words(minute)) if now_at is not None and minute is not None else None,
        columns=[
            Column(
                day=on,
                is_today=on == today,
                places=[_place(one, begins) for one in lanes([b for b in inside if b.day == on])],
                now_at=now_at if on == today else None,
            )
            for on in days
        ],
    )


def lanes(blocks: Iterable[Block]) -> list[Block | More]:
    """Give overlapping blocks lanes beside each other, four at most; the rest becomes one "more"."""
    found: list[Block | More] = []
    cluster: list[Block] = []
    for block in sorted(blocks, key=lambda block: (block.begins, -block.ends, block.session.pk)):
        if cluster and block.begins >= max(other.ends for other in cluster):
            found += _laned(cluster)
            cluster = []
        cluster.append(block)
    return found + (_laned(cluster) if cluster else [])


def _laned(cluster: list[Block]) -> list[Block | More]:
    ends_of: list[int] = []
    lane_of: list[int] = []
    for block in cluster:
        lane = next((n for n, ends in enumerate(ends_of) if ends <= block.begins), len(ends_of))
        ends_of[lane : lane + 1] = [block.ends]
        lane_of.append(lane)
    if len(ends_of) <= MOST_LANES:
        css = OVER if _barely_overlap(cluster) else LANES[len(ends_of)]
        return [_in_lane(block, css[lane]) for block, lane in zip(cluster, lane_of, strict=True)]
    shown: list[Block | More] = [
        _in_lane(block, LANES[MOST_LANES][lane])
        for block, lane in zip(cluster, lane_of, strict=True)
        if lane < MOST_LANES - 1
    ]
    rest = [b for b, lane in zip(cluster, lane_of, strict=True) if lane >= MOST_LANES - 1]
    return [*shown, More(len(rest), min(b.begins for b in rest), max(b.ends for b in rest))]


def _barely_overlap(cluster: list[Block]) -> bool:
    """Two blocks of which the second begins when the first is nearly over: each stays wide."""
    if len(cluster) != 2:
        return False
    first, second = cluster
    return second.begins - first.begins >= OVER_FROM_MINUTES and second.ends > first.ends


def _in_lane(block: Block, lane: str) -> Block:
    return Block(block.session, block.day, block.begins, block.ends, block.state, lane)


def _place(one: Block | More, band_begins: int) -> Placed:
    at, steps = _steps(one.begins - band_begins), max(_steps(one.ends - one.begins), 3)
    return Placed(at, steps, block=one) if isinstance(one, Block) else Placed(at, steps, more=one)


def _steps(minutes: int) -> int:
    return round(minutes / STEP_MINUTES)
