"""One-to-one sessions that could be, on one day: for each kind due and each start, the cheapest clinician."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from scheduling.planner.cost import mode_points, moved_points, therapist_points
from scheduling.planner.left import Left, runs
from scheduling.planner.problem import TICK, Due, Mode, Patient, Problem

Offers = dict[int, tuple[float, int]]  # by start: points, prices included, and the clinician
Able = tuple[tuple[float, int], ...]  # points and clinician, the fewest points first
NEVER = (float("inf"), 0)
KNOWN = 60  # answers a day of what is left remembers


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Points for using what is scarce: a seat of a section, five minutes of a clinician or of any office.

    Time is kept as sums up to each tick of the day, by clinician and day, and by day.
    """

    seats: dict[int, float]
    clinicians: dict[tuple[int, int], list[float]]
    offices: dict[int, list[float]]


class Kind(NamedTuple):
    """A session that is due and not kept, for one person in one mode; its bit among the person's kinds.

    `able` are all who may see them, at what it costs to see them instead of `own`, who costs nothing more.
    """

    bit: int
    minutes: int
    length: int  # ticks
    able: Able
    own: int | None
    due: Due


class Possible(NamedTuple):
    """A kind's bit, its minutes, and where it could be on a day."""

    bit: int
    minutes: int
    offers: Offers


class Option(NamedTuple):
    """A session that could be. `kind` is its bit among the person's kinds due."""

    kind: int
    starts: int
    ends: int
    clinician: int
    cost: float


def options_of(
    problem: Problem, patient: Patient, day: int, mode: Mode, left: Left, prices: Prices | None
) -> list[Option]:
    """Everything that could be on one day, by start, then by kind."""
    spots = Spots(problem, patient, day, mode, kinds_of(problem, patient, mode))
    found = [
        Option(bit, starts, starts + minutes, pk, cost)
        for bit, minutes, offers in spots.possible(left, prices)
        for starts, (cost, pk) in offers.items()
    ]
    return sorted(found, key=lambda one: (one.starts, one.kind))


def kinds_of(problem: Problem, patient: Patient, mode: Mode) -> list[Kind]:
    """Every kind that is still to be placed and somebody may hold."""
    kept, found = {one.kind for one in patient.kept.appointments}, []
    for due in patient.due:
        if due.kind not in kept:
            able, own = _able(problem, patient, due.kind, mode)
            if able:
                length = -(-due.minutes // TICK)
                found.append(Kind(patient.bit_of(due.kind), due.minutes, length, able, own, due))
    return found


def _able(problem: Problem, patient: Patient, kind: str, mode: Mode) -> tuple[Able, int | None]:
    """Who may see this person for it, and the primary clinician among them where that makes a difference."""
    others = [
        (therapist_points(problem, patient, kind, one.id), one.id)
        for one in problem.clinicians
        if kind in one.kinds and (mode == Mode.IN_PERSON or patient.state in one.states)
    ]
    own = next((pk for points, pk in others if pk == patient.primary and points == 0.0), None)
    if own is None or all(points == 0.0 for points, _ in others):
        return tuple(sorted(others)), None
    instead = max(points for points, _ in others)
    return tuple(sorted((instead, pk) for _, pk in others)), own


class Cheapest(NamedTuple):
    """Of several clinicians at each tick of a day: when anyone is free, and who costs least."""

    starts: int
    offers: Offers


def cheapest_of(left: Left, able: Able, length: int, day: int, prices: Prices | None, grid: int) -> Cheapest:
    """Remembered by `left` until something on that day is taken or given back."""
    known, key = left.known[day], (able, length, prices, grid)
    found = known.get(key)
    if found is None:
        if len(known) >= KNOWN:
            known.clear()
        found = known[key] = _cheapest(left, able, length, day, prices, grid)
    return found


def _cheapest(left: Left, able: Able, length: int, day: int, prices: Prices | None, grid: int) -> Cheapest:
    offers: Offers = {}
    anyone = 0
    seen: dict[tuple[float, int], int] = {}
    for points, pk in able:
        starts = left.clinician_runs(pk, day, length) & grid
        sums = prices.clinicians.get((pk, day)) if prices is not None else None
        alike = (0.0, 0) if prices is None else (points, id(sums))
        before = seen.get(alike, 0)
        seen[alike] = before | starts
        anyone |= starts
        for at in bits(starts & ~before):  # whoever comes after at the same price costs no less
            cost = points + sums[at + length] - sums[at] if sums else points
            if at not in offers or cost < offers[at][0]:
                offers[at] = cost, pk
    return Cheapest(anyone, offers)


class Spots:
    """Where the sessions of one person could be on one day in one mode, as far as others leave it."""

    def __init__(self, problem: Problem, patient: Patient, day: int, mode: Mode, kinds: list[Kind]) -> None:
        self.day, self.mode, self.in_person = day, mode, mode == Mode.IN_PERSON
        self.extra = mode_points(problem, patient, mode)
        self.grid, free = _grid(problem.starts_every), patient.free[day]
        self.kinds = [
            (one, starts, _moved(problem, patient, one.due.kind, day, starts))
            for one in kinds
            if (starts := runs(free, one.length) & self.grid)
        ]

    def possible(self, left: Left, prices: Prices | None) -> list[Possible]:
        """By kind; a kind that could be nowhere is not among them."""
        found = []
        for kind, starts, moved in self.kinds:
            if self.in_person:
                starts &= left.office_runs(self.day, kind.length)
            offers = self._offers(kind, starts, moved, left, prices) if starts else {}
            if offers:
                found.append(Possible(kind.bit, kind.minutes, offers))
        return found

    def _offers(
        self, kind: Kind, starts: int, moved: dict[int, float], left: Left, prices: Prices | None
    ) -> Offers:
        day, length, extra, own = self.day, kind.length, self.extra, kind.own
        cheapest = cheapest_of(left, kind.able, length, day, prices, self.grid)
        mine = left.clinician_runs(own, day, length) if own is not None else 0
        sums = prices.clinicians.get((own or 0, day)) if prices is not None and mine else None
        desks = prices.offices.get(day) if prices is not None and self.in_person else None
        found: Offers = {}
        for at in bits(starts & (cheapest.starts | mine)):
            cost, pk = cheapest.offers.get(at, NEVER)
            if mine >> at & 1:
                other = sums[at + length] - sums[at] if sums else 0.0
                if other <= cost:
                    cost, pk = other, own or 0
            if desks:
                cost += desks[at + length] - desks[at]
            found[at * TICK] = cost + extra + moved.get(at, 0.0), pk
        return found


def _moved(problem: Problem, patient: Patient, kind: str, day: int, starts: int) -> dict[int, float]:
    """Points by tick, where there are any."""
    points = ((at, moved_points(problem, patient, kind, day, at * TICK)) for at in bits(starts))
    return {at: one for at, one in points if one}


def bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@cache
def _grid(every: int) -> int:
    """The ticks of a day at which a session may start."""
    return sum(1 << tick for tick in {minute // TICK for minute in range(0, 24 * 60, every)})
