"""The changes that a week found where rules give way really needs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from scheduling.planner.changes import Change, Limit
from scheduling.planner.cost import Item, by_day, items_of
from scheduling.planner.left import Left
from scheduling.planner.problem import DAYS, TICK, Appointment, Mode, Patient, PatientWeek, Problem, Section

NEAR = 30  # minutes between two stretches of time that are asked for as one


def needed(problem: Problem, patient: Patient, left: Left, week: PatientWeek) -> tuple[Change, ...]:
    """Each once. `problem`, `patient` and `left` are as things are; `week` is what could be."""
    kept = patient.kept
    fresh = [one for one in week.appointments if one not in kept.appointments]
    changes = list(_time(problem, patient, week))
    for pk in sorted(week.sections - kept.sections):
        changes += _for_section(problem, patient, left, pk)
    for one in fresh:
        changes += _for_session(problem, patient, one)
    changes += _for_days(problem, patient, week)
    once = Counter(problem.by_section[pk].topic for pk in week.sections if problem.by_section[pk].once)
    changes += [Change(Limit.TOPIC, topic=topic) for topic, count in sorted(once.items()) if count > 1]
    return tuple(dict.fromkeys(changes))


def _time(problem: Problem, patient: Patient, week: PatientWeek) -> Iterator[Change]:
    """When the person would have to be free, as stretches of whole sessions."""
    things: list[Section | Appointment] = [
        problem.by_section[pk] for pk in week.sections - patient.kept.sections
    ]
    things += [one for one in week.appointments if one not in patient.kept.appointments]
    for day in range(DAYS):
        beyond = 0
        for one in things:
            beyond |= one.mask & ~patient.free[day] if one.day == day else 0
        for starts, ends in _stretches(beyond):
            yield Change(Limit.OWN_TIME, day=day, starts=starts, ends=ends)


def _stretches(mask: int) -> Iterator[tuple[int, int]]:
    starts = ends = None
    tick = 0
    while mask >> tick:
        if mask >> tick & 1:
            if ends is not None and starts is not None and tick * TICK - ends > NEAR:
                yield starts, ends
                starts = None
            starts = tick * TICK if starts is None else starts
            ends = tick * TICK + TICK
        tick += 1
    if starts is not None and ends is not None:
        yield starts, ends


def _for_section(problem: Problem, patient: Patient, left: Left, pk: int) -> Iterator[Change]:
    one = problem.by_section[pk]
    if left.seats[pk] < 1:
        yield Change(Limit.SEAT, section=pk)
    if one.mode not in patient.modes:
        yield Change(Limit.MODE, mode=one.mode)
    if one.track not in patient.tracks:
        yield Change(Limit.TRACK, track=one.track)
    if one.mode == Mode.VIDEO and patient.state not in one.states:
        yield Change(Limit.LICENSE, section=pk, state=patient.state)


def _for_session(problem: Problem, patient: Patient, one: Appointment) -> Iterator[Change]:
    own = problem.by_clinician[abs(one.clinician)]
    hour = Change(Limit.OFFICE, day=one.day, starts=one.starts, ends=one.ends)
    if one.kind not in own.kinds:
        yield Change(Limit.STAFF, clinician=own.id, session=one.kind)
    if one.mode not in patient.modes:
        yield Change(Limit.MODE, mode=one.mode)
    if one.mode == Mode.VIDEO and patient.state not in own.states:
        yield Change(Limit.LICENSE, clinician=own.id, state=patient.state)
    if one.clinician < 0:
        yield replace(hour, limit=Limit.CLINICIAN, clinician=own.id, is_booked=True)
    elif one.mask & ~own.free[one.day]:
        beyond = list(_stretches(one.mask & ~own.free[one.day]))
        yield Change(Limit.CLINICIAN, day=one.day, starts=beyond[0][0], ends=beyond[-1][1], clinician=own.id)
    if one.office == 0:
        yield hour


def _for_days(problem: Problem, patient: Patient, week: PatientWeek) -> Iterator[Change]:
    days = by_day(items_of(problem, patient, week))
    kept = by_day(items_of(problem, patient, patient.kept))
    most = max(patient.most_days, patient.credit_days + _attended(kept))
    attended = patient.credit_days + _attended(days)
    if attended > most:
        yield Change(Limit.MOST_DAYS, amount=attended, was=most)
    if attended < patient.least_days:
        yield Change(Limit.LEAST_DAYS, amount=attended, was=patient.least_days)
    for items in days.values():
        minutes, services = sum(item.minutes for item in items), sum(item.counts for item in items)
        under = minutes < patient.rule.minutes or services < patient.rule.services
        if services and under and not all(item.is_kept for item in items):
            yield Change(Limit.DAY_RULE)


def _attended(days: dict[int, list[Item]]) -> int:
    return sum(any(item.counts for item in day) for day in days.values())
