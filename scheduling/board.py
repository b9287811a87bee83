"""The week board as a drawing: days, bands of hours with empty ones folded away, blocks in 5-minute steps.

Pure: sessions in, places out; the clock is an argument (design sections 4 and 12.02).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from iop_clinic.clock import Week, day_span, local_day, zone
from scheduling.blocks import Block, blocks_of
from scheduling.lanes import More, lanes
from scheduling.models import Closure
from scheduling.unplaced import Unplaced
from scheduling.week_rows import Row
from scheduling.words import hour_words, minute_words

STEP_MINUTES = 5
FOLD_FROM_MINUTES = 90
FOLD_STEPS = 4
WHOLE_DAY = 24 * 60


@dataclass(frozen=True)
class Placed:
    """A block or a "more" with its distance from the band's top and its height, in steps."""

    at: int
    steps: int
    block: Block | None = None
    more: More | None = None


@dataclass(frozen=True)
class Shade:
    """Closed time of one day: minutes after midnight, and why."""

    day: date
    begins: int
    ends: int
    words: str


@dataclass(frozen=True)
class Closed:
    """Closed time in one column of a band, in steps; the words stand in the first band of the day."""

    at: int
    steps: int
    words: str


@dataclass(frozen=True)
class Column:
    day: date
    is_today: bool
    is_chosen: bool
    places: list[Placed]
    closed: list[Closed]
    now_at: int | None


@dataclass(frozen=True)
class Band:
    """Hours that are drawn; or, with `fold`, the words for hours that are not."""

    steps: int = 0
    hours: list[tuple[int, str]] = field(default_factory=list)
    now: tuple[int, str] | None = None
    columns: list[Column] = field(default_factory=list)
    fold: str = ""

    @property
    def is_bare(self) -> bool:
        """Nothing on the day that a phone shows."""
        return not any(column.places for column in self.columns if column.is_chosen)


@dataclass(frozen=True)
class Day:
    """A column's head. `is_chosen`: the one a phone shows."""

    day: date
    is_today: bool
    is_chosen: bool
    count: int
    closed: str = ""


@dataclass(frozen=True)
class Board:
    days: list[Day]
    bands: list[Band]
    groups: int
    seats_taken: int
    seats: int
    full: int
    uncovered: int = 0
    waiting: int = 0
    clashes: list[Unplaced] = field(default_factory=list)
    shades: list[Shade] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.bands

    @property
    def is_bare(self) -> bool:
        return all(band.is_bare for band in self.bands if not band.fold)

    @property
    def steps(self) -> int:
        """The whole height, folds included: what a sheet of paper has to hold."""
        return sum(band.steps or FOLD_STEPS for band in self.bands)


def draw(
    rows: Sequence[Row],
    week: Week,
    tz_name: str,
    now: datetime,
    *,
    gaps: Sequence[Unplaced] = (),
    closures: Iterable[Closure] = (),
    chosen: date | None = None,
) -> Board:
    """The board of one week. Weekend days without sessions are left out; `chosen` is a phone's day.

    Sessions that were cancelled because the site is closed then are not drawn.
    """
    closed = list(closures)
    blocks = blocks_of([row for row in rows if not _is_off(row, closed)], gaps, tz_name, now)
    busy = {block.day for block in blocks}
    shown = [on for on in week if on.weekday() < 5 or on in busy]
    today = local_day(now, tz_name)
    one = next((on for on in (chosen, today) if on in shown), shown[0])
    shades = [shade for on in shown for shade in _shades(on, closed, tz_name)]
    held = [row for row in rows if not row.is_cancelled]
    days = [_day(on, today, one, held, shades) for on in shown]
    wall = now.astimezone(zone(tz_name))
    return Board(
        days=days,
        bands=_bands(blocks, days, shades, wall.hour * 60 + wall.minute if today in week else None),
        groups=len(held),
        seats_taken=sum(row.booked_seats for row in held),
        seats=sum(row.capacity for row in held),
        full=sum(row.is_full for row in held),
        uncovered=sum(row.lead_is_away and row.starts_at > now for row in held),
        waiting=sum(gap.rule is None for gap in gaps),
        clashes=[gap for gap in gaps if gap.rule],
        shades=shades,
    )


def _is_off(row: Row, closures: list[Closure]) -> bool:
    return row.is_cancelled and any(
        one.starts_at < row.ends_at and row.starts_at < one.ends_at for one in closures
    )


def _day(on: date, today: date, chosen: date, held: list[Row], shades: list[Shade]) -> Day:
    closed = [shade.words for shade in shades if shade.day == on]
    count = sum(row.occurs_on == on for row in held)
    return Day(on, on == today, on == chosen, count, closed[0] if closed else "")


def _shades(on: date, closures: Iterable[Closure], tz_name: str) -> list[Shade]:
    """What of this day is closed, on its own wall clock."""
    found = []
    first_at, next_at = day_span(on, tz_name)
    for closure in closures:
        if closure.starts_at < next_at and first_at < closure.ends_at:
            begins = _minute_on(on, closure.starts_at, tz_name)
            ends = _minute_on(on, closure.ends_at, tz_name)
            found.append(Shade(on, begins, ends, f"Closed: {closure.name}"))
    return found


def _minute_on(on: date, instant: datetime, tz_name: str) -> int:
    """Minutes after the day's midnight on the wall; 0 before the day, all of them after it."""
    wall = instant.astimezone(zone(tz_name))
    if wall.date() != on:
        return 0 if wall.date() < on else WHOLE_DAY
    return wall.hour * 60 + wall.minute


def _bands(blocks: list[Block], days: list[Day], shades: list[Shade], minute: int | None) -> list[Band]:
    bands: list[Band] = []
    ended: int | None = None
    for begins, ends in _busy(blocks):
        if ended is not None:
            bands.append(Band(fold=f"{minute_words(ended)} to {minute_words(begins)}, no sessions"))
        bands.append(_band(begins, ends, blocks, days, _within(shades, begins, ends, ended), minute))
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


def _within(shades: list[Shade], begins: int, ends: int, ended: int | None) -> list[Shade]:
    """Closed time inside a band; one that a band above has named already keeps no words."""
    found = []
    for shade in shades:
        if shade.begins < ends and begins < shade.ends:
            is_named = ended is not None and shade.begins < ended
            span = max(shade.begins, begins), min(shade.ends, ends)
            found.append(Shade(shade.day, *span, "" if is_named else shade.words))
    return found


def _band(
    begins: int, ends: int, blocks: list[Block], days: list[Day], shades: list[Shade], minute: int | None
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
                day=day.day,
                is_today=day.is_today,
                is_chosen=day.is_chosen,
                places=[_place(one, begins) for one in lanes([b for b in inside if b.day == day.day])],
                closed=[_closed(shade, begins) for shade in shades if shade.day == day.day],
                now_at=now_at if day.is_today else None,
            )
            for day in days
        ],
    )


def _closed(shade: Shade, band_begins: int) -> Closed:
    return Closed(_steps(shade.begins - band_begins), max(_steps(shade.ends - shade.begins), 1), shade.words)


def _place(one: Block | More, band_begins: int) -> Placed:
    at, steps = _steps(one.begins - band_begins), max(_steps(one.ends - one.begins), 3)
    return Placed(at, steps, block=one) if isinstance(one, Block) else Placed(at, steps, more=one)


def _steps(minutes: int) -> int:
    return round(minutes / STEP_MINUTES)
