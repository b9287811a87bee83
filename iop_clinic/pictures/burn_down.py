"""Authorized days left after each session (design section 7): solid used, dashed booked, red past zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

HEIGHT, LEFT, RIGHT, TOP, FLOOR = 132, 6.0, 99.0, 12, 100
WORD_PERCENT, DATE_PERCENT = 12, 5  # what "short day" and a date take of the narrowest picture


@dataclass(frozen=True)
class Day:
    """One treatment day: `counts` is False for a short day that uses no authorized day."""

    on: date
    is_booked: bool
    counts: bool = True


@dataclass(frozen=True)
class Step:
    """One day: level until `middle`, then down to what is left. x in percent, y in pixels.

    `is_named` says where "short day" is written, `is_dated` where the date is: not where it would run
    into another one; today always has its date."""

    x: float
    middle: float
    end: float
    y: float
    after_y: float
    day: Day
    is_today: bool
    is_named: bool
    is_dated: bool


@dataclass(frozen=True)
class BurnDown:
    steps: list[Step]
    ticks: list[tuple[float, str]]
    review_x: float | None
    uncovered_x: float | None
    uncovered_width: float
    left: float
    right: float
    height: int
    floor: int
    words: str


def burn_down(
    days: Sequence[Day], *, approved_days: int, today: date, review_on: date | None = None
) -> BurnDown:
    """Steps of what is left, by day; booked days past zero are boxed as not covered."""
    pitch = (RIGHT - LEFT) / max(len(days), 1)
    scale = (FLOOR - TOP) / max(approved_days, 1)

    def y_of(left: int) -> float:
        return round(FLOOR - max(left, 0) * scale, 1)

    left, steps, uncovered_x, word_x = approved_days, [], None, -100.0
    dated = _dated([day.on == today for day in days], pitch)
    for index, day in enumerate(days):
        x = round(LEFT + pitch * index, 2)
        after = left - day.counts
        middle = round(x + pitch / 2, 2)
        is_named = not day.counts and middle - word_x >= WORD_PERCENT
        word_x = middle if is_named else word_x
        end = round(x + pitch, 2)
        y, after_y = y_of(left), y_of(after)
        steps.append(Step(x, middle, end, y, after_y, day, day.on == today, is_named, index in dated))
        if after < 0 and uncovered_x is None:
            uncovered_x = x
        left = after
    return BurnDown(
        steps=steps,
        ticks=[(y_of(n), str(n)) for n in range(0, approved_days + 1, 5)],
        review_x=None if review_on is None else _review_x(days, review_on, pitch),
        uncovered_x=uncovered_x,
        uncovered_width=0 if uncovered_x is None else round(RIGHT - uncovered_x, 2),
        left=LEFT,
        right=RIGHT,
        height=HEIGHT,
        floor=FLOOR,
        words=_words(days, approved_days, review_on),
    )


def _dated(are_today: Sequence[bool], pitch: float) -> set[int]:
    """The places that show their date: every one, every second, third ..., counted from today's."""
    stride = ceil(DATE_PERCENT / pitch)
    start = are_today.index(True) if True in are_today else 0
    return {index for index in range(len(are_today)) if (index - start) % stride == 0}


def _review_x(days: Sequence[Day], review_on: date, pitch: float) -> float:
    before = sum(day.on < review_on for day in days)
    on_a_day = any(day.on == review_on for day in days)
    return round(LEFT + pitch * (before + (0.5 if on_a_day else 0)), 2)


def _words(days: Sequence[Day], approved_days: int, review_on: date | None) -> str:
    used = sum(day.counts and not day.is_booked for day in days)
    booked = sum(day.counts and day.is_booked for day in days)
    left = approved_days - used
    said = f"{approved_days} days approved, {used} used, {left} left, {booked} booked."
    if booked > left:
        said += f" {booked - left} not covered."
    return said + (f" Review due {review_on:%b} {review_on.day}." if review_on else "")
