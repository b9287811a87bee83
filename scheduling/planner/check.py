"""The independent checker: every hard rule of a planned week, asked of the plan and nothing else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from scheduling.planner.cost import Item, by_day, items_of, minutes_of
from scheduling.planner.problem import NOTHING, Appointment, Mode, Patient, PatientWeek, Problem, Week


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    patient: int | None
    about: int | None = None


def check(problem: Problem, week: Week) -> list[Violation]:
    """Every hard rule this week breaks, of people first, then of what they share."""
    found = [
        one
        for patient in problem.patients
        for one in _person(problem, patient, week.get(patient.id, NOTHING))
    ]
    return found + list(_shared(problem, week))


def _person(problem: Problem, patient: Patient, mine: PatientWeek) -> Iterator[Violation]:
    kept = patient.kept
    if not kept.sections <= mine.sections or not set(kept.appointments) <= set(mine.appointments):
        yield Violation("kept", patient.id)
    for pk in mine.sections - kept.sections:
        yield from _section(problem, patient, pk)
    for one in mine.appointments:
        if one not in kept.appointments:
            yield from _appointment(problem, patient, one)
    once = Counter(problem.by_section[pk].topic for pk in mine.sections if problem.by_section[pk].once)
    if any(count > 1 for count in once.values()):
        yield Violation("topic twice", patient.id)
    if any(count > 1 for count in Counter(one.kind for one in mine.appointments).values()):
        yield Violation("kind twice", patient.id)
    yield from _days(problem, patient, mine)


def _section(problem: Problem, patient: Patient, pk: int) -> Iterator[Violation]:
    one = problem.by_section[pk]
    if one.track not in patient.tracks:
        yield Violation("track", patient.id, pk)
    if one.mode not in patient.modes:
        yield Violation("mode", patient.id, pk)
    if one.mode == Mode.VIDEO and patient.state not in one.states:
        yield Violation("license", patient.id, pk)
    if one.mask & ~patient.free[one.day]:
        yield Violation("unavailable", patient.id, pk)


def _appointment(problem: Problem, patient: Patient, one: Appointment) -> Iterator[Violation]:
    due = next((due for due in patient.due if due.kind == one.kind), None)
    clinician = problem.by_clinician[one.clinician]
    if due is None or due.minutes != one.ends - one.starts:
        yield Violation("not due", patient.id, one.clinician)
    if one.kind not in clinician.kinds:
        yield Violation("credential", patient.id, one.clinician)
    if one.mode not in patient.modes:
        yield Violation("mode", patient.id, one.clinician)
    if one.mode == Mode.VIDEO and patient.state not in clinician.states:
        yield Violation("license", patient.id, one.clinician)
    if one.mask & ~patient.free[one.day]:
        yield Violation("unavailable", patient.id, one.clinician)
    if one.starts % problem.starts_every:
        yield Violation("start", patient.id, one.clinician)


def _days(problem: Problem, patient: Patient, mine: PatientWeek) -> Iterator[Violation]:
    days = by_day(items_of(problem, patient, mine))
    modes: dict[int, set[str]] = {}
    for pk in mine.sections:
        modes.setdefault(problem.by_section[pk].day, set()).add(problem.by_section[pk].mode)
    for one in mine.appointments:
        modes.setdefault(one.day, set()).add(one.mode)
    for day, items in days.items():
        if all(item.is_kept for item in items):
            continue
        pairs = list(pairwise(items))
        minutes, services = sum(item.minutes for item in items), sum(item.counts for item in items)
        if any(after.starts < before.ends for before, after in pairs):
            yield Violation("two places", patient.id, day)
        if any(
            after.starts - before.ends > problem.most_idle and not (before.is_kept and after.is_kept)
            for before, after in pairs
        ):
            yield Violation("gap", patient.id, day)
        if len(modes[day]) > 1 and any(not item.is_kept for item in items):
            yield Violation("two modes", patient.id, day)
        if minutes > problem.most_day_minutes:
            yield Violation("long day", patient.id, day)
        if services and (minutes < patient.rule.minutes or services < patient.rule.services):
            yield Violation("day rule", patient.id, day)
    kept = by_day(items_of(problem, patient, patient.kept))
    most_days = max(patient.most_days, patient.credit_days + _attended(kept))
    if patient.credit_days + _attended(days) > most_days:
        yield Violation("days", patient.id)
    most = max(patient.goal_minutes + problem.most_over, minutes_of(problem, patient, patient.kept))
    if minutes_of(problem, patient, mine) > most:
        yield Violation("over", patient.id)


def _attended(days: dict[int, list[Item]]) -> int:
    return sum(any(item.counts for item in day) for day in days.values())


def _shared(problem: Problem, week: Week) -> Iterator[Violation]:
    people: dict[int, set[int]] = {}
    for pk, mine in week.items():
        for section in mine.sections:
            people.setdefault(section, set()).add(pk)
    for section, there in people.items():
        if len(there) > problem.by_section[section].seats:
            yield Violation("seats", None, section)
        for patient in problem.patients:
            if patient.id in there and patient.apart & there:
                yield Violation("apart", patient.id, section)
    for name in ("clinician", "office"):
        yield from _clashes(problem, week, name)


def _clashes(problem: Problem, week: Week, name: str) -> Iterator[Violation]:
    """Nobody and no office has two at once, or any outside its free time."""
    rows = problem.clinicians if name == "clinician" else problem.offices
    free = {one.id: one.free for one in rows}
    taken: dict[tuple[int, int], int] = {}
    for pk, mine in week.items():
        for one in mine.appointments:
            number = getattr(one, name)
            if number is None:
                continue
            before = taken.get((number, one.day), 0)
            if one.mask & before or one.mask & ~free[number][one.day]:
                yield Violation(f"{name} busy", pk, number)
            taken[number, one.day] = before | one.mask
