"""A measure over the planned episode (design section 7): from 0, bands in grey, gaps break the line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

# x is in percent of the width, so text keeps its size on any screen; y is in pixels.
LEFT, RIGHT, RIGHT_OF_BANDS, INSET = 7.0, 98.0, 80.0, 2.5
TOP, BOTTOM = 16, 26
MISSING_AFTER_DAYS = 13
ROOM, ROOM_BEFORE = 14.0, 20.0  # between days written under the axis, after the first and before the last


@dataclass(frozen=True)
class Band:
    y: float
    height: float
    middle: float
    label: str
    tone: int


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    label_y: float
    value: str
    on: date


@dataclass(frozen=True)
class Trend:
    height: int
    left: float
    right: float
    plot_width: float
    floor: float
    bands: list[Band]
    ticks: list[tuple[float, str]]
    lines: list[tuple[Point, Point]]
    points: list[Point]
    goal_y: float | None
    names_last_day: bool
    first_on: date
    last_on: date
    words: str


def measure_trend(
    scores: Sequence[tuple[date, int | Decimal]],
    *,
    top: int,
    starts_on: date,
    ends_on: date,
    bands: Sequence[tuple[int, str]] = (),
    goal: int | None = None,
    ends: bool = False,
    height: int = 172,
) -> Trend:
    """`scores` by day; `top` the highest score; `bands` as (lowest score, name), rising.

    `ends` marks 0 and the top on the axis where no band does.
    """
    right, floor = RIGHT_OF_BANDS if bands else RIGHT, height - BOTTOM
    days = max((ends_on - starts_on).days, 1)

    def x_of(day: date) -> float:
        along = min(max((day - starts_on).days / days, 0), 1)
        return round(LEFT + INSET + (right - LEFT - 2 * INSET) * along, 2)

    def y_of(score: float | Decimal) -> float:
        return round(floor - (floor - TOP) * float(score) / top, 1)

    points = [Point(x_of(on), y_of(v), y_of(v) - 9, str(v), on) for on, v in scores]
    return Trend(
        height=height,
        left=LEFT,
        right=right,
        plot_width=right - LEFT,
        floor=floor,
        bands=_bands(bands, top, y_of),
        ticks=[(y_of(low), str(low)) for low, _ in bands]
        or ([(y_of(n), str(n)) for n in (0, top)] if ends else []),
        lines=_lines(points),
        points=points,
        names_last_day=bool(points) and LEFT + ROOM < points[-1].x < right - ROOM_BEFORE,
        goal_y=None if goal is None else y_of(goal),
        first_on=starts_on,
        last_on=ends_on,
        words=_words(scores, goal),
    )


def _bands(bands: Sequence[tuple[int, str]], top: int, y_of: Callable[[float], float]) -> list[Band]:
    drawn = []
    for index, (low, label) in enumerate(bands):
        high = bands[index + 1][0] if index + 1 < len(bands) else top
        y, bottom = y_of(high), y_of(low)
        drawn.append(Band(y, round(bottom - y, 1), round((y + bottom) / 2 + 4, 1), label, index))
    return drawn


def _lines(points: list[Point]) -> list[tuple[Point, Point]]:
    """From point to point; a week without an answer breaks the line."""
    pairs = pairwise(points)
    return [(a, b) for a, b in pairs if (b.on - a.on).days <= MISSING_AFTER_DAYS]


def _words(scores: Sequence[tuple[date, int | Decimal]], goal: int | None) -> str:
    if not scores:
        return "No scores yet."
    listed = ", ".join(f"{on:%b} {on.day}: {value}" for on, value in scores)
    return f"Scores by day. {listed}." + (f" Goal {goal}." if goal is not None else "")
