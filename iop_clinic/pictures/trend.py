"""A measure over the planned episode (design section 7): from 0, bands in grey, gaps break the line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

LEFT, RIGHT, TOP, BOTTOM = 24, 76, 16, 26
MISSING_AFTER_DAYS = 13


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
    width: int
    height: int
    left: int
    right: float
    plot_width: float
    floor: float
    bands: list[Band]
    ticks: list[tuple[float, str]]
    lines: list[str]
    points: list[Point]
    goal_y: float | None
    first_on: date
    last_on: date
    now_x: float | None
    words: str


def measure_trend(
    scores: Sequence[tuple[date, int]],
    *,
    top: int,
    starts_on: date,
    ends_on: date,
    bands: Sequence[tuple[int, str]] = (),
    goal: int | None = None,
    width: int = 420,
    height: int = 172,
) -> Trend:
    """`scores` by day; `top` the instrument's highest score; `bands` as (lowest score, name), rising."""
    right, floor = width - (RIGHT if bands else 8), height - BOTTOM
    days = max((ends_on - starts_on).days, 1)

    def x_of(day: date) -> float:
        return round(LEFT + 8 + (right - LEFT - 16) * min(max((day - starts_on).days / days, 0), 1), 1)

    def y_of(score: float) -> float:
        return round(floor - (floor - TOP) * score / top, 1)

    points = [Point(x_of(on), y_of(v), y_of(v) - 9, str(v), on) for on, v in scores]
    return Trend(
        width=width,
        height=height,
        left=LEFT,
        right=right,
        plot_width=right - LEFT,
        floor=floor,
        bands=_bands(bands, top, y_of),
        ticks=[(y_of(low), str(low)) for low, _ in bands],
        lines=_lines(points),
        points=points,
        goal_y=None if goal is None else y_of(goal),
        first_on=starts_on,
        last_on=ends_on,
        now_x=points[-1].x if points else None,
        words=_words(scores, goal),
    )


def _bands(bands: Sequence[tuple[int, str]], top: int, y_of: Callable[[float], float]) -> list[Band]:
    drawn = []
    for index, (low, label) in enumerate(bands):
        high = bands[index + 1][0] if index + 1 < len(bands) else top
        y, bottom = y_of(high), y_of(low)
        drawn.append(Band(y, round(bottom - y, 1), round((y + bottom) / 2 + 4, 1), label, index))
    return drawn


def _lines(points: list[Point]) -> list[str]:
    """Runs of points; a week without an answer ends a run."""
    runs: list[list[Point]] = []
    for point in points:
        if runs and (point.on - runs[-1][-1].on).days <= MISSING_AFTER_DAYS:
            runs[-1].append(point)
        else:
            runs.append([point])
    return [" ".join(f"{p.x},{p.y}" for p in run) for run in runs if len(run) > 1]


def _words(scores: Sequence[tuple[date, int]], goal: int | None) -> str:
    if not scores:
        return "No scores yet."
    listed = ", ".join(f"{on:%b} {on.day}: {value}" for on, value in scores)
    return f"Scores by day. {listed}." + (f" Goal {goal}." if goal is not None else "")
