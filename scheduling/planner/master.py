"""The linear program over whole weeks: which week for whom. The only file that imports the optional solver.

Each column is one person's whole week; people, seats, clinicians' and offices' time are rows.
"""

from collections.abc import Iterable

import highspy
import numpy as np

from scheduling.planner.left import Left
from scheduling.planner.prices import Row, room_of, uses
from scheduling.planner.problem import PatientWeek, Problem

NO_ROWS, NO_VALUES = np.array([], dtype=np.int32), np.array([], dtype=np.float64)


class Silent(highspy.Highs):
    """The solver, told to print nothing before it prints who made it."""

    def enableCallbacks(self) -> None:  # noqa: N802
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class Master:
    """Columns are only ever added. `room` and `rows`: what there is of each scarce thing, and its place."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.left = Left(problem, {one.id: one.kept for one in problem.patients})
        self.place = {one.id: n for n, one in enumerate(problem.patients)}
        self.rows: dict[Row, int] = {}
        self.room: dict[Row, int] = {}
        self.columns: list[tuple[int, PatientWeek, float]] = []
        self.known: dict[tuple[int, PatientWeek], int] = {}
        self.solver = Silent()
        self.solver.setOptionValue("threads", 1)
        for _ in self.place:
            self.solver.addRow(1.0, 1.0, 0, NO_ROWS, NO_VALUES)

    def add(self, pk: int, week: PatientWeek, cost: float) -> bool:
        """A column; False for one that is there already. Cost in points, without prices."""
        if (pk, week) in self.known:
            return False
        self.known[pk, week] = len(self.columns)
        self.columns.append((pk, week, cost))
        kept = self.problem.by_patient[pk].kept
        used = [self.place[pk], *(self._row(row) for row in uses(self.problem, week, kept))]
        index = np.array(used, dtype=np.int32)
        self.solver.addCol(cost, 0.0, highspy.kHighsInf, len(used), index, np.ones(len(used)))
        return True

    def _row(self, row: Row) -> int:
        found = self.rows.get(row)
        if found is None:
            self.room[row] = room_of(self.left, row)
            found = self.rows[row] = len(self.place) + len(self.rows)
            self.solver.addRow(-highspy.kHighsInf, float(self.room[row]), 0, NO_ROWS, NO_VALUES)
        return found

    def solve(self) -> tuple[float, dict[int, float], dict[Row, float]]:
        """Fractions allowed: the cost, what each person's row is worth, and the price of each scarce row."""
        self.solver.run()
        duals = list(self.solver.getSolution().row_dual)
        people = {pk: duals[n] for pk, n in self.place.items()}
        return (
            self.solver.getObjectiveValue(),
            people,
            {row: max(0.0, -duals[n]) for row, n in self.rows.items()},
        )

    def ranked(self) -> list[tuple[float, int]]:
        """Each column by how much of it the fractional plan takes, then by how little it costs at the prices:
        the best last."""
        self.solver.run()
        found = self.solver.getSolution()
        rows = zip(list(found.col_value), list(found.col_dual), strict=True)
        return sorted((value - reduced / 1e6, n) for n, (value, reduced) in enumerate(rows))

    def whole(
        self, hint: Iterable[tuple[int, PatientWeek]], gap: float, seconds: float
    ) -> dict[int, PatientWeek]:
        """The cheapest whole plan of these columns found in that time, never dearer than the hint.

        `gap`: points the hint is above the bound; no column of a larger reduced cost is in a better plan.
        """
        self.solver.run()
        duals = list(self.solver.getSolution().col_dual)
        chosen = {self.known[pk, week] for pk, week in hint}
        for n, reduced in enumerate(duals):
            if reduced > gap and n not in chosen:
                self.solver.changeColBounds(n, 0.0, 0.0)
            self.solver.changeColIntegrality(n, highspy.HighsVarType.kInteger)
        start = highspy.HighsSolution()
        start.col_value = [float(n in chosen) for n in range(len(self.columns))]
        self.solver.setSolution(start)
        # Presolve and a start do not go together in HiGHS 1.16: it takes what presolve fixed for saved.
        self.solver.setOptionValue("presolve", "off")
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + seconds)
        self.solver.setOptionValue("mip_rel_gap", 1e-4)
        self.solver.run()
        values = list(self.solver.getSolution().col_value)
        picked = (self.columns[n] for n, value in enumerate(values) if value > 0.5)
        return {pk: week for pk, week, _ in picked}
