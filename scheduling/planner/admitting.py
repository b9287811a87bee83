"""A week for someone new: the best one, real alternatives, and what a few moved people would make of it."""

from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, islice

from scheduling.planner.left import Left
from scheduling.planner.options import Prices
from scheduling.planner.problem import DAYS, TICK, TICKS, Appointment, Patient, Problem, Section, Week
from scheduling.planner.proposals import WITH_A_THERAPIST, Proposal, left_without, propose
from scheduling.planner.search import Found, Search
from scheduling.planner.swapping import with_moves

NOON, EVENING = 12 * 60 + 30, 16 * 60 + 30
WORTH = 60.0  # points by which other weekdays may be less comfortable
AVOIDED = 200.0  # points for each thing an alternative should do without; less than anything prescribed
Shape = tuple[tuple[int, ...], frozenset[str], frozenset[int]]


def admit(
    problem: Problem, week: Week, patient: Patient, *, alternatives: int = 2, moves: int = 3
) -> list[Proposal]:
    """The best week of someone first, then up to `alternatives` others that differ in their weekdays, their
    part of the day or the therapist.

    `week` is what everyone else has. Where the best alone leaves something unmet, up to `moves` others may
    move for it; they are in `moved` and lose nothing.
    """
    left, search = left_without(problem, week, patient), Search(problem, patient)
    weekdays = search.weekdays_in_turn(left, within=WORTH)
    best = propose(problem, patient, next(weekdays).week)
    chosen = [best]
    if moves and best.marks.unmet:
        rescued = with_moves(problem, week, search, left, best, moves)
        chosen = [best] if rescued is None else [rescued, best]
    for one in _others(problem, search, left, best, weekdays):
        if len(chosen) > alternatives:
            break
        if not any(_is_like(problem, one, other) for other in chosen):
            chosen.append(one)
    first, *others = chosen[: alternatives + 1]
    return [first, *sorted(others, key=lambda one: one.cost.total)]


def _others(
    problem: Problem, search: Search, left: Left, best: Proposal, weekdays: Iterator[Found]
) -> Iterator[Proposal]:
    """Other weekdays, another part of the day, another therapist, then more weekdays; each the best of its
    kind, and none that covers less than the best of all."""
    for one in chain(
        islice(weekdays, 1),
        (search.best(left, prices) for prices in _avoiding(problem, best)),
        weekdays,
    ):
        other = propose(problem, search.patient, one.week)
        if other.cost.coverage <= best.cost.coverage + 1e-6:
            yield other


def _avoiding(problem: Problem, best: Proposal) -> Iterator[Prices]:
    """Prices that lead away from the part of the day the best week keeps to, and from its therapists."""
    parts = [part for part in _parts(problem, best) if part]
    part = max(sorted(set(parts)), key=parts.count, default=None)
    if part is not None:
        seats = {one.id: AVOIDED for one in problem.sections if _part(one.starts, one.ends) == part}
        row = [AVOIDED / 10 * (_part(tick * TICK, tick * TICK) == part) for tick in range(TICKS)]
        yield _prices(seats, row, (one.id for one in problem.clinicians))
    therapists = _therapists(best.week.appointments)
    if therapists and not best.marks.with_primary:
        yield _prices({}, [AVOIDED / 10] * TICKS, therapists)


def _prices(seats: dict[int, float], row: list[float], clinicians: Iterable[int]) -> Prices:
    sums = [0.0, *accumulate(row)]
    return Prices(seats, {(pk, day): sums for pk in clinicians for day in range(DAYS)}, {})


def _part(starts: int, ends: int) -> str:
    middle = (starts + ends) / 2
    return "morning" if middle < NOON else "afternoon" if middle < EVENING else "evening"


def _parts(problem: Problem, one: Proposal) -> list[str]:
    things: list[Section | Appointment] = [problem.by_section[pk] for pk in one.week.sections]
    things += one.week.appointments
    return [_part(thing.starts, thing.ends) for thing in things]


def _therapists(appointments: Iterable[Appointment]) -> frozenset[int]:
    return frozenset(one.clinician for one in appointments if one.kind in WITH_A_THERAPIST)


def _shape(problem: Problem, one: Proposal) -> Shape:
    return one.marks.days, frozenset(_parts(problem, one)), _therapists(one.week.appointments)


def _is_like(problem: Problem, one: Proposal, other: Proposal) -> bool:
    """No real alternative: the same shape, or only more days of it."""
    (days, parts, seen), (other_days, other_parts, other_seen) = _shape(problem, one), _shape(problem, other)
    return set(other_days) <= set(days) and parts == other_parts and seen == other_seen
