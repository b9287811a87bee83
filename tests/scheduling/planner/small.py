"""Random small problems of one person, and their best week by trying everything."""

import random
from collections.abc import Iterator
from itertools import combinations, product

from scheduling.planner.check import check
from scheduling.planner.cost import cost_of
from scheduling.planner.problem import (
    ALL_DAY,
    DAYS,
    NOTHING,
    Appointment,
    Clinician,
    DayRule,
    Due,
    Mode,
    Office,
    Patient,
    PatientWeek,
    Problem,
    Section,
    free_except,
    ticks,
)

KINDS = ("family", "individual", "medication")


def case(seed: int) -> Problem:
    """Two or three days, up to six sections, two clinicians, two sessions due, sometimes something kept."""
    rng = random.Random(seed)
    days = rng.sample(range(5), rng.choice([2, 3]))
    sections = [_section(rng, n, days) for n in range(rng.randint(2, 6))]
    clinicians = [_clinician(rng, n, days) for n in range(rng.randint(1, 2))]
    offices = tuple(Office(n, _shifts(rng, days)) for n in range(rng.randint(0, 2)))
    kinds = rng.sample(KINDS, rng.randint(0, 2))
    due = tuple(Due(kind, rng.choice([20, 50]), kind != "medication") for kind in kinds)
    kept = _kept(rng, sections, due, days[0]) if rng.random() < 0.35 else NOTHING
    patient = _patient(rng, days, sections, due, kept)
    sections = [_with_seat(one) if one.id in kept.sections else one for one in sections]
    return Problem(
        tuple(sections),
        tuple(_with_time(one, kept) for one in clinicians),
        offices,
        (patient,),
        starts_every=30,
        most_day_minutes=rng.choice([300, 200]),
        most_over=rng.choice([120, 30]),
    )


def _section(rng: random.Random, number: int, days: list[int]) -> Section:
    starts, lasts = rng.choice([540, 545, 600, 605, 665, 720, 780, 1050]), rng.choice([50, 60, 60, 90])
    return Section(
        id=number,
        group=number,
        day=rng.choice(days),
        starts=starts,
        ends=starts + lasts,
        minutes=lasts - rng.choice([0, 0, 10]),
        track=rng.choice([1, 1, 2]),
        seats=rng.choice([0, 1, 1, 2]),
        mode=rng.choice([Mode.IN_PERSON] * 3 + [Mode.VIDEO]),
        topic=rng.choice(["", "a", "b"]),
        once=rng.random() < 0.5,
        states=frozenset(rng.sample(["NJ", "PA"], rng.randint(1, 2))),
    )


def _shifts(rng: random.Random, days: list[int]) -> tuple[int, ...]:
    masks = [0] * DAYS
    for day in days:
        starts = rng.choice([480, 540, 600, 720])
        masks[day] = ticks(starts, starts + rng.choice([120, 240, 360]))
    return tuple(masks)


def _clinician(rng: random.Random, number: int, days: list[int]) -> Clinician:
    kinds, state = rng.sample(KINDS, rng.randint(1, 3)), rng.choice(["NJ", "PA"])
    crowded = rng.random() < 0.3
    return Clinician(number, frozenset(kinds), _shifts(rng, days), frozenset({state}), crowded=crowded)


def _kept(rng: random.Random, sections: list[Section], due: tuple[Due, ...], day: int) -> PatientWeek:
    """Up to two sections and a session that do not overlap and repeat no topic."""
    there: list[Section] = []
    for one in rng.sample(sections, min(2, len(sections))):
        if all(_apart(one, other) and not (one.once and one.topic == other.topic) for other in there):
            there.append(one)
    visits: tuple[Appointment, ...] = ()
    if due and rng.random() < 0.5:
        starts = rng.choice([480, 600, 1200])
        visit = Appointment(due[0].kind, 0, day, starts, starts + due[0].minutes)
        visits = (visit,) if all(_apart(visit, other) for other in there) else ()
    return PatientWeek(frozenset(one.id for one in there), visits)


def _apart(one: Section | Appointment, other: Section | Appointment) -> bool:
    return one.day != other.day or one.ends <= other.starts or other.ends <= one.starts


def _patient(
    rng: random.Random, days: list[int], sections: list[Section], due: tuple[Due, ...], kept: PatientWeek
) -> Patient:
    free = [0] * DAYS
    for day in days:
        free[day] = ALL_DAY
        if rng.random() < 0.4:
            free[day] = free_except([(rng.choice([480, 600, 700]), rng.choice([720, 800, 900]))])
    last = frozenset(one.id for one in sections if rng.random() < 0.3)
    hour = (Appointment("individual", 0, days[0], 540, 590),) if rng.random() < 0.4 else ()
    return Patient(
        id=1,
        free=tuple(free),
        goal_minutes=rng.choice([120, 180, 240]),
        least_days=rng.choice([1, 2]),
        most_days=rng.choice([2, 3]),
        tracks=frozenset(rng.sample([1, 2], rng.randint(1, 2))),
        due=due,
        rule=rng.choice([DayRule(), DayRule(110, 0), DayRule(0, 2), DayRule(100, 2)]),
        modes=frozenset(rng.choice([[Mode.IN_PERSON], [Mode.VIDEO], list(Mode)])),
        state=rng.choice(["NJ", "PA"]),
        primary=rng.choice([None, 0, 0]),
        core=rng.choice(["", "a"]),
        last=PatientWeek(last, hour),
        kept=kept,
        credit_minutes=rng.choice([0, 0, 60]),
        credit_days=rng.choice([0, 0, 1]),
        weight=rng.choice([1.0, 2.0]),
        not_before=rng.choice([None, 570]),
        home_by=rng.choice([None, 720]),
        likes_mode=rng.choice([None, Mode.VIDEO]),
    )


def _with_seat(one: Section) -> Section:
    return Section(
        one.id, one.group, one.day, one.starts, one.ends, one.minutes, one.track, max(1, one.seats),
        one.mode, one.topic, one.once, one.states,
    )  # fmt: skip


def _with_time(one: Clinician, kept: PatientWeek) -> Clinician:
    free = list(one.free)
    for visit in kept.appointments:
        free[visit.day] |= visit.mask if visit.clinician == one.id else 0
    return Clinician(one.id, one.kinds, tuple(free), one.states, one.crowded)


def by_trying_all(problem: Problem) -> float:
    """What the best week costs, of every week the checker accepts."""
    (patient,) = problem.patients
    costs = [
        cost_of(problem, patient, week).total
        for week in _weeks(problem, patient)
        if not check(problem, {patient.id: week})
    ]
    return min(costs)


def _weeks(problem: Problem, patient: Patient) -> Iterator[PatientWeek]:
    visits = list(product(*(_visits(problem, patient, due) for due in patient.due)))
    for count in range(len(problem.sections) + 1):
        for chosen in combinations(problem.sections, count):
            there = frozenset(one.id for one in chosen)
            possible = all(
                one.seats and not one.mask & ~patient.free[one.day]
                for one in chosen
                if one.id not in patient.kept.sections
            )
            if (
                patient.kept.sections <= there
                and possible
                and all(_apart(*pair) for pair in combinations(chosen, 2))
            ):
                for some in visits:
                    yield PatientWeek(there, tuple(one for one in some if one) + patient.kept.appointments)


def _visits(problem: Problem, patient: Patient, due: Due) -> list[Appointment | None]:
    found: list[Appointment | None] = [None]
    if any(one.kind == due.kind for one in patient.kept.appointments):
        return found
    for clinician, day in product(problem.clinicians, range(5)):
        for starts in range(450, 1260, 30) if due.kind in clinician.kinds else ():
            mask = ticks(starts, starts + due.minutes)
            if mask & ~clinician.free[day] or mask & ~patient.free[day]:
                continue
            there = [one.id for one in problem.offices if not mask & ~one.free[day]]
            for office in (None, *there[:1]):
                found.append(Appointment(due.kind, clinician.id, day, starts, starts + due.minutes, office))
    return found
