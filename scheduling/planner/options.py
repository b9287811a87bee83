"""One-to-one sessions that could be, on one day: for each kind due and each start, the cheapest clinician."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from scheduling.planner.cost import mode_points, moved_points, therapist_points
from scheduling.planner.left import Left, runs
from scheduling.planner.problem import TICK, Due, Mode, Patient, Problem


@dataclass(frozen=True, slots=True)
class Option:
    """A session that could be. `kind` is its bit among the person's kinds due; the cost holds its prices."""

    kind: int
    starts: int
    ends: int
    clinician: int
    cost: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Points for using what is scarce: a seat of a section, five minutes of a clinician or of any office.

    Time is kept as sums up to each tick of the day, by clinician and day, and by day.
    """

    seats: dict[int, float]
    clinicians: dict[tuple[int, int], list[float]]
    offices: dict[int, list[float]]


def options_of(
    problem: Problem, patient: Patient, day: int, mode: Mode, left: Left, prices: Prices | None
) -> list[Option]:
    """By start, then by kind."""
    free, kept = patient.free[day], {one.kind for one in patient.kept.appointments}
    found: list[Option] = []
    for due in patient.due if free else ():
        if due.kind in kept:
            continue
        length = -(-due.minutes // TICK)
        starts = runs(free, length) & _grid(problem.starts_every)
        if mode == Mode.IN_PERSON:
            starts &= left.office_runs(day, length)
        if starts:
            found += _of_kind(problem, patient, due, day, mode, starts, left, prices)
    return sorted(found, key=lambda one: (one.starts, one.kind))


def _of_kind(
    problem: Problem,
    patient: Patient,
    due: Due,
    day: int,
    mode: Mode,
    wanted: int,
    left: Left,
    prices: Prices | None,
) -> Iterator[Option]:
    length, best = -(-due.minutes // TICK), dict[int, tuple[float, int]]()
    for points, pk in _able(problem, patient, due.kind, mode):
        starts = wanted & left.clinician_runs(pk, day, length)
        sums = None
        if prices is None:
            wanted &= ~starts  # whoever comes after costs no less
        else:
            sums = prices.clinicians.get((pk, day))
        for at in _bits(starts):
            cost = points + (sums[at + length] - sums[at] if sums else 0.0)
            if at not in best or cost < best[at][0]:
                best[at] = cost, pk
        if not wanted:
            break
    bit, extra = patient.bit_of(due.kind), mode_points(problem, patient, mode)
    desks = prices.offices.get(day) if prices is not None and mode == Mode.IN_PERSON else None
    for at, (cost, pk) in best.items():
        cost += extra + moved_points(problem, patient, due.kind, day, at * TICK)
        cost += desks[at + length] - desks[at] if desks else 0.0
        yield Option(bit, at * TICK, at * TICK + due.minutes, pk, cost)


def _able(problem: Problem, patient: Patient, kind: str, mode: Mode) -> list[tuple[float, int]]:
    """Who may see this person for it, those the person would rather see first."""
    return sorted(
        (therapist_points(problem, patient, kind, one.id), one.id)
        for one in problem.clinicians
        if kind in one.kinds and (mode == Mode.IN_PERSON or patient.state in one.states)
    )


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@cache
def _grid(every: int) -> int:
    """The ticks of a day at which a session may start."""
    return sum(1 << minute // TICK for minute in range(0, 24 * 60, every))
