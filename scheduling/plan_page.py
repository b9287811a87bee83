"""What the page of a planned week says: who reaches the hours now and then, what it costs, who changes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.durations import in_hours
from scheduling.models import PlanRun
from scheduling.opening_words import Openings, openings_of
from scheduling.plan_words import PersonChanges, changes_words, substitutes_words
from scheduling.planner.bound import available
from scheduling.planner.cost import CostParts, cost_of
from scheduling.planner.differences import differences
from scheduling.planner.problem import NOTHING, PatientWeek, Problem
from scheduling.planner.proposals import marks_of
from scheduling.planner.propose import Asked, asked_of
from scheduling.planner.written import from_ids
from scheduling.site_week import site_week
from scheduling.substitutes import uncovered
from scheduling.why_below import Lacking, lacking
from scheduling.words import when_words

PARTS = {
    "below": "People below their hours",
    "short": "Minutes short",
    "missing": "One-to-one sessions that lack",
    "therapist": "Visits with someone else than the primary clinician",
    "moved": "Visits at another hour than before",
    "idle": "Time between sessions",
    "dropped": "Groups someone no longer comes to",
    "days": "Extra days on site",
    "over": "Time beyond the hours",
}


@dataclass(frozen=True)
class Figure:
    words: str
    now: str
    then: str


@dataclass(frozen=True)
class Report:
    """Of a plan that can be looked at. `is_stale`: the rows have changed since, so plan it again."""

    changes: list[PersonChanges]
    figures: list[Figure]
    lacking: list[Lacking]
    openings: Openings | None
    loads: list[Figure]
    parts: list[tuple[str, float]]
    is_stale: bool
    asks_family: bool
    substitutes: list[str]
    leaderless: list[str]
    proof: str

    @property
    def is_empty(self) -> bool:
        return not (self.changes or self.substitutes)

    @property
    def below(self) -> int:
        return sum(one.is_below for one in self.lacking)

    @property
    def patients(self) -> list[int]:
        return [*(one.patient for one in self.changes), *(one.patient for one in self.lacking)]


def report_of(run: PlanRun, now: datetime, user: User) -> Report:
    """The queries of `site_week`. Pages that `user` may open are linked."""
    asked = asked_of(site_week(run.site, run.week, now))
    before, best = from_ids(run.before), from_ids(run.best)
    found = differences(before, best)
    is_open = run.state != PlanRun.State.ACCEPTED
    same = all(asked.week.get(one.patient) == before[one.patient] for one in found)
    was, then = _known(asked.problem, before), _known(asked.problem, best)
    visits = [one for each in found for one in (*each.made, *(new for _, new in each.moved))]
    shows = is_open and same
    return Report(
        changes=changes_words(asked.rows, found),
        figures=_figures(asked.problem, was, then) if shows else [],
        lacking=lacking(asked, then, run.told, user) if shows else [],
        openings=openings_of(asked, run.openings, user) if shows else None,
        loads=_loads(asked, was, then) if shows else [],
        parts=[(words, run.cost[name]) for name, words in PARTS.items() if run.cost.get(name)],
        is_stale=is_open and not same,
        substitutes=substitutes_words(asked.rows, run.substitutes),
        leaderless=_leaderless(run, asked, now) if shows and run.kind == PlanRun.Kind.REPAIR else [],
        asks_family=any(one.kind == "family" for one in visits),
        proof=_proof(run),
    )


def _proof(run: PlanRun) -> str:
    """How near the plan is to the best there could be, of a plan of the whole week."""
    if run.kind != PlanRun.Kind.WHOLE:
        return ""
    if not available():
        return "How near this is to the best is not proved: the solver is not installed here."
    if "bound" not in run.cost:
        return "There was no time to prove how near this is to the best."
    points = sum(run.cost.get(name, 0.0) for name in asdict(CostParts()))
    least = f"No week of these people costs less than {run.cost['bound']:,.0f} points"
    return f"{least}. This one costs {points:,.0f}."


def _leaderless(run: PlanRun, asked: Asked, now: datetime) -> list[str]:
    """Groups whose lead is away and for whom nobody was found."""
    open_ones = uncovered(run.site).filter(pk__in=list(asked.rows.sessions), starts_at__gt=now)
    waiting = [one for one in open_ones.order_by("starts_at") if one.group_id]
    left = [one for one in waiting if str(one.pk) not in run.substitutes]
    return [f"{one.title}, {when_words(one.starts_at, run.site.time_zone)}" for one in left]


def _known(problem: Problem, week: Mapping[int, PatientWeek]) -> dict[int, PatientWeek]:
    """Of everyone who is planned, without what is no longer there."""
    found = {}
    for one in problem.patients:
        mine = week.get(one.id, NOTHING)
        visits = tuple(visit for visit in mine.appointments if visit.clinician in problem.by_clinician)
        found[one.id] = PatientWeek(mine.sections & set(problem.by_section), visits)
    return found


def _figures(
    problem: Problem, was: Mapping[int, PatientWeek], then: Mapping[int, PatientWeek]
) -> list[Figure]:
    rows = []
    for week in (was, then):
        marks = [marks_of(problem, one, week[one.id]) for one in problem.patients]
        costs = [cost_of(problem, one, week[one.id]) for one in problem.patients]
        seen = [one.with_primary for one in marks if one.with_primary is not None]
        rows.append(
            (
                f"{sum(not one.below for one in costs)} of {len(costs)}",
                f"{sum(not one.unmet.kinds for one in marks)} of {len(costs)}",
                in_hours(sum(one.idle_minutes for one in marks)),
                f"{sum(seen)} of {len(seen)}",
                f"{sum(one.total for one in costs):,.0f}",
            )
        )
    words = (
        "Reach their hours",
        "Have every one-to-one session that is due",
        "Time between sessions, all together",
        "Seen by their primary clinician only",
        "Points (fewer is better)",
    )
    return [Figure(said, *pair) for said, *pair in zip(words, *rows, strict=True)]


def _loads(asked: Asked, was: Mapping[int, PatientWeek], then: Mapping[int, PatientWeek]) -> list[Figure]:
    """One-to-one time of each clinician who has any."""
    found = []
    for person in sorted(asked.rows.staff, key=lambda one: one.full_name):
        minutes = [_alone_with(person.pk, week) for week in (was, then)]
        if any(minutes):
            found.append(Figure(person.full_name, *(in_hours(one) for one in minutes)))
    return found


def _alone_with(pk: int, week: Mapping[int, PatientWeek]) -> int:
    visits: list[Any] = [one for mine in week.values() for one in mine.appointments]
    return sum(one.ends - one.starts for one in visits if one.clinician == pk)
