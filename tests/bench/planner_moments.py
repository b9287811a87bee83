"""`make bench ARGS=moments`: how long someone waits for the planner, on full weeks of 30, 100, 300 people.

Search alone, no page and no query. Milliseconds on the clock and of the processor, as others may use the
machine too; targets are of the clock on a quiet one (planner notes 5.3).
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from scheduling.planner.admitting import admit
from scheduling.planner.explaining import Explanation, explain
from scheduling.planner.making_up import make_up
from scheduling.planner.problem import DAYS, Patient, PatientWeek, Problem, Week
from scheduling.planner.proposals import Proposal, unmet_of
from scheduling.planner.repairing import Absent, Repaired, repair
from scheduling.planner.week import Planning

SIZES = {30: 4.0, 100: 10.0, 300: 25.0}  # people: processor seconds spent on their week
NEWCOMERS, ASKED = 60, 40
TARGETS = {"admission": 50, "with moves": 100, "make-up": 50, "sick day": 150, "explanation": 500}
T = TypeVar("T")
Timed = tuple[float, float, T]  # milliseconds on the clock, of the processor; the answer


def main() -> None:
    from tests.bench.clinics import clinic

    for size, seconds in SIZES.items():
        moments(clinic(size, 1), clinic(size + NEWCOMERS, 2), seconds)


def moments(problem: Problem, others: Problem, seconds: float) -> None:
    """Each moment of a clinic's day on its planned week; who comes new is taken from another clinic."""
    planning, begun = Planning(problem, 1), time.process_time()
    planning.improve(10**9, lambda _: time.process_time() - begun < seconds)
    week = dict(planning.week)
    new = [replace(one, id=10**6 + n, primary=None) for n, one in enumerate(others.patients[:NEWCOMERS])]
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\n{len(problem.patients)} people, load {load}")
    print(f"{'':14} {'of':>4} {'p50':>7} {'p95':>7} {'max':>7} {'cpu p50':>8} {'cpu p95':>8} {'target':>7}")
    plain = _row("admission", [timed(lambda one=one: admit(problem, week, one, moves=0)) for one in new])
    moved = _row("with moves", [timed(lambda one=one: admit(problem, week, one)) for one in new])
    ways = _row("make-up", list(_make_ups(problem, week)))
    _row("sick day", list(_sick_days(problem, week)))
    short = [one for one, found in zip(new, plain, strict=True) if found[0].marks.unmet]
    reasons = _row("explanation", list(_explanations(problem, week, short)))
    _quality(len(short), moved, ways, reasons)


def _quality(
    short: int, moved: list[list[Proposal]], ways: list[list[Proposal]], reasons: list[Explanation]
) -> None:
    rescued = [len(one[0].moved) for one in moved if one[0].moved]
    still = sum(bool(one[0].marks.unmet) for one in moved)
    each = statistics.mean(rescued) if rescued else 0.0
    print(f"not fully served: {short} plain, {still} with moves; {each:.1f} others move for each helped")
    back = sum(bool(one and not one[0].marks.unmet) for one in ways)
    print(f"back to full hours the same week: {back} of {len(ways)}")
    own = sum(one.cause == "own" for one in reasons)
    fixed = sum(bool(one.fixes) for one in reasons)
    print(f"explained: {len(reasons)}, {own} of them impossible even alone; with a fix: {fixed}")


def timed(ask: Callable[[], T]) -> Timed[T]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = ask()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000, found


def _row(name: str, asked: list[Timed[T]]) -> list[T]:
    if len(asked) > 1:
        wall, cpu = sorted(one[0] for one in asked), sorted(one[1] for one in asked)
        at = max(0, round(0.95 * len(asked)) - 1)
        figures = f"{statistics.median(wall):7.1f} {wall[at]:7.1f} {wall[-1]:7.1f}"
        figures += f" {statistics.median(cpu):8.1f} {cpu[at]:8.1f} {TARGETS[name]:7}"
        print(f"{name:14} {len(asked):4} {figures}")
    return [one[2] for one in asked]


def _make_ups(problem: Problem, week: Week) -> Iterator[Timed[list[Proposal]]]:
    """Each missed the first of their days; the days to come are still there."""
    for one in problem.patients[:NEWCOMERS]:
        mine = week[one.id]
        days = {problem.by_section[pk].day for pk in mine.sections} | {a.day for a in mine.appointments}
        if days:
            gone = min(days)
            sections = frozenset(pk for pk in mine.sections if problem.by_section[pk].day != gone)
            kept = PatientWeek(sections, tuple(a for a in mine.appointments if a.day != gone))
            free = tuple(one.free[day] if day > gone else 0 for day in range(DAYS))
            other = _with(problem, replace(one, kept=kept, free=free))
            yield timed(lambda pk=one.id, other=other, kept=kept: make_up(other, {**week, pk: kept}, pk))


def _sick_days(problem: Problem, week: Week) -> Iterator[Timed[Repaired]]:
    """Each clinician away on the day on which most people see them."""
    for one in problem.clinicians:
        seen = [a.day for mine in week.values() for a in mine.appointments if a.clinician == one.id]
        if seen:
            day = max(range(DAYS), key=seen.count)
            yield timed(lambda pk=one.id, day=day: repair(problem, week, [Absent(pk, (day,))]))


def _explanations(
    problem: Problem, week: Week, new: list[Patient]
) -> Iterator[tuple[float, float, Explanation]]:
    """Those whose week lacks something, and those who could not be admitted to a whole one."""
    short = [one for one in problem.patients if unmet_of(problem, one, week[one.id])]
    for one in [*short, *new][:ASKED]:
        other = _with(problem, one)
        yield timed(lambda pk=one.id, other=other: explain(other, week, pk))


def _with(problem: Problem, patient: Patient) -> Problem:
    others = (one for one in problem.patients if one.id != patient.id)
    return replace(problem, patients=(*others, patient))
