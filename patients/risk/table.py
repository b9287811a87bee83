"""The trigger table, read strictly from `triggers.toml`; pure, no Django."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from patients.instruments.rules import LEVELS, Level
from patients.instruments.scale import Number
from patients.instruments.table import StrictTable

_FILE = Path(__file__).parent / "triggers.toml"
Scores = Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class ScoreTrigger:
    """A score that is high, rises by `rise`, or is above zero again; every rule that is set must hold."""

    code: str
    instrument: str
    scale: str
    at_least: int | None
    rise: int | None
    from_zero: bool
    level: Level
    title: str
    clock: str

    def holds(self, now: Scores, before: Scores | None) -> bool:
        """`now` and `before` are scores by scale id; a rule about a change needs both."""
        score = now.get(self.scale)
        if score is None or (self.at_least is not None and score < self.at_least):
            return False
        last = before.get(self.scale) if before is not None else None
        if self.rise is not None and (last is None or score - last < self.rise):
            return False
        return not self.from_zero or (last == 0 and score > 0)


@dataclass(frozen=True, slots=True)
class Event:
    """Something told or seen. `by_hand` ones a clinician opens; the others open by themselves."""

    code: str
    level: Level
    title: str
    clock: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class RiskTable:
    scores: tuple[ScoreTrigger, ...]
    events: Mapping[str, Event]

    def fired(self, instrument: str, now: Scores, before: Scores | None) -> list[ScoreTrigger]:
        return [row for row in self.scores if row.instrument == instrument and row.holds(now, before)]


@cache
def risk_table() -> RiskTable:
    """The table; InstrumentError names the key that is wrong. Read once a process."""
    table = StrictTable(tomllib.loads(_FILE.read_text(encoding="utf-8")))
    scores = table.rows("scores", _score)
    events = table.rows("events", _event)
    table.close()
    codes = [row.code for row in scores] + [row.code for row in events]
    if len(set(codes)) != len(codes):
        raise table.fault("code", "stands twice")
    return RiskTable(scores, {event.code: event for event in events})


def _level(row: StrictTable) -> Level:
    return cast(Level, row.word("level", LEVELS))


def _score(row: StrictTable, number: int) -> ScoreTrigger:
    made = ScoreTrigger(
        code=row.text("code"),
        instrument=row.word("instrument"),
        scale=row.word("scale"),
        at_least=row.number_or_none("at_least", 1, 1000),
        rise=row.number_or_none("rise", 1, 1000),
        from_zero=row.flag("from_zero"),
        level=_level(row),
        title=row.text("title"),
        clock=row.text("clock"),
    )
    if made.at_least is None and made.rise is None and not made.from_zero:
        raise row.fault("rise", "or at_least or from_zero is needed")
    return made


def _event(row: StrictTable, number: int) -> Event:
    return Event(
        code=row.text("code"),
        level=_level(row),
        title=row.text("title"),
        clock=row.text("clock"),
        by_hand=row.flag("by_hand"),
    )
