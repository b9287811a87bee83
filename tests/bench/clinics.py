"""Synthetic clinics for the planner: seeded, any size, with the shortages that real ones have.

Sizes, shares of lives, modes and payers' rules follow the planner notes, section 2. Nobody in them exists.
"""

import random
from dataclasses import replace

from scheduling.planner.problem import (
    DAYS,
    Clinician,
    DayRule,
    Due,
    Mode,
    Office,
    Patient,
    Problem,
    Section,
    free_except,
    ticks,
)
from tests.bench.first_fit import first_fit
from tests.bench.timetables import timetable

OPEN = ticks(8 * 60, 21 * 60)
ADULT, SUBSTANCES, TEEN = 10, 20, 30
NEW, TRIES = 0.1, 2


def clinic(size: int, seed: int, fill: float = 0.85) -> Problem:
    """A week of a clinic with `size` active patients; `fill` is the share of seats they need."""
    rng = random.Random(f"{size}/{seed}/{fill}")
    patients = [_patient(rng, pk) for pk in range(1, size + 1)]
    clinicians = _clinicians(rng, size)
    sections, clinicians = timetable(rng, patients, clinicians, fill)
    patients = [_admissible(rng, one, sections) for one in patients]
    there = max(2, round(len(clinicians) * 0.6))
    offices = tuple(Office(n, _workdays(OPEN)) for n in range(1, there + 1))
    before = Problem(
        tuple(sections),
        tuple(clinicians),
        offices,
        _with_primaries(rng, patients, clinicians),
        starts_every=30,
    )
    return replace(before, patients=tuple(_a_week_later(rng, before)))


def _admissible(rng: random.Random, one: Patient, sections: list[Section]) -> Patient:
    """A clinic mostly admits whom its groups can serve: another life is drawn for who could not come."""
    for _ in range(TRIES):
        if could_come(one, sections):
            return one
        other = _patient(rng, one.id, line=min(one.tracks))
        one = replace(one, free=other.free, modes=other.modes, state=other.state)
    return one


def could_come(one: Patient, sections: list[Section]) -> bool:
    """Whether the groups someone could come to would make the hours, a long day being one of five hours."""
    days: dict[tuple[int, Mode], int] = {}
    core = False
    for section in sections:
        if (
            section.track in one.tracks
            and section.mode in one.modes
            and not section.mask & ~one.free[section.day]
        ):
            if section.mode == Mode.VIDEO and one.state not in section.states:
                continue
            key = section.day, section.mode
            days[key] = days.get(key, 0) + section.minutes
            core = core or section.topic == one.core
    best = [max(days.get((day, mode), 0) for mode in Mode) for day in range(DAYS)]
    enough = [minutes for minutes in best if minutes >= max(one.rule.minutes, 60 * one.rule.services - 30)]
    return core and len(enough) >= one.least_days and sum(min(300, it) for it in enough) >= one.goal_minutes


def _with_primaries(
    rng: random.Random, patients: list[Patient], clinicians: list[Clinician]
) -> tuple[Patient, ...]:
    therapists = [one for one in clinicians if "individual" in one.kinds]
    given = []
    for n, one in enumerate(patients):
        pool = [
            other
            for other in therapists
            if (Mode.IN_PERSON in one.modes or one.state in other.states)
            and any(one.free[day] & other.free[day] for day in range(DAYS))
        ]
        pool = pool or therapists
        new = rng.random() < NEW
        given.append(replace(one, primary=None if new else pool[n % len(pool)].id))
    return tuple(given)


def _a_week_later(rng: random.Random, before: Problem) -> list[Patient]:
    """Last week was planned by hand, before this week's appointments elsewhere were known."""
    week = first_fit(before)
    later = []
    for one in before.patients:
        free = list(one.free)
        if rng.random() < 0.1:
            starts, day = rng.choice(range(9, 18)) * 60, rng.randrange(5)
            free[day] = free_except([(starts, starts + 90)], free[day])
        known = one.primary is not None
        later.append(replace(one, free=tuple(free), last=week[one.id] if known else one.last))
    return later


def _patient(rng: random.Random, pk: int, line: int | None = None) -> Patient:
    if line is None:
        line = TEEN if rng.random() < 0.16 else rng.choice((ADULT, ADULT, SUBSTANCES))
    teen, step, kind = line == TEEN, rng.choice((1, 2)), rng.random()
    modes = {Mode.IN_PERSON} if kind < 0.5 else {Mode.VIDEO} if kind < 0.68 else set(Mode)
    away = modes == {Mode.VIDEO} and rng.random() < 0.25
    due = [Due("individual", 50)]
    if rng.random() < 0.5:
        due.append(Due("family", 50))
    if rng.random() < 0.25:
        due.append(Due("medication", 20, counts=False))
    return Patient(
        id=pk,
        free=_life(rng, teen),
        goal_minutes=360 if teen else 600 if rng.random() < 0.1 else 540,
        least_days=2 if teen else 3,
        most_days=4 if teen else 5,
        tracks=frozenset({line, line + step}),
        due=tuple(due),
        rule=_rule(rng, teen),
        modes=frozenset(modes),
        state="PA" if away else "NJ",
        core=f"core {line + step}",
    )


def _rule(rng: random.Random, teen: bool) -> DayRule:
    """What the payer asks of a day: 55 % minutes, 12 % services."""
    asked = rng.random()
    if asked < 0.55:
        return DayRule(minutes=120 if teen else 180)
    return DayRule(services=2 if teen else 3) if asked < 0.67 else DayRule()


def _life(rng: random.Random, teen: bool) -> tuple[int, ...]:
    """Free time of a week: a job, a school, children, shifts, a standing appointment elsewhere."""
    busy: list[list[tuple[int, int]]] = [[] for _ in range(DAYS)]
    kind = rng.random()
    if teen:
        for day in range(5):
            busy[day].append((0, 15 * 60 + rng.choice((0, 15))))
    elif kind < 0.3:
        ends = rng.choice((16, 17)) * 60
        for day in range(5):
            busy[day].append((8 * 60, ends))
    elif kind < 0.42:
        for day in range(5):
            busy[day] += [(0, 8 * 60 + 45), (14 * 60 + 30, 24 * 60)]
    elif kind < 0.5:
        for day in rng.sample(range(5), 2):
            busy[day].append((6 * 60, 22 * 60))
    elif kind < 0.6:
        for day in rng.sample(range(5), 3):
            busy[day].append((10 * 60, 15 * 60))
    if rng.random() < 0.35:
        starts = rng.choice(range(9, 18)) * 60
        busy[rng.randrange(5)].append((starts, starts + 90))
    if rng.random() < 0.02:
        for day in rng.sample(range(5), 3):
            busy[day] = [(0, 24 * 60)]
    return tuple(free_except(spans, OPEN) if day < 5 else 0 for day, spans in enumerate(busy))


def _clinicians(rng: random.Random, size: int) -> list[Clinician]:
    """One therapist for ten patients, two of five in the evening; a prescriber for seventy."""
    made = []
    for pk in range(1, max(3, round(size / 10)) + 1):
        late = pk % 5 in (2, 4)
        shift = ticks(12 * 60 + 30, 21 * 60) if late else ticks(8 * 60, 16 * 60 + 30)
        kinds = {"individual", "family"} if pk % 3 else {"individual"}
        states = {"NJ", "PA"} if pk % 2 == 0 else {"NJ"}
        made.append(_clinician(pk, kinds, _workdays(shift), states))
    for _ in range(max(1, round(size / 70))):
        days = rng.sample(range(5), 3)
        shifts = [ticks(9 * 60, 17 * 60), ticks(12 * 60, 20 * 60), ticks(12 * 60, 20 * 60)]
        free = tuple(shifts[days.index(day)] if day in days else 0 for day in range(DAYS))
        made.append(_clinician(len(made) + 1, {"medication"}, free, {"NJ", "PA"}))
    return made


def _clinician(pk: int, kinds: set[str], free: tuple[int, ...], states: set[str]) -> Clinician:
    spare = tuple(OPEN & ~mask if mask else 0 for mask in free)
    return Clinician(pk, frozenset(kinds), free, frozenset(states), spare=spare)


def _workdays(mask: int) -> tuple[int, ...]:
    return (mask,) * 5 + (0, 0)
