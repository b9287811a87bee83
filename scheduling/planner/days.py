"""What one person could do on one day: chains of sections with one-to-one sessions around and between."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from scheduling.planner.chains import Chain, Node, chains_of, nodes_of
from scheduling.planner.cost import mode_points
from scheduling.planner.fills import NOTHING, Fill, fill, joined
from scheduling.planner.left import Left
from scheduling.planner.options import Option, Prices, options_of
from scheduling.planner.problem import Appointment, Mode, Patient, Problem, Section, ticks
from scheduling.planner.signature import signature, undominated

INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A day as it could be: its cost, the sections and the sessions besides what is kept, and its mode."""

    cost: float
    sections: tuple[int, ...]
    what: tuple[Option, ...]
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
        like: "Day | None" = None,
    ) -> None:
        self.problem, self.patient, self.day = problem, patient, day
        self.nodes: list[Node] = like.nodes if like else nodes_of(patient, day, sections)
        self.chains: list[Chain] = (
            like.chains if like else list(chains_of(problem, patient, self.nodes, topics))
        )
        kept = [node for node in self.nodes if node.is_kept]
        self.must = bool(kept)
        self._kept_gaps = {(one.ends, other.starts) for one in kept for other in kept}

    def patterns(self, left: Left, prices: Prices | None = None) -> dict[int, Pattern]:
        """By signature, the cheapest way to spend the day; the empty day is not among them."""
        found: dict[int, Pattern] = {}
        options = {
            mode: options_of(self.problem, self.patient, self.day, mode, left, prices)
            for mode in self.patient.modes
        }
        for key, pattern in self._all(left, prices, options):
            if key not in found or pattern.cost < found[key].cost:
                found[key] = pattern
        return undominated(found, attrgetter("cost"))

    def _all(
        self, left: Left, prices: Prices | None, options: Mapping[Mode, list[Option]]
    ) -> Iterator[tuple[int, Pattern]]:
        costs, chosen = self._seats(left, prices)
        fills: dict[tuple[int | None, int | None, str], list[Fill]] = {}
        for chain in self.chains:
            cost = sum(costs[n] for n in chain.nodes)
            if cost == INFINITE:
                continue
            sections = tuple(pk for n in chain.nodes if (pk := chosen[n]) is not None)
            for around in self._around(chain, options, fills):
                if not around.kinds & chain.kinds and self._may_be(chain, around):
                    yield self._pattern(chain, around, cost, sections)
        for mode, possible in options.items() if not self.must else ():
            for alone in fill(self.problem, self.patient, None, None, possible):
                if self._is_day(alone.minutes, alone.services):
                    key = signature(alone.minutes, bool(alone.services), alone.kinds, False, 0)
                    yield key, Pattern(alone.cost + self._trip(alone.services), (), alone.what, mode)

    def _seats(self, left: Left, prices: Prices | None) -> tuple[list[float], list[int | None]]:
        """For each node what its cheapest free section costs, and which it is."""
        patient, weights = self.patient, self.problem.weights
        costs: list[float] = []
        chosen: list[int | None] = []
        for node in self.nodes:
            best, pick = (0.0 if node.is_kept else INFINITE), None
            for pk in () if node.is_kept else node.sections:
                if left.seats[pk] < 1 or (patient.apart and patient.apart & left.people[pk]):
                    continue
                cost = mode_points(self.problem, patient, node.mode)
                cost -= weights.dropped if pk in patient.last.sections else 0.0
                cost += prices.seats.get(pk, 0.0) if prices is not None else 0.0
                if cost < best:
                    best, pick = cost, pk
            costs.append(best)
            chosen.append(pick)
        return costs, chosen

    def _around(
        self,
        chain: Chain,
        options: Mapping[Mode, list[Option]],
        fills: dict[tuple[int | None, int | None, str], list[Fill]],
    ) -> list[Fill]:
        """Every set of kinds that fits before, between and after the chain, at its cheapest."""
        mode = "" if chain.is_mixed else str(chain.mode)
        possible = [] if chain.is_mixed else options.get(chain.mode, [])
        found = [NOTHING]
        for begins, ends in ((None, chain.first), *chain.gaps, (chain.last, None)):
            key = begins, ends, mode
            if key not in fills:
                gape = (begins, ends) in self._kept_gaps
                fills[key] = fill(self.problem, self.patient, begins, ends, possible, may_gape=gape)
            found = joined(found, fills[key])
        return found

    def _may_be(self, chain: Chain, around: Fill) -> bool:
        as_kept = chain.is_kept and not around.what
        return as_kept or self._is_day(chain.minutes + around.minutes, chain.services + around.services)

    def _is_day(self, minutes: int, services: int) -> bool:
        """As long as a day may be, and what the payer asks of a day that counts."""
        rule = self.patient.rule
        enough = minutes >= rule.minutes and services >= rule.services
        return minutes <= self.problem.most_day_minutes and (enough or not services)

    def _trip(self, services: int) -> float:
        """A day on which nothing counts is a trip of its own."""
        return 0.0 if services else self.problem.weights.extra_day

    def _pattern(
        self, chain: Chain, around: Fill, cost: float, sections: tuple[int, ...]
    ) -> tuple[int, Pattern]:
        services = chain.services + around.services
        kinds = chain.kinds | around.kinds
        minutes = chain.minutes + around.minutes
        key = signature(minutes, bool(services), kinds, chain.has_core, chain.topics)
        total = cost + around.cost + self._trip(services)
        return key, Pattern(total, sections, around.what, chain.mode)

    def appointments(self, pattern: Pattern, left: Left) -> Iterator[Appointment]:
        """The sessions besides the kept ones, with an office each in person."""
        for one in pattern.what:
            office = None
            if pattern.mode == Mode.IN_PERSON:
                office = left.office_at(self.day, ticks(one.starts, one.ends))
            kind = self.patient.due[one.kind.bit_length() - 1].kind
            yield Appointment(kind, one.clinician, self.day, one.starts, one.ends, office)
