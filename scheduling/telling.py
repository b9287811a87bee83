"""Of a planned week: why people lack something, and what to open next. Worked out beside the plan.

Both are kept as numbers; the words are made when a person reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from scheduling.planner.bound import Bounded
from scheduling.planner.changes import Change, Limit
from scheduling.planner.explaining import Explanation, explain
from scheduling.planner.opening import Opening, bottlenecks, counted, tried
from scheduling.planner.problem import Mode, Problem, Week
from scheduling.planner.proposals import unmet_of

_PLAIN = {name: value for name, value in asdict(Change(Limit.SEAT)).items() if name != "limit"}


def explained(
    problem: Problem, week: Week, from_day: int, go_on: Callable[[], bool]
) -> dict[int, Explanation]:
    """Of everyone whose prescription is not met, who lacks most minutes first, until told to stop."""
    lacks = {one.id: unmet_of(problem, one, week[one.id]) for one in problem.patients}
    found: dict[int, Explanation] = {}
    for pk in sorted((pk for pk, unmet in lacks.items() if unmet), key=lambda pk: (-lacks[pk].minutes, pk)):
        if not go_on():
            break
        found[pk] = explain(problem, week, pk, from_day=from_day)
    return found


def to_open(
    problem: Problem, week: Week, bounded: Bounded | None, told: Mapping[int, Explanation]
) -> list[Opening]:
    """By the prices of the bound where it was nearly met; else by how many people's fixes name it."""
    if bounded is not None and bounded.is_near:
        return tried(problem, week, bottlenecks(problem, bounded.points))
    return tried(problem, week, counted(problem, [fix for one in told.values() for fix in one.fixes]))


def told_as_ids(told: Mapping[int, Explanation]) -> dict[str, Any]:
    """As JSON keeps them: the cause, the conflict, and of each fix its changes, short."""
    return {
        str(pk): {
            "cause": one.cause,
            "conflict": list(one.conflict),
            "fixes": [[_written(change) for change in fix.changes] for fix in one.fixes],
        }
        for pk, one in told.items()
    }


def _written(change: Change) -> dict[str, Any]:
    return {name: value for name, value in asdict(change).items() if _PLAIN.get(name, "") != value}


def fixes_from_ids(fixes: list[list[dict[str, Any]]]) -> list[tuple[Change, ...]]:
    return [tuple(_read(one) for one in changes) for changes in fixes]


def _read(written: dict[str, Any]) -> Change:
    mode = {"mode": Mode(written["mode"])} if "mode" in written else {}
    return Change(**(written | {"limit": Limit(written["limit"])} | mode))


def openings_as_ids(found: list[Opening]) -> list[dict[str, Any]]:
    return [asdict(one) | {"points": round(one.points, 1)} for one in found]


def openings_from_ids(written: list[dict[str, Any]]) -> list[Opening]:
    return [Opening(**one) for one in written]
