"""Hours of each week for the portal (design section 7): solid done, light booked, dashed plan."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT, TOP, FLOOR, SHARE = 148, 26, 118, 0.64
DRAWN = 8


@dataclass(frozen=True)
class WeekBar:
    """x, middle and the bars' width are percent of the drawing; y in pixels."""

    x: float
    middle: float
    done_y: float
    done_height: float
    booked_y: float
    booked_height: float
    value: str
    value_y: float
    label: str


@dataclass(frozen=True)
class Weeks:
    bars: list[WeekBar]
    bar_width: float
    plan_y: float
    height: int
    floor: int
    words: str


def weekly_hours(weeks: Sequence[tuple[str, int, int]], *, plan_minutes: int) -> Weeks:
    """`weeks` as (label, attended minutes, booked minutes), oldest first; the last eight are drawn."""
    shown = list(weeks)[-DRAWN:]
    top = max([plan_minutes, *(done + booked for _, done, booked in shown), 1])
    scale = (FLOOR - TOP) / top
    pitch = 100 / max(len(shown), 4)
    plan_y = round(FLOOR - plan_minutes * scale, 1)
    bars = [_bar(index, week, pitch, scale, plan_y) for index, week in enumerate(shown)]
    said = ", ".join(f"{label}: {hours(done)}" for label, done, _ in shown)
    words = f"Hours each week. {said}. The plan is {hours(plan_minutes)}."
    return Weeks(bars, round(pitch * SHARE, 2), plan_y, HEIGHT, FLOOR, words)


def _bar(index: int, week: tuple[str, int, int], pitch: float, scale: float, plan_y: float) -> WeekBar:
    label, done, booked = week
    done_height = round(done * scale, 1)
    gap = 2 if done and booked else 0
    booked_height = round(max(booked * scale - gap, 0), 1)
    done_y = round(FLOOR - done_height, 1)
    booked_y = round(done_y - gap - booked_height, 1)
    return WeekBar(
        x=round(pitch * (index + (1 - SHARE) / 2), 2),
        middle=round(pitch * (index + 0.5), 2),
        done_y=done_y,
        done_height=done_height,
        booked_y=booked_y,
        booked_height=booked_height,
        value=hours(done),
        value_y=round(min(booked_y if booked_height else done_y, plan_y) - 7, 1),
        label=label,
    )


def hours(minutes: int) -> str:
    """Hours to one decimal, rounded down: 492 -> "8.2", 540 -> "9"."""
    tenths = minutes // 6
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
