"""One-to-one sessions in a row: inside a gap of a day, before its first section, after its last, or alone.

For every set of kinds the cheapest row, with its waiting time and the wishes about the day's begin and end.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scheduling.planner.cost import wish_points
from scheduling.planner.options import Option
from scheduling.planner.problem import Patient, Problem


@dataclass(frozen=True, slots=True)
class Fill:
    """`kinds` are bits; minutes and services are those that count."""

    kinds: int
    cost: float
    minutes: int
    services: int
    what: tuple[Option, ...]


NOTHING = Fill(0, 0.0, 0, 0, ())
Labels = dict[tuple[int, int], tuple[float, tuple[Option, ...]]]


def fill(
    problem: Problem,
    patient: Patient,
    begins: int | None,
    ends: int | None,
    options: Iterable[Option],
    *,
    may_gape: bool = False,
) -> list[Fill]:
    """Rows between two minutes of the day; None is the open end of the day.

    `may_gape`: both sides are kept, so that a long gap between them may stay. With both ends open the day
    holds nothing else, and the empty row is left out.
    """
    idle, most = problem.weights.idle_minute, problem.most_idle
    best: dict[int, Fill] = {}
    for (kinds, at), (cost, what) in _rows(problem, patient, begins, ends, options).items():
        if ends is not None and at >= 0:
            if ends - at > most and not (may_gape and not what):
                continue
            cost += (ends - at) * idle
        cost += _wishes(problem, patient, begins, ends, what)
        if kinds not in best or cost < best[kinds].cost:
            best[kinds] = _filled(patient, kinds, cost, what)
    return list(best.values())


def _rows(
    problem: Problem, patient: Patient, begins: int | None, ends: int | None, options: Iterable[Option]
) -> Labels:
    """By kinds and end, the cheapest row. The empty one ends at -1 where the day begins with what follows."""
    idle, most = problem.weights.idle_minute, problem.most_idle
    reach = most + sum(due.minutes + most for due in patient.due)
    earliest = begins if begins is not None else ends - reach if ends is not None else 0
    latest = ends if ends is not None else begins + reach if begins is not None else 24 * 60
    done: Labels = {(0, -1): (0.0, ())} if begins is None and ends is not None else {}
    labels: Labels = {(0, begins): (0.0, ())} if begins is not None else {}
    now = -1
    for one in options:
        if one.starts < earliest or one.ends > latest:
            continue
        if one.starts > now:  # what came too long ago is not gone on from
            now = one.starts
            for old in [key for key in labels if key[1] + most < now]:
                done[old] = labels.pop(old)
        fresh: Labels = {(one.kind, one.ends): (one.cost, (one,))} if begins is None else {}
        for (kinds, at), (cost, what) in labels.items():
            if not kinds & one.kind and at <= now:
                total = cost + (now - at) * idle + one.cost
                key = kinds | one.kind, one.ends
                if key not in fresh or total < fresh[key][0]:
                    fresh[key] = total, (*what, one)
        for key, label in fresh.items():
            if key not in labels or label[0] < labels[key][0]:
                labels[key] = label
    return done | labels


def _wishes(
    problem: Problem, patient: Patient, begins: int | None, ends: int | None, what: tuple[Option, ...]
) -> float:
    """At an open end, the day begins or ends here."""
    points = 0.0
    if begins is None:
        first = what[0].starts if what else ends
        points += wish_points(problem, patient, first, None)
    if ends is None:
        points += wish_points(problem, patient, None, what[-1].ends if what else begins)
    return points


def _filled(patient: Patient, kinds: int, cost: float, what: tuple[Option, ...]) -> Fill:
    counted = [due for due in patient.due if due.counts and kinds & patient.bit_of(due.kind)]
    return Fill(kinds, cost, sum(due.minutes for due in counted), len(counted), what)


def joined(before: Iterable[Fill], after: Iterable[Fill]) -> list[Fill]:
    """Both, for every set of kinds at its cheapest; no kind twice."""
    rows, best = list(after), dict[int, Fill]()
    if before == [NOTHING]:
        return rows
    for one in before:
        for other in rows:
            kinds, cost = one.kinds | other.kinds, one.cost + other.cost
            if one.kinds & other.kinds or (kinds in best and best[kinds].cost <= cost):
                continue
            minutes, services = one.minutes + other.minutes, one.services + other.services
            best[kinds] = Fill(kinds, cost, minutes, services, one.what + other.what)
    return list(best.values())
