"""A timetable for a synthetic clinic: blocks of groups where its people can come."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from scheduling.planner.problem import Clinician, Mode, Patient, Section, ticks

SEATS = 12
DAY_SETS = ((0, 2, 4), (0, 1, 3), (1, 2, 3), (1, 3, 4), (0, 1, 2, 3))
# first minute of the day and the minutes of each group
ADULT_BLOCKS = (
    (9 * 60, (60, 60, 60)),
    (9 * 60, (90, 90)),
    (9 * 60 + 30, (50, 50, 90)),
    (12 * 60 + 30, (60, 60, 60)),
    (17 * 60, (60, 60, 60)),
)
TEEN_BLOCKS = ((15 * 60 + 30, (60, 60)), (16 * 60, (60, 60)), (15 * 60 + 30, (60, 60, 60)))
TEEN = 30
BOTH = frozenset({"NJ", "PA"})


@dataclass(frozen=True)
class Block:
    """Groups one after the other, on the same hours of some days."""

    days: tuple[int, ...]
    starts: int
    lengths: tuple[int, ...]
    mode: Mode

    @property
    def hours(self) -> float:
        return sum(self.lengths) * len(self.days) / 60

    def groups(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Which day of the block, which group of the day, weekday, first and last minute."""
        for n, day in enumerate(self.days):
            at = self.starts
            for m, lasts in enumerate(self.lengths):
                yield n, m, day, at, at + lasts
                at += lasts

    def suits(self, one: Patient) -> bool:
        """Whether someone could come to the whole of it, with enough days for the week."""
        mask = ticks(self.starts, self.starts + sum(self.lengths))
        days = sum(not mask & ~one.free[day] for day in self.days)
        enough = sum(self.lengths) >= one.rule.minutes and len(self.lengths) + 1 >= one.rule.services
        return self.mode in one.modes and days >= one.least_days and enough


def timetable(
    rng: random.Random, patients: Sequence[Patient], clinicians: Sequence[Clinician], fill: float
) -> tuple[list[Section], list[Clinician]]:
    """The sections, and the clinicians without the hours in which they lead them."""
    sections: list[Section] = []
    free = {one.id: list(one.free) for one in clinicians}
    lines: dict[int, list[Patient]] = {}
    for one in patients:
        lines.setdefault(min(one.tracks), []).append(one)
    for line, people in sorted(lines.items()):
        need = sum(one.goal_minutes - 75 for one in people) / 60 / fill
        for block in _blocks(rng, line, people, need):
            away = any(one.state == "PA" and block.suits(one) for one in people)
            able = [one for one in clinicians if "individual" in one.kinds]
            if block.mode == Mode.VIDEO and away:
                able = [one for one in able if "PA" in one.states]
            sections += _sections(rng, line, block, len(sections) + 1, able, free)
    return sections, [replace(one, free=tuple(free[one.id])) for one in clinicians]


def _blocks(rng: random.Random, line: int, people: Sequence[Patient], need: float) -> Iterator[Block]:
    """Each time the block that serves most people who have least yet."""
    kinds = TEEN_BLOCKS if line == TEEN else ADULT_BLOCKS
    possible = [Block(days, *kind, mode) for days, kind, mode in product(DAY_SETS, kinds, Mode)]
    served = {one.id: 0.0 for one in people}
    seats = 0.0
    while seats < need or (seats < 1.2 * need and sum(not it for it in served.values()) > len(people) // 8):
        rng.shuffle(possible)
        block = max(possible, key=lambda one: _worth(one, people, served))
        come = sorted((one for one in people if block.suits(one)), key=lambda one: (served[one.id], one.id))
        if seats >= need and (not come or served[come[0].id]):
            return
        for one in come[:SEATS]:
            served[one.id] += 1.0
        seats += SEATS * block.hours
        yield block


def _worth(block: Block, people: Iterable[Patient], served: dict[int, float]) -> float:
    gains = sorted((0.2 ** served[one.id] for one in people if block.suits(one)), reverse=True)
    return sum(gains[:SEATS]) / (9 + block.hours)


def _sections(
    rng: random.Random,
    line: int,
    block: Block,
    number: int,
    able: Sequence[Clinician],
    free: dict[int, list[int]],
) -> Iterator[Section]:
    """Process first, then skills, then process or the core topic of a step; who can leads it."""
    steps = [1, 2] if rng.random() < 0.5 else [2, 1]
    for n, m, day, starts, ends in block.groups():
        topic = ""
        if m == len(block.lengths) - 1 and n < 2:
            topic = f"core {line + steps[n]}"
        elif m == 1:
            topic = f"skills {line} {n}"
        leader = _leader(rng, able, free, day, ticks(starts, ends))
        states = leader.states if leader else BOTH
        lasts = ends - starts
        yield Section(
            number, number, day, starts, ends, lasts, line, SEATS, block.mode, topic, bool(topic), states
        )
        number += 1


def _leader(
    rng: random.Random, able: Sequence[Clinician], free: dict[int, list[int]], day: int, mask: int
) -> Clinician | None:
    """Who has most time left; none when a colleague from elsewhere must lead."""
    there = [one for one in able if not mask & ~free[one.id][day]]
    if not there:
        return None
    chosen = max(there, key=lambda one: (sum(it.bit_count() for it in free[one.id]), rng.random()))
    free[chosen.id][day] &= ~mask
    return chosen
