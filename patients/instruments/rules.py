"""Rules over answers: limits, conditions, outcomes and triggers. Levels: domain reference 6.8."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["watch", "elevated", "high", "critical"]
LEVELS: tuple[Level, ...] = ("watch", "elevated", "high", "critical")  # the last is the worst
Points = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Limit:
    """One item's points against a number: at or over it, or with `is_ceiling` at or under it."""

    item_id: str
    bound: int
    is_ceiling: bool = False

    def holds(self, points: Points) -> bool:
        value = points.get(self.item_id)
        if value is None:
            return False
        return value <= self.bound if self.is_ceiling else value >= self.bound


@dataclass(frozen=True, slots=True)
class Condition:
    """At least `count` of the limits hold. An item without an answer holds none."""

    limits: tuple[Limit, ...]
    count: int

    def holds(self, points: Points) -> bool:
        return sum(limit.holds(points) for limit in self.limits) >= self.count

    @property
    def item_ids(self) -> tuple[str, ...]:
        return tuple(limit.item_id for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result that is a word and no number: "high risk", "criteria met". All of `when` must hold."""

    key: str
    name: str
    is_positive: bool
    when: tuple[Condition, ...]

    def holds(self, points: Points) -> bool:
        return all(condition.holds(points) for condition in self.when)


@dataclass(frozen=True, slots=True)
class Trigger:
    """Answers that ask for a person: once `when` holds, or with the outcome of that key.

    `subject` names what one follow-up is opened for, whatever the level: "item9", "outcome".
    """

    key: str
    subject: str
    when: Condition | None
    outcome: str
    level: Level
    title: str
    clock: str

    @property
    def rank(self) -> int:
        return LEVELS.index(self.level)

    @property
    def shows_help(self) -> bool:
        """Whether the one who answered is shown crisis help at once."""
        return self.level != "watch"
