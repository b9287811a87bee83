"""Authorized days left after each session (design section 7): solid used, dashed booked, red past zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FLOOR = 380, 132, 20, 374, 12, 100


@dataclass(frozen=True)
class Day:
    """One treatment day: `counts` is False for a short day that uses no authorized day."""

    on: date
    is_booked: bool
    counts: bool = True


@dataclass(frozen=True)
class BurnDown:
    used: str
    booked: str
    labels: list[tuple[float, str, bool]]
    ticks: list[tuple[float, str]]
    short_days: list[tuple[float, float]]
    review_x: float | None
    uncovered: tuple[float, float] | None
    width: int
    height: int
    left: int
    right: int
    floor: int
    words: str


def burn_down(
    days: Sequence[Day], *, approved_days: int, today: date, review_on: date | None = None
) -> BurnDown:
    """Steps of what is left; sessions past zero are boxed as not covered."""
    pitch = (RIGHT - LEFT) / max(len(days), 1)
    scale = (FLOOR - TOP) / max(approved_days, 1)

    def y_of(left: int) -> float:
        return round(FLOOR - max(left, 0) * scale, 1)

    left, x = approved_days, float(LEFT)
    used, booked = f"M{x},{y_of(left)}", ""
    labels, short_days = [], []
    uncovered_from: float | None = None
    for day in days:
        after = left - 1 if day.counts else left
        middle = round(x + pitch / 2, 1)
        step = f"H{middle}V{y_of(after)}H{round(x + pitch, 1)}"
        if day.is_booked:
            booked = (booked or f"M{round(x, 1)},{y_of(left)}") + step
            if after < 0 and uncovered_from is None:
                uncovered_from = round(x, 1)
        else:
            used += step
        if not day.counts:
            short_days.append((middle, y_of(after) - 6))
        labels.append((middle, str(day.on.day), day.on == today))
        left, x = after, x + pitch
    review_x = None
    if review_on is not None and days:
        before = sum(day.on < review_on for day in days)
        review_x = round(LEFT + pitch * (before + (0.5 if any(d.on == review_on for d in days) else 0)), 1)
    return BurnDown(
        used=used,
        booked=booked,
        labels=labels,
        ticks=[(y_of(n), str(n)) for n in range(0, approved_days + 1, 5)],
        short_days=short_days,
        review_x=review_x,
        uncovered=None if uncovered_from is None else (uncovered_from, round(x - uncovered_from, 1)),
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=RIGHT,
        floor=FLOOR,
        words=_words(days, approved_days, review_on),
    )


def _words(days: Sequence[Day], approved_days: int, review_on: date | None) -> str:
    used = sum(day.counts and not day.is_booked for day in days)
    booked = sum(day.counts and day.is_booked for day in days)
    left = approved_days - used
    said = f"{approved_days} days approved, {used} used, {left} left, {booked} booked."
    if booked > left:
        said += f" {booked - left} not covered."
    return said + (f" Review due {review_on:%b} {review_on.day}." if review_on else "")
