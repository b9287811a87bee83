"""The chart's overview: what this room shows itself, and the pieces of upper rooms it links to, per role."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from patients.due import due_tone, due_words
from patients.header import ChartHeader, may_open
from patients.models import FollowUp, Goal, Objective, Standing
from patients.scoring import Instrument, Number
from patients.trends import MeasureTrend, measure_trends

GIVEN_UP = (Objective.Status.DISCONTINUED, Objective.Status.REVISED)


class Scored(Protocol):
    """A measure and its last score, if any: the team's trend or the patient's own."""

    @property
    def instrument(self) -> Instrument: ...
    @property
    def last(self) -> Number | None: ...


@dataclass(frozen=True)
class GoalRow:
    """An objective of a goal, where it started, where it is now, and a word for it.

    `leads` on the first of each goal: a page says the person's words once.
    """

    goal: Goal
    objective: Objective
    now: Decimal | None
    word: str
    tone: str
    mark: str
    leads: bool = True

    @property
    def is_drawn(self) -> bool:
        ends = (self.objective.baseline, self.objective.target, self.now)
        return None not in ends and self.objective.baseline != self.objective.target


@dataclass(frozen=True)
class Waiting:
    """An open follow-up with its due time in words."""

    row: FollowUp
    words: str
    tone: str


@dataclass
class Overview:
    """`pieces` holds the address of each upper room's piece this person may open, by the piece's id."""

    pieces: dict[str, str]
    trends: list[MeasureTrend] = field(default_factory=list)
    goals: list[GoalRow] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)


PIECES = (
    ("hours", "sessions:hours"),
    ("authorizations", "billing:authorizations"),
    ("next_sessions", "scheduling:patient_week"),
)


def overview(header: ChartHeader, user: User, now: datetime) -> Overview:
    """Everything of this floor in one query more than the header; the rest is loaded by the page."""
    pk = header.patient.pk
    made = Overview(pieces={key: may_open(user, name, pk) for key, name in PIECES})
    if may(user.role, Permission.SEE_CLINICAL):
        made.trends = measure_trends(header)
        made.goals = goal_rows(header.objectives, made.trends)
    tz_name = header.patient.site.time_zone
    made.waiting = [
        Waiting(row, due_words(row.due_at, now, tz_name), due_tone(row.due_at, now, tz_name))
        for row in header.follow_ups
    ]
    return made


def goal_rows(objectives: Sequence[Objective], trends: Sequence[Scored]) -> list[GoalRow]:
    """One row for each objective of `objectives_in_force` that is not given up.

    An objective on a measure stands where its last score stands; another where it was last noted.
    """
    last = {trend.instrument.id: trend.last for trend in trends}
    rows: list[GoalRow] = []
    for objective in objectives:
        if objective.status_now not in GIVEN_UP:  # type: ignore[attr-defined]
            leads = not rows or rows[-1].goal.pk != objective.goal_id
            rows.append(_row(objective, last.get(objective.instrument_code), leads))
    return rows


def _row(objective: Any, score: Number | None, leads: bool) -> GoalRow:
    now = Decimal(score) if score is not None else objective.current
    if now is None:
        now = objective.baseline
    met = "met" in (objective.status_now, objective.progress) or _reached(objective, now)
    slow = objective.progress == Standing.Progress.SLOW
    said = (
        ("Met", "ok", "circle-check")
        if met
        else ("Slow", "warn", "clock")
        if slow
        else ("On track", "ok", "check")
    )
    return GoalRow(objective.goal, objective, now, *said, leads)


def _reached(objective: Objective, now: Decimal | None) -> bool:
    baseline, target = objective.baseline, objective.target
    if now is None or baseline is None or target is None or baseline == target:
        return False
    return now <= target if target < baseline else now >= target
