"""The whole clinic's week without any solver: the hardest first at scarcity prices, then ruin and recreate.

Anytime: the best so far is a whole plan at every moment. The same problem, seed and number of rounds give the
same plan; a time budget makes it depend on the machine.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.planner.cost import cost_of
from scheduling.planner.left import Left
from scheduling.planner.options import Prices
from scheduling.planner.prices import scarcity
from scheduling.planner.problem import NOTHING, Patient, PatientWeek, Problem, Week
from scheduling.planner.search import Search

SMALLEST, LARGEST = 3, 12


@dataclass(frozen=True)
class Progress:
    """How far it is: rounds done, cost in points of the best plan so far."""

    rounds: int
    cost: float


class Planning:
    """One run over a problem. `week` and `cost` are the best so far."""

    def __init__(self, problem: Problem, seed: int = 0, *, prices: Prices | None = None) -> None:
        self.problem, self.rng = problem, random.Random(seed)
        self.searches = {one.id: Search(problem, one) for one in problem.patients}
        kept = {one.id: one.kept for one in problem.patients}
        empty = Left(problem, kept)
        alone = {pk: search.best(empty) for pk, search in self.searches.items()}
        self.alone = {pk: found.cost for pk, found in alone.items()}
        self.wishes = {pk: found.week for pk, found in alone.items()}
        self.prices = prices or scarcity(problem, self.searches)
        self.week: dict[int, PatientWeek] = {}
        self.costs: dict[int, float] = {}
        self.left = Left(problem, kept)
        self.construct()

    @property
    def cost(self) -> float:
        return sum(self.costs.values())

    def construct(self) -> None:
        """Who has least to choose from comes first."""
        for patient in sorted(self.problem.patients, key=self._room):
            self._place(patient.id, self.prices)

    def _room(self, patient: Patient) -> tuple[float, int]:
        search = self.searches[patient.id]
        minutes = sum(node.minutes for day in search.days for node in day.nodes)
        need = max(30, patient.goal_minutes - patient.credit_minutes)
        return minutes / need / patient.weight, patient.id

    def _place(self, pk: int, prices: Prices | None) -> None:
        found = self.searches[pk].best(self.left, prices)
        self._put(pk, found.week)

    def _put(self, pk: int, week: PatientWeek) -> None:
        patient = self.problem.by_patient[pk]
        self.left.take(pk, besides(week, patient))
        self.week[pk], self.costs[pk] = week, cost_of(self.problem, patient, week).total

    def _remove(self, pk: int) -> None:
        self.left.give_back(pk, besides(self.week[pk], self.problem.by_patient[pk]))

    def improve(self, rounds: int, go_on: Callable[[Progress], bool] = lambda progress: True) -> None:
        """Take a few people out together and put them back better, `rounds` times or until told to stop."""
        for number in range(rounds):
            if not go_on(Progress(number, self.cost)) or not self._round():
                return

    def _round(self) -> bool:
        """False when nobody could have a better week."""
        regrets = [(pk, self.costs[pk] - self.alone[pk]) for pk in self.week]
        worse = [(pk, regret) for pk, regret in regrets if regret > 1e-6]
        if not worse:
            return False
        (first,) = self.rng.choices([pk for pk, _ in worse], [regret**0.7 for _, regret in worse])
        chosen = self._around(first)
        before = {pk: self.week[pk] for pk in chosen}
        was = sum(self.costs[pk] for pk in chosen)
        for pk in chosen:
            self._remove(pk)
        order = self._order(chosen, first)
        prices = self.prices if self.rng.random() < 0.5 else None
        spent, placed = 0.0, []
        for pk in order:
            self._place(pk, prices)
            placed.append(pk)
            spent += self.costs[pk]
            if spent + sum(self.alone[other] for other in order[len(placed) :]) > was + 1e-6:
                break
        else:
            return True
        for pk in placed:
            self._remove(pk)
        for pk, week in before.items():
            self._put(pk, week)
        return True

    def _order(self, chosen: list[int], first: int) -> list[int]:
        others = [pk for pk in chosen if pk != first]
        self.rng.shuffle(others)
        if self.rng.random() < 0.3:
            others.sort(key=lambda pk: self._room(self.problem.by_patient[pk]))
        return [first, *others]

    def _around(self, first: int) -> list[int]:
        """This person and those who have what they would need."""
        size = self.rng.randint(SMALLEST, LARGEST)
        mine = self.wishes[first]
        wanted = mine.sections - self.week[first].sections
        hours = [one for one in mine.appointments if one not in self.week[first].appointments]
        scores: dict[int, float] = {}
        for pk, week in self.week.items():
            if pk == first:
                continue
            score = 1.0 * len(wanted & week.sections)
            for one in hours:
                for other in week.appointments:
                    if other.clinician == one.clinician or (other.office and other.office == one.office):
                        score += 3.0 if other.day == one.day and other.mask & one.mask else 0.5
            if score:
                scores[pk] = score * (0.3 + self.rng.random())
        near = sorted(scores, key=lambda pk: -scores[pk])[: size - 1]
        rest = [pk for pk in self.week if pk != first and pk not in near]
        extra = self.rng.sample(rest, min(len(rest), max(0, size - 1 - len(near)), 2))
        return [first, *near, *extra]


def besides(week: PatientWeek, patient: Patient) -> PatientWeek:
    """Without what is kept: that was taken from the start."""
    kept = patient.kept
    if kept == NOTHING:
        return week
    rest = tuple(one for one in week.appointments if one not in kept.appointments)
    return PatientWeek(week.sections - kept.sections, rest)


def plan_week(
    problem: Problem,
    *,
    rounds: int = 2000,
    seed: int = 0,
    go_on: Callable[[Progress], bool] = lambda progress: True,
) -> Week:
    """The best week found for everyone together. `go_on` is asked before each round."""
    planning = Planning(problem, seed)
    planning.improve(rounds, go_on)
    return dict(planning.week)
