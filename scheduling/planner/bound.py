"""A true lower bound on what any plan of the week costs, the prices that prove it, and a plan close to it.

Column generation: everyone's best week at the prices of the last round becomes a column. Who should not
share a group is left out of it, so the bound never overstates. Without the solver `available()` is False.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec

from scheduling.planner.options import Prices
from scheduling.planner.prices import Row, prices_of, uses
from scheduling.planner.problem import PatientWeek
from scheduling.planner.search import Found
from scheduling.planner.week import Planning

SMOOTH = 0.3
CLOSE = 0.0005
NEAR = 0.01
PARTS = 4  # the people are asked in so many parts, with fresh prices for each
WARM = 4  # rounds in parts before the first bound
GoOn = Callable[[float, float], bool]


@dataclass(frozen=True)
class Bounded:
    """No plan costs less than `bound` points; at these prices everyone's own best week nearly is a plan.

    `points` are the shadow prices by row, `relaxed` the cost when weeks may be taken in fractions.
    """

    bound: float
    relaxed: float
    rounds: int
    points: dict[Row, float] = field(default_factory=dict)

    @property
    def prices(self) -> Prices:
        return prices_of(self.points)

    @property
    def is_near(self) -> bool:
        """The bound and the relaxed cost have all but met: the prices say what things are worth."""
        return bool(self.points) and self.relaxed - self.bound <= NEAR * abs(self.relaxed)


def available() -> bool:
    """Whether the solver group is installed."""
    return find_spec("highspy") is not None


class Bounding:
    """One run of column generation from a plan on. Anytime: `bounded` is the best so far."""

    def __init__(self, planning: Planning) -> None:
        from scheduling.planner.master import Master

        self.planning, self.problem = planning, planning.problem
        self.master = Master(self.problem)
        self.bounded = Bounded(float("-inf"), float("inf"), 0)
        self._add_plan()
        for pk, week in planning.wishes.items():
            self.master.add(pk, week, planning.alone[pk])

    def _add_plan(self) -> None:
        for pk, week in self.planning.week.items():
            self.master.add(pk, week, self.planning.costs[pk])

    def run(self, rounds: int = 60, go_on: GoOn = lambda bound, relaxed: True) -> Bounded:
        """Until the bound meets the relaxed cost, or told to stop. A round asks everyone once."""
        for number in range(1, rounds + 1):
            in_parts = number <= WARM or number % 2
            added = self._in_parts() if in_parts else self._at_once(number)
            found = self.bounded
            close = not in_parts and found.relaxed - found.bound <= CLOSE * abs(found.relaxed)
            if close or not (added or in_parts) or not go_on(found.bound, found.relaxed):
                break
        return self.bounded

    def _in_parts(self) -> int:
        people, added = list(self.planning.searches), 0
        for part in range(PARTS):
            _, worth, points = self.master.solve()
            added += self._ask(people[part::PARTS], points, worth, points)[0]
        return added

    def _at_once(self, number: int) -> int:
        """At prices between the best and the newest ones; at the newest where those bring nothing new."""
        relaxed, worth, points = self.master.solve()
        added, before = 0, self.bounded.points
        for smooth in (SMOOTH, 0.0) if before else (0.0,):
            mixed = {row: smooth * before.get(row, 0.0) + (1 - smooth) * it for row, it in points.items()}
            added, total = self._ask(list(self.planning.searches), mixed, worth, points)
            bound = total - sum(it * self.master.room[row] for row, it in mixed.items())
            if bound > self.bounded.bound:
                self.bounded = Bounded(bound, relaxed, number, mixed)
            if added:
                break
        self.bounded = Bounded(self.bounded.bound, relaxed, number, self.bounded.points)
        return added

    def _ask(
        self, people: list[int], points: dict[Row, float], worth: dict[int, float], newest: dict[Row, float]
    ) -> tuple[int, float]:
        """Everyone's best week at `points`: how many were new columns, and what they cost together."""
        prices, added, total = prices_of(points), 0, 0.0
        for pk in people:
            found = self.planning.searches[pk].best(self.master.left, prices)
            total += found.cost
            own = found.cost - self._paid(pk, found, points)
            if own + self._paid(pk, found, newest) - worth[pk] < -1e-6:
                added += self.master.add(pk, found.week, own)
        return added, total

    def _paid(self, pk: int, found: Found, points: dict[Row, float]) -> float:
        kept = self.problem.by_patient[pk].kept
        return sum(points.get(row, 0.0) for row in uses(self.problem, found.week, kept))

    def finish(self, rounds: int = 300, seconds: float = 10.0) -> None:
        """Bring the plan close to the bound: rounded, improved from the columns, then chosen among all.

        `seconds` is what the last choice may take; the plan never gets dearer.
        """
        planning = self.planning
        best: dict[int, PatientWeek] = {}
        for _, n in self.master.ranked():
            pk, week, cost = self.master.columns[n]
            planning.pools.add(pk, week, cost)
            best[pk] = week
        planning.aims = best
        planning.restart(self.bounded.prices if self.bounded.points else planning.prices)
        planning.adopt(best)
        planning.improve(rounds)
        self._add_plan()
        gap = planning.cost - self.bounded.bound
        if gap > CLOSE * abs(planning.cost):
            planning.adopt(self.master.whole(planning.week.items(), gap, seconds))
