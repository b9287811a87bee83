"""One-to-one sessions in a row: inside a gap of a day, before its first section, after its last, or alone.

For every set of kinds the cheapest row, with its waiting time and the wishes about the day's begin and end.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from scheduling.planner.cost import wish_points
from scheduling.planner.options import Possible
from scheduling.planner.problem import TICK, Patient, Problem

Row = tuple[Any, ...]  # (the rest of the row, kind, starts, ends, clinician); () is the empty one
Fill = tuple[int, float, Row]  # bits of kinds, points, what
Label = tuple[float, Row]
AT_BITS = 11
AT = (1 << AT_BITS) - 1  # a label's key: kinds, then the minute at which it stands


class Fills:
    """For one day in one mode and what is possible on it; every answer is worked out once."""

    def __init__(self, problem: Problem, patient: Patient, possible: Sequence[Possible]) -> None:
        self.problem, self.patient, self.possible = problem, patient, possible
        self.idle, self.most = problem.weights.idle_minute, problem.most_idle
        self.step = problem.starts_every if problem.starts_every % TICK == 0 else TICK
        self.shortest = min((one.minutes for one in possible), default=24 * 60)
        self._after: dict[int, list[Fill]] = {}
        self._before: dict[int, list[Fill]] = {}
        self._between: dict[tuple[int, int], list[Fill]] = {}

    def after(self, begins: int) -> list[Fill]:
        """From the end of the last section on."""
        found = self._after.get(begins)
        if found is None:
            rows = self._onward({begins: (0.0, ())}, 24 * 60) if self.possible else {begins: (0.0, ())}
            found = self._after[begins] = _best(
                (key >> AT_BITS, cost + wish_points(self.problem, self.patient, None, key & AT), what)
                for key, (cost, what) in rows.items()
            )
        return found

    def before(self, ends: int) -> list[Fill]:
        """Up to the start of the first section."""
        found = self._before.get(ends)
        if found is None:
            rows = self._backward(ends) if self.possible else {ends: (0.0, ())}
            found = self._before[ends] = _best(
                (key >> AT_BITS, cost + wish_points(self.problem, self.patient, key & AT, None), what)
                for key, (cost, what) in rows.items()
            )
        return found

    def between(self, begins: int, ends: int, *, may_gape: bool) -> list[Fill]:
        """`may_gape`: both sides are kept, so that a long gap between them may stay."""
        found = self._between.get((begins, ends))
        if found is None:
            idle, most = self.idle, self.most
            rows: dict[int, Label] = {begins: (0.0, ())}
            if ends - begins >= self.shortest:
                rows = self._onward(rows, ends)
            found = self._between[begins, ends] = _best(
                (key >> AT_BITS, cost + (ends - (key & AT)) * idle, what)
                for key, (cost, what) in rows.items()
                if ends - (key & AT) <= most
            )
        if may_gape and all(kinds for kinds, _, _ in found):
            return [(0, (ends - begins) * self.idle, ()), *found]
        return found

    def alone(self, sets: frozenset[int]) -> list[Fill]:
        """A day of nothing else, for those sets of kinds that may be one."""
        first: dict[int, Label] = {}
        for bit, minutes, offers in self.possible:
            if any(bit & kinds for kinds in sets):
                for starts, (cost, pk) in offers.items():
                    ends, early = starts + minutes, wish_points(self.problem, self.patient, starts, None)
                    key = bit << AT_BITS | ends
                    if key not in first or cost + early < first[key][0]:
                        first[key] = cost + early, ((), bit, starts, ends, pk)
        rows = self._onward(first, 24 * 60) if any(kinds & (kinds - 1) for kinds in sets) else first
        return _best(
            (key >> AT_BITS, cost + wish_points(self.problem, self.patient, None, key & AT), what)
            for key, (cost, what) in rows.items()
            if key >> AT_BITS in sets
        )

    def _onward(self, labels: dict[int, Label], latest: int) -> dict[int, Label]:
        """These rows and all that go on from them, one session more at a time."""
        done, idle, most, step = dict(labels), self.idle, self.most, self.step
        while labels:
            fresh: dict[int, Label] = {}
            for key, (cost, what) in labels.items():
                kinds, at = key >> AT_BITS, key & AT
                for bit, minutes, offers in self.possible:
                    if kinds & bit:
                        continue
                    for starts in range(-(-at // step) * step, min(at + most, latest - minutes) + 1, step):
                        one = offers.get(starts)
                        if one is None:
                            continue
                        ends, total = starts + minutes, cost + (starts - at) * idle + one[0]
                        new = (kinds | bit) << AT_BITS | ends
                        if new not in fresh or total < fresh[new][0]:
                            fresh[new] = total, (what, bit, starts, ends, one[1])
            done |= fresh
            labels = fresh
        return done

    def _backward(self, ends: int) -> dict[int, Label]:
        """All rows up to that minute, each by its begin."""
        idle, most, step = self.idle, self.most, self.step
        labels: dict[int, Label] = {ends: (0.0, ())}
        done = dict(labels)
        while labels:
            fresh: dict[int, Label] = {}
            for key, (cost, what) in labels.items():
                kinds, at = key >> AT_BITS, key & AT
                for bit, minutes, offers in self.possible:
                    if kinds & bit:
                        continue
                    first = max(0, -(-(at - most - minutes) // step) * step)
                    for starts in range(first, at - minutes + 1, step):
                        one = offers.get(starts)
                        if one is None:
                            continue
                        total = cost + (at - minutes - starts) * idle + one[0]
                        new = (kinds | bit) << AT_BITS | starts
                        if new not in fresh or total < fresh[new][0]:
                            fresh[new] = total, (what, bit, starts, starts + minutes, one[1])
            done |= fresh
            labels = fresh
        return done


def _best(rows: Iterable[Fill]) -> list[Fill]:
    """The cheapest of every set of kinds."""
    best: dict[int, Fill] = {}
    for one in rows:
        if one[0] not in best or one[1] < best[one[0]][1]:
            best[one[0]] = one
    return list(best.values())
