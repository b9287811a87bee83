"""Working on a run of the planner: the rows once, then better and better weeks until told to stop."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from iop_clinic.messages.claim import new_lease_name
from scheduling.models import PlanRun
from scheduling.plan_runs import claim_plan, finish, report
from scheduling.planner.bound import Bounded, Bounding, available
from scheduling.planner.check import check
from scheduling.planner.cost import CostParts, cost_of
from scheduling.planner.problem import PatientWeek, Problem
from scheduling.planner.propose import Asked, asked_of
from scheduling.planner.same_rooms import in_same_rooms
from scheduling.planner.swapping import near
from scheduling.planner.week import Planning, Progress
from scheduling.planner.written import as_ids
from scheduling.repairs import trouble_of
from scheduling.site_week import site_week
from scheduling.telling import explained, openings_as_ids, to_open, told_as_ids

MOST_ROUNDS = 1_000_000
REPORT_EVERY = 1.0
TO_PROVE = 0.3  # of the time, where the solver is there
TO_TELL = 0.2  # of the time: why people lack something, what to open


def work_on_next(*, now: datetime) -> PlanRun | None:
    """The next run that waits, to its end; or None."""
    lease_by = new_lease_name()
    run = claim_plan(lease_by, now)
    if run is not None:
        try:
            _Work(run, lease_by, now).go()
        except Exception:
            finish(run, lease_by, PlanRun.State.FAILED)
            raise
    return run


@dataclass
class _Work:
    run: PlanRun
    lease_by: str
    now: datetime

    def go(self) -> None:
        self.began = self.reported = time.monotonic()
        self.rounds = 0
        substitutes = self._read()
        began_from = {"before": as_ids(self.asked.week), "substitutes": substitutes}
        if not report(self.run, self.lease_by, **began_from):
            return
        self.planning = Planning(self.problem, self.run.seed)
        self.bounded: Bounded | None = None
        self.told: dict[str, Any] = {}
        proves = self.run.kind == PlanRun.Kind.WHOLE and available()
        self._until(1 - TO_TELL - TO_PROVE * proves)
        self.planning.improve(MOST_ROUNDS, self._go_on)
        if proves:
            self._until(1 - TO_TELL)
            self._prove()
        self._until(1)
        self._tell()
        finish(self.run, self.lease_by, PlanRun.State.DONE, **self._found())

    def _read(self) -> dict[int, int]:
        """The week to plan; to repair it, near what it was, with who leads what instead."""
        if self.run.kind == PlanRun.Kind.WHOLE:
            self.asked = asked_of(site_week(self.run.site, self.run.week, self.now))
            self.problem = self.asked.problem
            return {}
        trouble = trouble_of(self.run.site, self.run.week, self.now)
        self.asked, self.problem = trouble.asked, near(trouble.now, trouble.week)
        return dict(trouble.substitutes)

    def _go_on(self, progress: Progress) -> bool:
        """Asked before each round: is there time left, and is it still wanted?"""
        now = time.monotonic()
        self.rounds = progress.rounds
        if now > self.until:
            return False
        if progress.rounds and now - self.reported < REPORT_EVERY:
            return True
        self.reported = now
        return report(self.run, self.lease_by, **self._found())

    def _until(self, part: float) -> None:
        """The time that may be used from now on, as a part of all of it."""
        self.until = self.began + self.run.seconds * part

    def _still(self) -> bool:
        """As `_go_on`, besides the rounds."""
        return self._go_on(Progress(self.rounds, self.planning.cost))

    def _prove(self) -> None:
        """What no week can cost less than, as far as there is time for it."""
        self.bounded = Bounding(self.planning).run(go_on=lambda bound, relaxed: self._still())

    def _tell(self) -> None:
        """Why people lack something, as far as there is time for it; of a whole week also what to open."""
        best, today = self._best(), max(0, self.asked.rows.now_span[0])
        told = explained(self.problem, best, today, self._still)
        self.told = {"told": told_as_ids(told)}
        if self.run.kind == PlanRun.Kind.WHOLE:
            self.told["openings"] = openings_as_ids(to_open(self.problem, best, self.bounded, told))

    def _best(self) -> Mapping[int, PatientWeek]:
        return best_of(self.asked, self.problem, self.planning.week)

    def _found(self) -> dict[str, Any]:
        best = self._best()
        found = summed(self.problem, best)
        if self.bounded is not None and self.bounded.bound > 0:
            found["cost"]["bound"] = round(self.bounded.bound, 1)
        return found | {"rounds": self.rounds, "best": as_ids(best)} | self.told


def best_of(asked: Asked, problem: Problem, week: Mapping[int, PatientWeek]) -> Mapping[int, PatientWeek]:
    """The planned week in the rooms of now; or the week as it is, where that is sound and no worse."""
    found = in_same_rooms(problem, asked.week, week)
    if _points(problem, asked.week) <= _points(problem, found) and not check(problem, asked.week):
        return asked.week
    return found


def _points(problem: Problem, week: Mapping[int, PatientWeek]) -> float:
    return sum(cost_of(problem, one, week[one.id]).total for one in problem.patients)


def summed(problem: Problem, week: Mapping[int, PatientWeek]) -> dict[str, Any]:
    """Points by what they are for, and how many people are below their hours."""
    costs = [cost_of(problem, one, week[one.id]) for one in problem.patients]
    parts = {name: round(sum(getattr(one, name) for one in costs), 1) for name in asdict(CostParts())}
    return {"cost": parts, "below": sum(one.below > 0 for one in costs)}
