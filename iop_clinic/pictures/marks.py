"""Small marks: seats, arrivals, sparkline, goal line (design section 5)."""

from dataclasses import dataclass

SEATS_AS_MARKS = 16


@dataclass(frozen=True)
class Mark:
    kind: str
    x: float


@dataclass(frozen=True)
class Marks:
    marks: list[Mark]
    width: float
    words: str


def seats(taken: int, capacity: int) -> Marks:
    """One mark a seat up to 16; above, the caller draws a bar of `width`."""
    free = max(capacity - taken, 0)
    words = f"{taken} of {capacity} seats taken" + (", full" if not free else "")
    if capacity > SEATS_AS_MARKS:
        return Marks([], 62 * min(taken / capacity, 1), words)
    kinds = ["taken"] * min(taken, capacity) + ["free"] * free
    return Marks([Mark(kind, 5 * i) for i, kind in enumerate(kinds)], 5 * len(kinds), words)


def arrivals(here: int, late: int, expected: int, excused: int) -> Marks:
    """One mark a person: filled green, amber late, hollow expected, dashed excused. `here` is on time."""
    kinds = ["here"] * here + ["late"] * late + ["expected"] * expected + ["excused"] * excused
    words = f"{here + late} of {here + late + expected} here"
    if late:
        words += f", {late} late"
    if excused:
        words += f", {excused} excused"
    return Marks(
        [Mark(kind, round(12.4 * i, 1)) for i, kind in enumerate(kinds)], max(12.4 * len(kinds) - 2, 0), words
    )


def sparkline(values: list[float], *, width: int = 56, height: int = 16) -> tuple[str, float, float]:
    """Points of the line (shape only, from lowest to highest) and the last point; "" for no values."""
    if not values:
        return "", 0, 0
    low, spread = min(values), max(values) - min(values) or 1
    room = width - 6
    points = [
        (
            3 + (room * i / (len(values) - 1) if len(values) > 1 else room),
            3 + (height - 6) * (1 - (v - low) / spread),
        )
        for i, v in enumerate(values)
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points), round(points[-1][0], 1), round(points[-1][1], 1)


def goal_share(baseline: float, now: float, target: float) -> float:
    """How far from baseline to target, 0 to 1; works for falling and rising goals."""
    if target == baseline:
        return 1.0
    return min(max((now - baseline) / (target - baseline), 0.0), 1.0)
