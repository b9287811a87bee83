"""What one person's week may hold at most, and what it costs to end with less than is prescribed."""

from itertools import product

from scheduling.planner.problem import Patient, Problem
from scheduling.planner.signature import CORE, DAY_BIT, KIND_BIT, KINDS, MINUTES


class Limits:
    """Of one person's week, what was kept included. `credit` is what it holds before the first day."""

    def __init__(self, problem: Problem, patient: Patient, most_minutes: int, most_days: int) -> None:
        weights, weight = problem.weights, patient.weight
        self.most_minutes, self.most_days = most_minutes, most_days
        self.credit_minutes, self.credit_days = patient.credit_minutes, patient.credit_days
        self.credit = patient.credit_minutes | patient.credit_days << DAY_BIT
        self.goal, self.least_days = patient.goal_minutes, patient.least_days
        self.below, self.short = weights.below * weight, weights.short_minute * weight
        self.over, self.extra_day = weights.over_minute, weights.extra_day
        missing = [weights.of_missing(due.kind) * weight for due in patient.due]
        core = weights.no_core * weight * (patient.core != "")
        self.missing: dict[int, float] = {}  # by kinds and core
        for has in product((0, 1), repeat=len(missing)):
            kinds = sum(there << KIND_BIT + n for n, there in enumerate(has))
            lost = sum(points for there, points in zip(has, missing, strict=True) if not there)
            self.missing[kinds | CORE] = lost
            self.missing[kinds] = lost + core

    def end_cost(self, key: int) -> float:
        """Points at the end of the week for what it came to."""
        cost, minutes, days = self.missing[key & (KINDS | CORE)], key & MINUTES, key >> DAY_BIT & 0xF
        if minutes < self.goal:
            cost += self.below + self.short * (self.goal - minutes)
        else:
            cost += self.over * (minutes - self.goal)
            if days < self.least_days:
                cost += self.below
        if days > self.least_days:
            cost += self.extra_day * (days - self.least_days)
        return cost

    def lost(self, key: int) -> float:
        """Points for what the prescription lacks."""
        cost, minutes = self.missing[key & (KINDS | CORE)], key & MINUTES
        if minutes < self.goal:
            return cost + self.below + self.short * (self.goal - minutes)
        return cost + self.below if key >> DAY_BIT & 0xF < self.least_days else cost
