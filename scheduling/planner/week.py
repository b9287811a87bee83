"""The whole clinic's week without any solver: prices by asking, the hardest first, then ruin and recreate.

Anytime: the best so far is a whole plan at every moment. The same problem, seed and number of rounds give the
same plan; a time budget makes it depend on the machine.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from scheduling.planner.cost import cost_of
from scheduling.planner.learning import Learning
from scheduling.planner.left import Left
from scheduling.planner.options import Prices
from scheduling.planner.pools import Pools, besides, placed
from scheduling.planner.prices import scarcity
from scheduling.planner.problem import Patient, PatientWeek, Problem, Week
from scheduling.planner.search import Search

SMALLEST, LARGEST = 3, 12
FROM_POOLS = 0.8  # of the rounds combine weeks that were found before


@dataclass(frozen=True)
class Progress:
    """How far it is: rounds done, cost in points of the best plan so far."""

    rounds: int
    cost: float


GoOn = Callable[[Progress], bool]


class Planning:
    """One run over a problem. `week` and `cost` are the best so far; `prices` are learned unless given."""

    def __init__(self, problem: Problem, seed: int = 0, *, prices: Prices | None = None) -> None:
        self.problem, self.rng = problem, random.Random(seed)
        self.searches = {one.id: Search(problem, one) for one in problem.patients}
        empty = Left(problem, {one.id: one.kept for one in problem.patients})
        alone = {pk: search.best(empty) for pk, search in self.searches.items()}
        self.alone = {pk: found.cost for pk, found in alone.items()}
        self.wishes = {pk: found.week for pk, found in alone.items()}
        self.aims: Week = self.wishes
        self.pools, self.knows_prices = Pools(problem), prices is not None
        self.prices = prices or scarcity(problem, self.searches)
        self._clear()
        self._construct()

    @property
    def cost(self) -> float:
        return sum(self.costs.values())

    def _clear(self) -> None:
        self.week: dict[int, PatientWeek] = {}
        self.costs: dict[int, float] = {}
        self.left = Left(self.problem, {one.id: one.kept for one in self.problem.patients})

    def _construct(self) -> None:
        """Everyone who has no week yet, who has least to choose from first."""
        for patient in sorted(self.problem.patients, key=self._room):
            if patient.id not in self.week:
                self._place(patient.id, self.prices)

    def restart(self, prices: Prices) -> None:
        """Anew at other prices, which stay; the plan that was comes back if it was cheaper."""
        self.prices, self.knows_prices = prices, True
        self.adopt({})

    def adopt(self, weeks: Week) -> None:
        """These weeks where they go together, a search for everyone else; kept if that is cheaper."""
        before = self.week, self.costs, self.left
        self._clear()
        for pk, week in with_offices(self.problem, weeks).items():
            there = placed(self.left, self.problem.by_patient[pk], week)
            if there is not None:
                self._put(pk, there)
        self._construct()
        if sum(before[1].values()) <= self.cost:
            self.week, self.costs, self.left = before

    def _room(self, patient: Patient) -> tuple[float, int]:
        search = self.searches[patient.id]
        minutes = sum(node.minutes for day in search.days for node in day.nodes)
        need = max(30, patient.goal_minutes - patient.credit_minutes)
        return minutes / need / patient.weight, patient.id

    def _place(self, pk: int, prices: Prices | None) -> None:
        self._put(pk, self.searches[pk].best(self.left, prices).week)

    def _put(self, pk: int, week: PatientWeek) -> None:
        patient = self.problem.by_patient[pk]
        self.left.take(pk, besides(week, patient))
        self.week[pk], self.costs[pk] = week, cost_of(self.problem, patient, week).total
        self.pools.add(pk, week, self.costs[pk])

    def _remove(self, pk: int) -> None:
        self.left.give_back(pk, self._besides(pk))

    def _besides(self, pk: int) -> PatientWeek:
        return besides(self.week[pk], self.problem.by_patient[pk])

    def improve(self, rounds: int, go_on: GoOn = lambda progress: True) -> None:
        """Learn the prices, then take a few people out together and put them back better, `rounds` times or
        until told to stop."""
        if not self.knows_prices and rounds and not self._learn(go_on):
            return
        for number in range(rounds):
            if not go_on(Progress(number, self.cost)) or not self._round():
                return

    def _learn(self, go_on: GoOn) -> bool:
        """False when told to stop."""
        learning = Learning(self.problem, self.searches, self.wishes, self.rng)
        for _ in learning.steps():
            if not go_on(Progress(0, self.cost)):
                return False
            for pk in learning.asked:
                week = learning.weeks[pk]
                self.pools.add(pk, week, cost_of(self.problem, self.problem.by_patient[pk], week).total)
        self.aims = learning.weeks
        self.restart(learning.prices)
        return True

    def _round(self) -> bool:
        """False when nobody could have a better week."""
        regrets = [(pk, self.costs[pk] - self.alone[pk]) for pk in self.week]
        worse = [(pk, regret) for pk, regret in regrets if regret > 1e-6]
        if not worse:
            return False
        (first,) = self.rng.choices([pk for pk, _ in worse], [regret**0.7 for _, regret in worse])
        chosen = around(self, first)
        was = sum(self.costs[pk] for pk in chosen)
        if self.rng.random() < FROM_POOLS:
            self._combine(chosen, was)
        else:
            before = {pk: self.week[pk] for pk in chosen}
            for pk in chosen:
                self._remove(pk)
            if not self._anew(self._order(chosen, first), was):
                for pk, week in before.items():
                    self._put(pk, week)
        return True

    def _combine(self, chosen: list[int], was: float) -> None:
        """The best way to put weeks that were found before together, where that is cheaper."""
        mine = {pk: self._besides(pk) for pk in chosen}
        for pk, week in mine.items():
            self.left.lend(pk, week)
        found = self.pools.combined(self.left, chosen, was - 1e-6)
        for pk, week in mine.items():
            self.left.reclaim(pk, week)
        if found is not None:
            for pk in chosen:
                self._remove(pk)
            for pk, known in found.items():
                there = placed(self.left, self.problem.by_patient[pk], known.week)
                assert there is not None
                self._put(pk, there)

    def _anew(self, order: list[int], was: float) -> bool:
        """Search for each in this order; False, with nobody placed, when it gets dearer than it was."""
        prices = self.prices if self.rng.random() < 0.5 else None
        ahead = sum(self.alone[pk] for pk in order)
        spent = 0.0
        for n, pk in enumerate(order):
            self._place(pk, prices)
            spent, ahead = spent + self.costs[pk], ahead - self.alone[pk]
            if spent + ahead > was + 1e-6:
                for done in order[: n + 1]:
                    self._remove(done)
                return False
        return True

    def _order(self, chosen: list[int], first: int) -> list[int]:
        others = [pk for pk in chosen if pk != first]
        self.rng.shuffle(others)
        if self.rng.random() < 0.3:
            others.sort(key=lambda pk: self._room(self.problem.by_patient[pk]))
        return [first, *others]


def around(planning: Planning, first: int) -> list[int]:
    """This person and those who have what they would need."""
    week, rng = planning.week, planning.rng
    size = rng.randint(SMALLEST, LARGEST)
    mine = rng.choice((planning.wishes, planning.aims))[first]
    wanted = mine.sections - week[first].sections
    hours = [one for one in mine.appointments if one not in week[first].appointments]
    scores: dict[int, float] = {}
    for pk, theirs in week.items():
        score = 1.0 * len(wanted & theirs.sections)
        for one in hours:
            for other in theirs.appointments:
                if other.clinician == one.clinician or (other.office and other.office == one.office):
                    score += 3.0 if other.day == one.day and other.mask & one.mask else 0.5
        if score and pk != first:
            scores[pk] = score * (0.3 + rng.random())
    near = sorted(scores, key=lambda pk: -scores[pk])[: size - 1]
    rest = [pk for pk in week if pk != first and pk not in near]
    extra = rng.sample(rest, min(len(rest), max(0, size - 1 - len(near)), 2))
    return [first, *near, *extra]


def with_offices(problem: Problem, weeks: Week) -> dict[int, PatientWeek]:
    """The same weeks with an office for each session in person, given out in the order of time."""
    left, given = Left(problem, {one.id: one.kept for one in problem.patients}), dict(weeks)
    visits = [
        (visit, pk)
        for pk, week in weeks.items()
        for visit in besides(week, problem.by_patient[pk]).appointments
        if visit.office is not None
    ]
    for visit, pk in sorted(visits, key=lambda it: (it[0].day, it[0].starts, it[1])):
        office = left.office_at(visit.day, visit.mask)
        if office is None:
            given.pop(pk, None)
        elif pk in given:
            moved, week = replace(visit, office=office), given[pk]
            there = tuple(moved if one == visit else one for one in week.appointments)
            given[pk] = PatientWeek(week.sections, there)
            left.take(pk, PatientWeek(appointments=(moved,)))
    return given


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
