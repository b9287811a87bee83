"""What one person's week costs in points, counted plainly from what is in it (planner notes 1.4)."""

from dataclasses import dataclass, fields
from itertools import pairwise

from scheduling.planner.problem import Patient, PatientWeek, Problem


@dataclass(frozen=True, slots=True)
class Item:
    """A section or an appointment as the day sees it: minutes after midnight."""

    day: int
    starts: int
    ends: int
    minutes: int
    counts: bool
    is_kept: bool


@dataclass(frozen=True, slots=True)
class CostParts:
    """Points by what they are for. Coverage is what the prescription lacks; the rest is comfort."""

    below: float = 0.0
    short: float = 0.0
    missing: float = 0.0
    core: float = 0.0
    therapist: float = 0.0
    moved: float = 0.0
    idle: float = 0.0
    dropped: float = 0.0
    days: float = 0.0
    over: float = 0.0
    wishes: float = 0.0

    @property
    def coverage(self) -> float:
        return self.below + self.short + self.missing + self.core

    @property
    def total(self) -> float:
        return sum(getattr(self, one.name) for one in fields(self))


def items_of(problem: Problem, patient: Patient, week: PatientWeek) -> list[Item]:
    """In the order of the week."""
    sections, counted = problem.by_section, {due.kind: due.counts for due in patient.due}
    found = []
    for pk in week.sections:
        one = sections[pk]
        found.append(Item(one.day, one.starts, one.ends, one.minutes, True, pk in patient.kept.sections))
    for visit in week.appointments:
        lasts, counts = visit.ends - visit.starts, counted.get(visit.kind, True)
        kept = visit in patient.kept.appointments
        found.append(Item(visit.day, visit.starts, visit.ends, lasts if counts else 0, counts, kept))
    return sorted(found, key=lambda item: (item.day, item.starts))


def by_day(items: list[Item]) -> dict[int, list[Item]]:
    days: dict[int, list[Item]] = {}
    for item in items:
        days.setdefault(item.day, []).append(item)
    return days


def minutes_of(problem: Problem, patient: Patient, week: PatientWeek) -> int:
    """Countable minutes of the whole week, the past days' credit included."""
    return patient.credit_minutes + sum(item.minutes for item in items_of(problem, patient, week))


def cost_of(problem: Problem, patient: Patient, week: PatientWeek) -> CostParts:
    weights, days = problem.weights, by_day(items_of(problem, patient, week))
    minutes = minutes_of(problem, patient, week)
    attended = patient.credit_days + sum(any(item.counts for item in day) for day in days.values())
    lone = sum(not any(item.counts for item in day) for day in days.values())
    short = max(0, patient.goal_minutes - minutes)
    kinds = {one.kind for one in week.appointments}
    topics = {problem.by_section[pk].topic for pk in week.sections}
    gaps = [after.starts - before.ends for day in days.values() for before, after in pairwise(day)]
    return CostParts(
        below=weights.below * patient.weight * (short > 0 or attended < patient.least_days),
        short=weights.short_minute * patient.weight * short,
        missing=patient.weight
        * sum(weights.of_missing(due.kind) for due in patient.due if due.kind not in kinds),
        core=weights.no_core * patient.weight * (patient.core != "" and patient.core not in topics),
        therapist=sum(
            therapist_points(problem, patient, one.kind, one.clinician) for one in week.appointments
        ),
        moved=sum(moved_points(problem, patient, one.kind, one.day, one.starts) for one in week.appointments),
        idle=weights.idle_minute * sum(gaps),
        dropped=weights.dropped * len(patient.last.sections - week.sections),
        days=weights.extra_day * (max(0, attended - patient.least_days) + lone),
        over=weights.over_minute * max(0, minutes - patient.goal_minutes),
        wishes=sum(wish_points(problem, patient, day[0].starts, day[-1].ends) for day in days.values())
        + sum(mode_points(problem, patient, problem.by_section[pk].mode) for pk in week.sections)
        + sum(mode_points(problem, patient, one.mode) for one in week.appointments),
    )


def therapist_points(problem: Problem, patient: Patient, kind: str, clinician: int) -> float:
    """Individual and family hours are best with the primary clinician; else with one they would like."""
    weights = problem.weights
    if kind not in ("individual", "family"):
        return 0.0
    if patient.primary is None:
        return weights.crowded * (clinician in problem.crowded) + weights.wish * (
            bool(patient.likes) and clinician not in patient.likes
        )
    return weights.not_primary * (clinician != patient.primary)


def moved_points(problem: Problem, patient: Patient, kind: str, day: int, starts: int) -> float:
    before = [(one.day, one.starts) for one in patient.last.appointments if one.kind == kind == "individual"]
    return problem.weights.hour_moved * (bool(before) and (day, starts) not in before)


def wish_points(problem: Problem, patient: Patient, first: int | None, last: int | None) -> float:
    """For one day: it begins too early, it ends too late. None is not asked."""
    early = first is not None and patient.not_before is not None and first < patient.not_before
    late = last is not None and patient.home_by is not None and last > patient.home_by
    return problem.weights.wish * (early + late)


def mode_points(problem: Problem, patient: Patient, mode: str) -> float:
    return problem.weights.wish * (patient.likes_mode is not None and mode != patient.likes_mode) / 10
