"""What one person could do on one day: chains of sections with one-to-one sessions around and between."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from scheduling.planner.chains import Chains, Node, chains_of, nodes_of
from scheduling.planner.cost import mode_points, wish_points
from scheduling.planner.fills import Fills, Row
from scheduling.planner.left import Left
from scheduling.planner.options import Kind, Possible, Prices, Spots
from scheduling.planner.problem import Appointment, Mode, Patient, Problem, Section, ticks
from scheduling.planner.signature import (
    COUNTS,
    EITHER,
    MINUTES,
    MOST,
    ONCE,
    SERVICE_BIT,
    signature,
    undominated,
)  # fmt: skip
from scheduling.planner.together import Choices
from scheduling.planner.ways import INFINITE, Path, Ways

KNOWN = 2  # answers a day remembers
Seats = tuple[tuple[float, ...], tuple[int | None, ...]]  # by node: its cheapest section's cost, and which


class Pattern(NamedTuple):
    """A day as it could be: its cost, the way through its nodes, the row at the end, which sections the
    nodes stand for, and the mode."""

    cost: float
    path: Path | None
    row: Row
    chosen: tuple[int | None, ...]
    mode: Mode


class Day:
    """One day of one person. What does not depend on others is made once."""

    def __init__(
        self,
        problem: Problem,
        patient: Patient,
        day: int,
        sections: Iterable[Section],
        topics: Mapping[str, int],
        kinds: Mapping[Mode, list[Kind]],
        filled: dict[int, int],
        like: "Day | None" = None,
    ) -> None:
        self.problem, self.patient, self.day = problem, patient, day
        nodes = like.nodes if like else nodes_of(patient, day, sections)
        self.chains: Chains = like.chains if like else chains_of(problem, patient, nodes)
        self.nodes: list[Node] = nodes
        self.filled = filled
        self.given = [_given(patient, node, topics) for node in nodes]
        self.ways = Ways(self.chains, self.given, filled, problem.most_day_minutes)
        self.points = [_points(problem, patient, node) for node in nodes]
        kept = [n for n, node in enumerate(nodes) if node.is_kept]
        self.must = bool(kept)
        modes = {nodes[n].mode for n in kept}
        self.modes = [mode for mode in sorted({*patient.modes, *modes}) if not modes - {mode}]
        self.spots = {
            mode: Spots(problem, patient, day, mode, kinds[mode])
            for mode in self.modes
            if mode in patient.modes
        }
        self.as_kept = self._as_kept(kept)
        self.alone = self._alone()
        self._known: dict[tuple[object, ...], Choices[Pattern]] = {}

    def patterns(self, left: Left, prices: Prices | None = None) -> Choices[Pattern]:
        """By signature, the cheapest way to spend the day."""
        possible = {mode: spots.possible(left, prices) for mode, spots in self.spots.items()}
        seats = self._seats(left, prices)
        rows = (tuple(offers.items()) for some in possible.values() for _, _, offers in some)
        asked = (*seats, *((mode, *(one.bit for one in some)) for mode, some in possible.items()), *rows)
        known = self._known.get(asked)
        if known is None:
            while len(self._known) >= KNOWN:
                del self._known[next(iter(self._known))]
            known = self._known[asked] = self._cheapest(seats, possible)
        return known

    def _seats(self, left: Left, prices: Prices | None) -> Seats:
        """For each node what its cheapest free section costs, and which it is."""
        apart = self.patient.apart
        costs: list[float] = []
        chosen: list[int | None] = []
        for node, sections in zip(self.nodes, self.points, strict=True):
            best, pick = (0.0 if node.is_kept else INFINITE), None
            for cost, pk in sections:
                if left.seats[pk] > 0 and not (apart and apart & left.people[pk]):
                    if prices is not None:
                        cost += prices.seats.get(pk, 0.0)
                    if cost < best:
                        best, pick = cost, pk
            costs.append(best)
            chosen.append(pick)
        return tuple(costs), tuple(chosen)

    def _cheapest(self, seats: Seats, possible: Mapping[Mode, list[Possible]]) -> Choices[Pattern]:
        found: dict[int, Pattern] = {}
        for mode in self.modes:
            fills = Fills(self.problem, self.patient, possible.get(mode, []))
            for key, (cost, path, row) in self._ends(mode, seats[0], fills):
                trip = 0.0 if key & COUNTS else self.problem.weights.extra_day
                known = found.get(key)
                if known is None or cost + trip < known.cost:
                    found[key] = Pattern(cost + trip, path, row, seats[1], mode)
        if self.as_kept is not None:
            key, pattern = self.as_kept
            if key not in found or pattern.cost <= found[key].cost:
                found[key] = pattern
        return Choices(undominated(found), may_rest=not self.must)

    def _ends(
        self, mode: Mode, costs: tuple[float, ...], fills: Fills
    ) -> Iterator[tuple[int, tuple[float, Path | None, Row]]]:
        """Every end of a visit that may be one."""
        labels = self.ways.labels(mode, costs, fills)
        for n in self.chains.last:
            if not labels[n]:
                continue
            for key, label in self.ways.joined(labels[n], fills.after(self.nodes[n].ends)).items():
                if self._is_day(key):
                    yield key & MOST, label
        if not self.must:
            for kinds, cost, row in fills.alone(self.alone):
                yield self.filled[kinds] & MOST, (cost, None, row)

    def _is_day(self, key: int) -> bool:
        """As long as a day may be, and what the payer asks of a day that counts."""
        rule, minutes = self.patient.rule, key & MINUTES
        enough = minutes >= rule.minutes and key >> SERVICE_BIT >= rule.services
        return minutes <= self.problem.most_day_minutes and (enough or not key & COUNTS)

    def _alone(self) -> frozenset[int]:
        """The sets of kinds that may be a day of nothing else."""
        return frozenset(kinds for kinds, given in self.filled.items() if kinds and self._is_day(given))

    def _as_kept(self, kept: list[int]) -> tuple[int, Pattern] | None:
        """The day with nothing but what is kept, which is right whatever the rules say."""
        if not kept:
            return None
        nodes, key = [self.nodes[n] for n in kept], 0
        for n in kept:
            key = (key & ONCE | self.given[n] & ONCE) | (key & EITHER | self.given[n] & EITHER)
        key |= sum(node.minutes for node in nodes)
        gaps = sum(after.starts - before.ends for before, after in pairwise(nodes))
        cost = gaps * self.problem.weights.idle_minute + (
            0.0 if key & COUNTS else self.problem.weights.extra_day
        )
        cost += wish_points(self.problem, self.patient, nodes[0].starts, nodes[-1].ends)
        return key, Pattern(cost, None, (), (), nodes[0].mode)

    def sections(self, pattern: Pattern) -> Iterator[int]:
        """Those besides what is kept."""
        path = pattern.path
        while path is not None:
            path, _, n = path
            section = pattern.chosen[n]
            if section is not None:
                yield section

    def appointments(self, pattern: Pattern, left: Left) -> Iterator[Appointment]:
        """The sessions besides the kept ones, with an office each in person."""
        for kind, starts, ends, clinician in _visits(pattern):
            office = None
            if pattern.mode == Mode.IN_PERSON:
                office = left.office_at(self.day, ticks(starts, ends))
            due = self.patient.due[kind.bit_length() - 1]
            yield Appointment(due.kind, clinician, self.day, starts, ends, office)


def _visits(pattern: Pattern) -> list[tuple[int, int, int, int]]:
    rows, path, found = [pattern.row], pattern.path, []
    while path is not None:
        path, row, _ = path
        rows.append(row)
    for row in rows:
        while row:
            row, *visit = row
            found.append(tuple(visit))
    return sorted(found, key=itemgetter(1))


def _given(patient: Patient, node: Node, topics: Mapping[str, int]) -> int:
    """What a node gives the day, services with it where a payer counts them."""
    kinds = patient.bit_of(node.kept.kind) if node.kept is not None else 0
    topic = topics.get(node.topic, 0) if node.once else 0
    given = signature(node.minutes, node.services > 0, kinds, node.topic == patient.core != "", topic)
    return given | (node.services << SERVICE_BIT if patient.rule.services else 0)


def filled(patient: Patient) -> dict[int, int]:
    """The same for every set of kinds that are due."""
    found = {0: 0}
    for n, due in enumerate(patient.due):
        for kinds, given in list(found.items()):
            services = 1 << SERVICE_BIT if due.counts and patient.rule.services else 0
            more = signature(due.minutes if due.counts else 0, False, 1 << n, False, 0) + services
            found[kinds | 1 << n] = given + more | (COUNTS if due.counts else 0)
    return found


def _points(problem: Problem, patient: Patient, node: Node) -> list[tuple[float, int]]:
    """What each section of a node costs without prices; a kept one is not chosen."""
    if node.is_kept:
        return []
    mode = mode_points(problem, patient, node.mode)
    dropped = problem.weights.dropped
    return [(mode - dropped * (pk in patient.last.sections), pk) for pk in node.sections]
