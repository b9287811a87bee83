"""Prices by asking everyone again and again: what more want than there is grows dearer, the rest cheaper.

A few people at a time, so that the others' wishes stand meanwhile; smaller steps toward the end. No solver.
"""

import random
from collections.abc import Iterator

from scheduling.planner.left import Left
from scheduling.planner.options import Prices
from scheduling.planner.prices import Row, prices_of, room_of, uses
from scheduling.planner.problem import PatientWeek, Problem, Week
from scheduling.planner.search import Search

PASSES, BATCHES = 4, 8
FIRST, LAST = 15.0, 1.0  # points a price may move at once


class Learning:
    """`prices` after each step; `weeks` is what everyone last wished at the prices of then, `asked` who was
    asked in that step."""

    def __init__(
        self, problem: Problem, searches: dict[int, Search], wishes: Week, rng: random.Random
    ) -> None:
        self.problem, self.searches, self.rng = problem, searches, rng
        self.left = Left(problem, {one.id: one.kept for one in problem.patients})
        self.weeks: dict[int, PatientWeek] = {}
        self.used: dict[Row, int] = {}
        self.points: dict[Row, float] = {}
        self.asked = list(wishes)  # in the last step
        self.room: dict[Row, int] = {}
        for pk, week in wishes.items():
            self._wish(pk, week)
        self._move(FIRST)

    @property
    def prices(self) -> Prices:
        return prices_of(self.points)

    def _wish(self, pk: int, week: PatientWeek) -> None:
        kept = self.problem.by_patient[pk].kept
        for row in uses(self.problem, self.weeks.get(pk, kept), kept):
            self.used[row] -= 1
        self.weeks[pk] = week
        for row in uses(self.problem, week, kept):
            self.used[row] = self.used.get(row, 0) + 1
            if row not in self.room:
                self.room[row] = room_of(self.left, row)

    def _move(self, step: float) -> None:
        for row, used in self.used.items():
            room = self.room[row]
            over = (used - room) / max(room, 1)
            self.points[row] = max(0.0, self.points.get(row, 0.0) + step * min(2.0, over))

    def steps(self, passes: int = PASSES) -> Iterator[None]:
        """Everyone is asked `passes` times; between the steps the caller may stop."""
        people, count = list(self.searches), passes * BATCHES
        for number in range(count):
            if number % BATCHES == 0:
                self.rng.shuffle(people)
            yield
            prices = self.prices
            self.asked = people[number % BATCHES :: BATCHES]
            for pk in self.asked:
                self._wish(pk, self.searches[pk].best(self.left, prices).week)
            self._move(FIRST * (LAST / FIRST) ** ((number + 1) / count))

    def bound(self) -> float:
        """No plan costs less than this, whatever the prices are."""
        prices = self.prices
        found = sum(search.best(self.left, prices).cost for search in self.searches.values())
        return found - sum(points * self.room[row] for row, points in self.points.items())
