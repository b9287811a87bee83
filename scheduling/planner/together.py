"""Days put together, best first: what the days to come can still bring is known from tables that leave out
that some topics are attended once a week, and what a week costs is never overstated by them.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, Generic, NamedTuple, TypeVar

from scheduling.planner.limits import Limits
from scheduling.planner.signature import (
    CORE,
    DAY_BIT,
    DAYS_OF,
    KINDS,
    MINUTES,
    TOPICS,
    Costs,
)  # fmt: skip

INFINITE = float("inf")
T = TypeVar("T", bound=Costs)
Table = dict[int, float]  # by signature without topics: the fewest points


class Choice(NamedTuple):
    """A pattern of a day, or None for a day off; `rest` is its signature without core and topics."""

    rest: int
    core: int
    topics: int
    cost: float
    pattern: Any


class Choices(Generic[T]):
    """All ways to spend a day; `least` without what they use up of topics."""

    def __init__(self, patterns: dict[int, T], *, may_rest: bool) -> None:
        self.rows = [Choice(0, 0, 0, 0.0, None)] if may_rest else []
        self.least: Table = {0: 0.0} if may_rest else {}
        for key, pattern in patterns.items():
            cost, bare = pattern.cost, key & ~TOPICS
            self.rows.append(Choice(bare & ~CORE, key & CORE, key & TOPICS, cost, pattern))
            if bare not in self.least or cost < self.least[bare]:
                self.least[bare] = cost

    def groups(self) -> list["Group"]:
        """The rows by the kinds they hold and whether they hold the core topic."""
        found: dict[int, list[Choice]] = {}
        for row in self.rows:
            found.setdefault(row.rest & KINDS | row.core, []).append(row)
        return [_group(kinds, rows) for kinds, rows in found.items()]


class Group(NamedTuple):
    """Choices alike in kinds and core: the most minutes and days any of them gives, and the fewest points."""

    kinds: int
    gives: int
    least: float
    rows: list[Choice]


def _group(kinds: int, rows: list[Choice]) -> Group:
    most = max(row.rest & MINUTES for row in rows) + max(row.rest & DAYS_OF for row in rows)
    return Group(kinds & KINDS, most | kinds, min(row.cost for row in rows), rows)


def tables(limits: Limits, days: Sequence[Choices[T]]) -> list[Table]:
    """By place: the cheapest way to bring each signature in the days from there on; at last, nothing."""
    found: list[Table] = [{0: 0.0}]
    most = limits.most_minutes - limits.credit_minutes
    most_days = limits.most_days - limits.credit_days << DAY_BIT
    for day in reversed(days):
        found.append(_table(found[-1], day.least, most, most_days))
    return found[::-1]


def _table(after: Table, day: Table, most: int, most_days: int) -> Table:
    """The hot loop of the planner."""
    table: Table = {}
    for given, price in day.items():
        kinds, core = given & KINDS, given & CORE
        for key, cost in after.items():
            if key & kinds:
                continue
            new = key + given - (key & core)
            if new & MINUTES > most or new & DAYS_OF > most_days:
                continue
            total = cost + price
            if new not in table or total < table[new]:
                table[new] = total
    return table


class BestFirst(Generic[T]):
    """One search over the days. Each state on the heap: fewest points in the end, depth, a running number,
    what the days to come must bring, topics and weekdays used, points so far, the way here."""

    def __init__(self, limits: Limits, days: Sequence[Choices[T]], *, apart: bool) -> None:
        self.limits, self.apart = limits, apart
        order = sorted(range(len(days)), key=lambda n: -len(days[n].rows))
        self.order = [n for n in (order[0], *order[:0:-1]) if days[n].rows != [Choice(0, 0, 0, 0.0, None)]]
        self.days = [days[n] for n in self.order]
        self.tables = tables(limits, self.days[1:])
        self.seen: dict[tuple[int, int, int, int], float] = {}
        self.count = 0

    def weeks(self) -> Iterator[tuple[float, list[tuple[int, T]]]]:
        """Points and the patterns by day, best first; with `apart` the best of each set of weekdays."""
        limits, done = self.limits, set[int]()
        if not self.days:
            yield limits.end_cost(limits.credit), []
            return
        heap = self._begin()
        while heap:
            points, depth, _, ahead, topics, weekdays, spent, way = heappop(heap)
            if depth == 1:
                self._open(heap, ahead, spent)
            elif depth == 0:
                self._first(heap, ahead, spent, way)
            elif -depth < len(self.days):
                self._next(heap, -depth, ahead, topics, weekdays, spent, way)
            elif not self.apart or weekdays not in done:
                done.add(weekdays)
                yield points, _unrolled(way)

    def _begin(self) -> list[Any]:
        """All that the days after the first can bring, at the least that can come of it."""
        limits = self.limits
        self.groups = self.days[0].groups()
        more = limits.credit + max(one.gives & MINUTES for one in self.groups)
        more += max(one.gives & DAYS_OF for one in self.groups)
        least, gives = min(one.least for one in self.groups), 0
        for one in self.groups:
            gives |= one.gives & (KINDS | CORE)
        heap = [
            (cost + least + limits.lost(key + more | gives), 1, n, key, 0, 0, cost, None)
            for n, (key, cost) in enumerate(self.tables[0].items())
        ]
        heapify(heap)
        self.count = len(heap)
        return heap

    def _open(self, heap: list[Any], ahead: int, spent: float) -> None:
        """Each group of the first day's ways with what the others are to bring."""
        limits = self.limits
        start = ahead + limits.credit
        for group in self.groups:
            if not ahead & group.kinds:
                self.count += 1
                gives = group.gives
                end = start + (gives & ~CORE) | gives & CORE
                points = spent + group.least + limits.lost(end)
                heappush(heap, (points, 0, self.count, ahead, 0, 0, spent, group.rows))

    def _first(self, heap: list[Any], ahead: int, spent: float, rows: list[Choice]) -> None:
        """Each way to spend the first day with what the others are to bring."""
        limits, weekday = self.limits, 1 << self.order[0]
        most, most_days = limits.most_minutes, limits.most_days << DAY_BIT
        start = ahead + limits.credit
        for rest, core, topics, cost, pattern in rows:
            end = start + rest | core
            if end & MINUTES > most or end & DAYS_OF > most_days:
                continue
            self.count += 1
            total = cost + limits.end_cost(end)
            used = weekday if self.apart and pattern is not None else 0
            way = (None, self.order[0], pattern)
            heappush(heap, (spent + total, -1, self.count, ahead, topics, used, total, way))

    def _next(
        self, heap: list[Any], place: int, ahead: int, used: int, weekdays: int, spent: float, way: Any
    ) -> None:
        table, day = self.tables[place], self.order[place]
        for rest, core, topics, cost, pattern in self.days[place].rows:
            if used & topics or core & ~ahead or rest & KINDS & ~ahead:
                continue
            for key in (ahead - rest, ahead - rest - core) if core else (ahead - rest,):
                least = table.get(key)
                if least is None:
                    continue
                self.count += 1
                on = weekdays | 1 << day if self.apart and pattern is not None else weekdays
                total = spent + cost
                state = place, key, used | topics, on
                if self.seen.get(state, INFINITE) <= total:
                    continue
                self.seen[state] = total
                heappush(
                    heap,
                    (
                        total + least,
                        -place - 1,
                        self.count,
                        key,
                        used | topics,
                        on,
                        total,
                        (way, day, pattern),
                    ),
                )


def _unrolled(way: Any) -> list[tuple[int, Any]]:
    found = []
    while way is not None:
        way, day, pattern = way
        if pattern is not None:
            found.append((day, pattern))
    return sorted(found, key=lambda it: it[0])
