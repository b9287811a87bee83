"""The chart's overview: what this room shows itself, and the pieces of upper rooms it links to, per role."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from patients.due import due_tone, due_words
from patients.header import ChartHeader, may_open
from patients.models import FollowUp, Goal
from patients.scoring import Number
from patients.trends import MeasureTrend, measure_trends


@dataclass(frozen=True)
class GoalRow:
    """A goal, where it started, where it is now, and a word for it."""

    goal: Goal
    now: Decimal | None
    word: str
    tone: str
    mark: str

    @property
    def is_drawn(self) -> bool:
        ends = (self.goal.baseline, self.goal.target, self.now)
        return None not in ends and self.goal.baseline != self.goal.target


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
        made.goals = goal_rows(header.goals, made.trends)
    tz_name = header.patient.site.time_zone
    made.waiting = [
        Waiting(row, due_words(row.due_at, now, tz_name), due_tone(row.due_at, now, tz_name))
        for row in header.follow_ups
    ]
    return made


def goal_rows(goals: list[Goal], trends: list[MeasureTrend]) -> list[GoalRow]:
    """A goal on a measure stands where its last score stands; another where it was last noted."""
    last = {trend.instrument.id: trend.last for trend in trends}
    return [
        _row(goal, last.get(goal.instrument_code)) for goal in goals if goal.status != Goal.Status.STOPPED
    ]


def _row(goal: Goal, score: Number | None) -> GoalRow:
    now = Decimal(score) if score is not None else goal.current
    if now is None:
        now = goal.baseline
    if goal.status == Goal.Status.MET or goal.progress == Goal.Progress.MET or _reached(goal, now):
        return GoalRow(goal, now, "Met", "ok", "circle-check")
    if goal.progress == Goal.Progress.SLOW:
        return GoalRow(goal, now, "Slow", "warn", "clock")
    return GoalRow(goal, now, "On track", "ok", "check")


def _reached(goal: Goal, now: Decimal | None) -> bool:
    if now is None or goal.baseline is None or goal.target is None or goal.baseline == goal.target:
        return False
    return now <= goal.target if goal.target < goal.baseline else now >= goal.target
