"""What to open next for a whole clinic: an hour of a clinician, a seat, an office; and what it would bring.

Priced by the bound, or counted in the fixes of those who lack something (planner notes 4.3). Either way it is
tried: opened, and a week searched again for everyone whose prescription is not met.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from scheduling.planner.admitting import admit
from scheduling.planner.changes import Change, Fix, Limit
from scheduling.planner.prices import Row
from scheduling.planner.problem import DAYS, TICK, Clinician, Office, PatientWeek, Problem, Week, ticks
from scheduling.planner.proposals import unmet_of

HOUR = 60
WORTH = 25.0  # points; for less nothing is opened
MOST, TRIED, HELPED = 5, 10, 20  # openings told, openings tried, people tried for each
What = Literal["hour", "seat", "office"]
Key = tuple[What, frozenset[str], int, str]


@dataclass(frozen=True, slots=True)
class Opening:
    """`number`: the section of a seat; of an hour the clinician whom one more like them would join.

    `points`: the week would cost at most so much less. `named`: it is in the fixes of so many people.
    `people`: so many more reach their whole prescription when it is tried.
    """

    what: What
    number: int
    day: int
    starts: int
    ends: int
    points: float = 0.0
    named: int = 0
    people: int = 0


def bottlenecks(problem: Problem, points: Mapping[Row, float]) -> list[Opening]:
    """Dearest first, of each kind of thing, day and part of the day the dearest; `points` are a bound's."""
    found = [*_seats(problem, points), *_hours(problem, points)]
    found.sort(key=lambda one: (-one.points, one.what, one.day, one.starts, one.number))
    first: dict[Key, Opening] = {}
    for one in found:
        first.setdefault(_key(problem, one), one)
    return list(first.values())


def _seats(problem: Problem, points: Mapping[Row, float]) -> Iterator[Opening]:
    for (what, number, _, _), price in points.items():
        if what == "section" and price > WORTH:
            one = problem.by_section[number]
            yield Opening("seat", number, one.day, one.starts, one.ends, price)


def _hours(problem: Problem, points: Mapping[Row, float]) -> Iterator[Opening]:
    """The dearest hour of each clinician and of the offices in each part of a day."""
    rows: dict[tuple[What, int, int], dict[int, float]] = {}
    for (row, number, day, tick), price in points.items():
        if row != "section" and price > 0:
            what: What = "hour" if row == "clinician" else "office"
            rows.setdefault((what, number, day), {})[tick * TICK] = price
    for (what, number, day), prices in rows.items():
        best: dict[str, Opening] = {}
        for starts in _starts(problem, prices):
            total = sum(prices.get(starts + more, 0.0) for more in range(0, HOUR, problem.starts_every))
            one = Opening(what, number, day, starts, starts + HOUR, total)
            known = best.get(part_of(starts))
            if total > WORTH and (known is None or _rank(problem, one) > _rank(problem, known)):
                best[part_of(starts)] = one
        yield from best.values()


def _starts(problem: Problem, prices: Iterable[int]) -> list[int]:
    """Where an hour may begin that holds some of these minutes."""
    steps = range(0, HOUR, problem.starts_every)
    return sorted({minute - step for minute in prices for step in steps if minute >= step})


def _rank(problem: Problem, one: Opening) -> tuple[float, int]:
    """Dearer, then within the hours at which they are there anyway."""
    if one.what == "hour":
        free = problem.by_clinician[one.number].free[one.day]
    else:
        free = max((it.free[one.day] for it in problem.offices), default=0)
    return round(one.points, 6), (free & ticks(one.starts, one.ends)).bit_count()


def counted(problem: Problem, fixes: Iterable[Fix]) -> list[Opening]:
    """What is in the fixes of most people first; for a kind of thing, day and part of the day it names the
    one that is in most."""
    people: dict[Key, set[int]] = {}
    often: dict[Key, Counter[Opening]] = {}
    for fix in fixes:
        for one in _in(problem, fix):
            key = _key(problem, one)
            people.setdefault(key, set()).add(fix.patient)
            often.setdefault(key, Counter())[one] += 1
    found = []
    for key, theirs in people.items():
        best = min(often[key], key=lambda one: (-often[key][one], one.starts, one.number))
        found.append(replace(best, named=len(theirs)))
    return sorted(found, key=lambda one: (-one.named, one.what, one.day, one.starts, one.number))


def _in(problem: Problem, fix: Fix) -> Iterator[Opening]:
    for one in fix.changes:
        if one.limit == Limit.SEAT:
            section = problem.by_section[one.section or 0]
            yield Opening("seat", section.id, section.day, section.starts, section.ends)
        elif one.limit in (Limit.CLINICIAN, Limit.OFFICE):
            starts, ends = _visit_time(fix.week, one)
            what: What = "hour" if one.limit == Limit.CLINICIAN else "office"
            yield Opening(what, one.clinician or 0, one.day or 0, starts, max(ends, starts + HOUR))


def _visit_time(week: PatientWeek, change: Change) -> tuple[int, int]:
    """When the whole visit is for which a part of an hour gives way."""
    starts, ends = change.starts or 0, change.ends or 0
    for one in week.appointments:
        theirs = change.clinician in (None, abs(one.clinician))
        if theirs and one.day == change.day and one.starts < ends and starts < one.ends:
            return one.starts, one.ends
    return starts, ends


def _key(problem: Problem, one: Opening) -> Key:
    kinds = problem.by_clinician[one.number].kinds if one.what == "hour" else frozenset[str]()
    return one.what, kinds, one.day, part_of(one.starts)


def part_of(minute: int) -> str:
    return "morning" if minute < 12 * 60 else "afternoon" if minute < 17 * 60 else "evening"


def opened(problem: Problem, one: Opening) -> Problem:
    """The problem with it: a seat more; or at that hour an office, or one more clinician like that one."""
    if one.what == "seat":
        more = (replace(it, seats=it.seats + (it.id == one.number)) for it in problem.sections)
        return replace(problem, sections=tuple(more))
    free = tuple(ticks(one.starts, one.ends) if day == one.day else 0 for day in range(DAYS))
    if one.what == "office":
        number = max((it.id for it in problem.offices), default=0) + 1
        return replace(problem, offices=(*problem.offices, Office(number, free)))
    like, number = problem.by_clinician[one.number], max(it.id for it in problem.clinicians) + 1
    joined = Clinician(number, like.kinds, free, like.states)
    return replace(problem, clinicians=(*problem.clinicians, joined))


def tried(problem: Problem, week: Week, found: Iterable[Opening]) -> list[Opening]:
    """Of the first few those with which most people more than without reach their whole prescription, in
    the order given where that is the same."""
    without = _reached(problem, week)
    some = [
        replace(one, people=max(0, _reached(opened(problem, one), week) - without))
        for one in islice(found, TRIED)
    ]
    return sorted(some, key=lambda one: -one.people)[:MOST]


def _reached(problem: Problem, week: Week) -> int:
    """Of those whose prescription is not met, the heaviest first, how many a few moves of others help."""
    now, reached = dict(week), 0
    lacking = [one for one in problem.patients if unmet_of(problem, one, week[one.id])]
    for patient in sorted(lacking, key=lambda one: (-one.weight, one.id))[:HELPED]:
        best = admit(problem, now, patient, alternatives=0)[0]
        if not best.marks.unmet:
            now |= {pk: then for pk, (_, then) in best.moved.items()} | {patient.id: best.week}
            reached += 1
    return reached
