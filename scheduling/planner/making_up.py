"""Ways for someone to reach their hours this week: what they have stays, one or a few things are added."""

from collections.abc import Iterator
from dataclasses import replace

from scheduling.planner.check import check
from scheduling.planner.left import Left
from scheduling.planner.options import options_of
from scheduling.planner.problem import DAYS, Appointment, Mode, Patient, PatientWeek, Problem, Week
from scheduling.planner.proposals import Proposal, left_without, propose
from scheduling.planner.search import Search, fits


def make_up(problem: Problem, week: Week, patient_id: int, *, k: int = 5) -> list[Proposal]:
    """Up to `k` ways, best first, each nearer to what is prescribed; none when nothing is.

    All they have in `week` stays, and what is kept. No way holds another that does as much.
    """
    patient = staying(problem.by_patient[patient_id], week)
    left = left_without(problem, week, patient)
    now = propose(problem, patient, patient.kept)
    if not now.marks.unmet:
        return []
    search = Search(problem, patient)
    found = [one.week for one in search.by_weekdays(left)] + list(_single(problem, patient, left))
    ways = [propose(problem, patient, one) for one in dict.fromkeys(found)]
    better = [one for one in ways if one.cost.coverage < now.cost.coverage - 1e-6]
    chosen: list[Proposal] = []
    for one in sorted(better, key=lambda one: (one.cost.total, _order(one.week))):
        if len(chosen) < k and not any(_holds(one, other) for other in chosen):
            chosen.append(one)
    return chosen


def staying(patient: Patient, week: Week) -> Patient:
    """This person with all they have now as kept."""
    mine = week.get(patient.id, patient.kept)
    more = tuple(one for one in mine.appointments if one not in patient.kept.appointments)
    kept = PatientWeek(patient.kept.sections | mine.sections, patient.kept.appointments + more)
    return replace(patient, kept=kept)


def _holds(one: Proposal, other: Proposal) -> bool:
    """All of the other and more."""
    sections = one.week.sections >= other.week.sections
    return sections and set(one.week.appointments) >= set(other.week.appointments)


def _order(week: PatientWeek) -> tuple[list[int], list[tuple[int, int]]]:
    return sorted(week.sections), [(one.day, one.starts) for one in week.appointments]


def _single(problem: Problem, patient: Patient, left: Left) -> Iterator[PatientWeek]:
    """One thing added, where the person's rules allow it."""
    alone = replace(problem, patients=(patient,))
    for week in (*_sections(problem, patient, left), *_sessions(problem, patient, left)):
        if not check(alone, {patient.id: week}):
            yield week


def _sections(problem: Problem, patient: Patient, left: Left) -> Iterator[PatientWeek]:
    kept = patient.kept
    for one in problem.sections:
        if one.id in kept.sections or left.seats[one.id] < 1 or patient.apart & left.people[one.id]:
            continue
        if fits(patient, one):
            yield replace(kept, sections=kept.sections | {one.id})


def _sessions(problem: Problem, patient: Patient, left: Left) -> Iterator[PatientWeek]:
    """For each day and kind the best hour."""
    for day in range(DAYS):
        best: dict[int, tuple[float, Appointment]] = {}
        for mode in sorted(patient.modes):
            for one in options_of(problem, patient, day, mode, left, None):
                kind = patient.due[one.kind.bit_length() - 1].kind
                if one.kind not in best or one.cost < best[one.kind][0]:
                    visit = Appointment(kind, one.clinician, day, one.starts, one.ends)
                    if mode == Mode.IN_PERSON:
                        visit = replace(visit, office=left.office_at(day, visit.mask))
                    best[one.kind] = one.cost, visit
        for _, visit in best.values():
            appointments = sorted((*patient.kept.appointments, visit), key=lambda one: (one.day, one.starts))
            yield replace(patient.kept, appointments=tuple(appointments))
