"""Why someone's prescription cannot be met, and the cheapest changes that would make it possible.

Every answer is found, and every fix checked, by the exact search of that person; others stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from scheduling.planner.changes import LEAST, RIGID_FIRST, Change, Fix, Limit, with_changes
from scheduling.planner.left import Left
from scheduling.planner.needing import needed
from scheduling.planner.problem import Patient, PatientWeek, Problem, Week
from scheduling.planner.proposals import Unmet, left_without, unmet_of
from scheduling.planner.relaxing import carried, effective, relaxed, strict
from scheduling.planner.search import Search

# What decides to which sections someone could come, and how often.
SHAPING = frozenset({Limit.OWN_TIME, Limit.MODE, Limit.TRACK, Limit.LICENSE, Limit.TOPIC})
FIXES, ENOUGH, SEARCHES = 4, 3, 60
Limits = frozenset[Limit]


@dataclass(frozen=True)
class Explanation:
    """`cause`: "own" when it cannot be even with nobody else there, None when nothing is missing.

    `conflict`: kinds of rules that together stand in the way; if any one of them gave way it could be. Empty
    when it could not be even so. `fixes`: cheapest first. `closest`: the best week as things are.
    """

    cause: Literal["own", "contention"] | None
    conflict: tuple[Limit, ...]
    fixes: tuple[Fix, ...]
    closest: PatientWeek
    unmet: Unmet
    searches: int = 0


def explain(problem: Problem, week: Week, patient_id: int, *, from_day: int = 0) -> Explanation:
    """`week` is what everyone has; the person's own things in it are planned anew, but for what is kept.

    Nothing gives way on the days before `from_day`, which are over.
    """
    patient = problem.by_patient[patient_id]
    left = left_without(problem, week, patient)
    closest = Search(problem, patient).best(left).week
    unmet = unmet_of(problem, patient, closest)
    if not unmet:
        return Explanation(None, (), (), closest, unmet, 1)
    alone = Search(problem, patient).best(Left(problem, {patient.id: patient.kept})).week
    cause: Literal["own", "contention"] = "own" if unmet_of(problem, patient, alone) else "contention"
    work = _Explaining(problem, patient, left, from_day)
    conflict = work.conflict()
    fixes = work.fixes(conflict, unmet)
    return Explanation(cause, conflict, fixes, closest, unmet, work.searches + 2)


class _Explaining:
    """One explanation under way. What a set of limits leads to is searched once."""

    def __init__(self, problem: Problem, patient: Patient, left: Left, from_day: int) -> None:
        self.problem, self.patient, self.left, self.from_day = problem, patient, left, from_day
        self.known: dict[Limits, PatientWeek | None] = {frozenset(): None}
        self.shapes: dict[Limits, Search] = {}
        self.searches = 0

    def week(self, limits: Limits) -> PatientWeek | None:
        """The cheapest whole week where these give way."""
        limits = effective(self.problem, self.patient, limits)
        if limits not in self.known:
            self.searches += 1
            other = relaxed(self.problem, self.patient, self.left, limits, self.from_day)
            shape = limits & SHAPING
            search = Search(other.problem, other.patient, self.shapes.get(shape))
            self.shapes.setdefault(shape, search)
            found = search.best(other.left, other.prices).week
            is_whole = not unmet_of(other.problem, other.patient, found)
            self.known[limits] = found if is_whole else None
        return self.known[limits]

    def can_be(self, limits: Limits) -> bool:
        """As `week`, without a search where fewer, or more, limits have answered it."""
        limits = effective(self.problem, self.patient, limits)
        if any(week is not None and less <= limits for less, week in self.known.items()):
            return True
        if any(week is None and limits <= more for more, week in self.known.items()):
            return False
        return self.week(limits) is not None

    def conflict(self) -> tuple[Limit, ...]:
        """Drop what is not needed for the contradiction, the rigid first, so that the rest can be changed."""
        for limit in reversed(RIGID_FIRST):
            self.week(frozenset({limit}))
        if not self.can_be(frozenset(RIGID_FIRST)):
            return ()
        dropped: Limits = frozenset()
        held = []
        for limit in RIGID_FIRST:
            if self.can_be(dropped | {limit}):
                held.append(limit)
            else:
                dropped |= {limit}
        return tuple(held)

    def fixes(self, conflict: tuple[Limit, ...], unmet: Unmet) -> tuple[Fix, ...]:
        """Single kinds of rules first, then pairs; each checked, nothing in it that is not needed."""
        found: dict[frozenset[Change], Fix] = {}
        least: set[Limit] = set()  # with a fix that nothing else of its kind can undercut
        for limits in self._tries(conflict):
            single = len(limits) == 1
            if (not single and len(found) >= ENOUGH) or self.searches > SEARCHES:
                break
            if not limits & least:
                fix = self._add(found, self.week(limits))
                if single and fix is not None and fix.price <= LEAST[min(limits)]:
                    least |= limits
        if unmet.minutes and not replace(unmet, minutes=0):
            goal = self.patient.goal_minutes
            fewer = Change(Limit.MINUTES, amount=goal - unmet.minutes, was=goal)
            fix = self._fix((fewer,))
            if fix is not None:
                found[frozenset(fix.changes)] = fix
        ranked = sorted(found.values(), key=lambda fix: (fix.price, repr(fix.changes)))
        return tuple(ranked[:FIXES])

    def _tries(self, conflict: tuple[Limit, ...]) -> Iterator[Limits]:
        """Whatever helps changes something of the conflict."""
        for limit in reversed(conflict):
            yield frozenset({limit})
        for pair in combinations(reversed(RIGID_FIRST), 2):
            if set(pair) & set(conflict):
                yield frozenset(pair)
        yield frozenset(RIGID_FIRST)

    def _add(self, found: dict[frozenset[Change], Fix], week: PatientWeek | None) -> Fix | None:
        if week is None:
            return None
        changes = needed(self.problem, self.patient, self.left, week)
        if frozenset(changes) in found:
            return None
        fix = self._fix(changes)
        if fix is not None:
            found.setdefault(frozenset(fix.changes), fix)
        return fix

    def _fix(self, changes: tuple[Change, ...]) -> Fix | None:
        """The changes without any that can be left out; None if they do not do."""
        week = self._checked(changes)
        if week is None:
            return None
        for one in sorted(changes, key=lambda one: -one.price) if len(changes) > 1 else ():
            fewer = tuple(other for other in changes if other != one)
            without = self._checked(fewer)
            if without is not None:
                changes, week = fewer, without
        return Fix(self.patient.id, changes, week)

    def _checked(self, changes: tuple[Change, ...]) -> PatientWeek | None:
        """The week these changes lead to, if it is whole."""
        self.searches += 1
        other = with_changes(self.problem, self.patient.id, changes)
        other = replace(other, weights=strict(self.problem.weights))
        patient = other.by_patient[self.patient.id]
        found = Search(other, patient).best(carried(self.problem, self.left, other)).week
        return None if unmet_of(other, patient, found) else found
