"""The golden thread of a plan: objective, service planned and delivered, note, review; and where it breaks.

Pure: dataclasses in, dataclasses out. Checks of domain reference 5.1; what counts as enough is ours [P].
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

WINDOW_DAYS = 28
NOTE_DAYS = 14
# Three of four: one session missed a month is life, not a broken plan.
ENOUGH_NUMERATOR, ENOUGH_DENOMINATOR = 3, 4


@dataclass(frozen=True)
class Planned:
    """One intervention: so many `times` in every `every` weeks or months ("week", "month")."""

    service: str
    frequency: str
    kind: str
    times: int
    every: int = 1
    period: str = "week"
    group_name: str = ""

    def expected_in(self, days: int) -> int:
        """How many fall due in a span of days, whole weeks and parts of none; a month is four weeks."""
        weeks = min(days, WINDOW_DAYS) // 7
        return self.times * weeks // (self.every * (4 if self.period == "month" else 1))

    def is_met_by(self, kind: str, title: str) -> bool:
        named = not self.group_name or self.group_name.strip().casefold() == title.strip().casefold()
        return self.kind == kind and named


@dataclass(frozen=True)
class Held:
    """A session the person was booked into: attended, still to come, or neither."""

    on: date
    kind: str
    title: str
    attended: bool


@dataclass(frozen=True)
class Named:
    """The notes that name one objective, in whichever version: how many, and the last one's day."""

    count: int
    last_on: date | None


@dataclass(frozen=True)
class Aim:
    """An objective of the version in force. `is_open` while it is worked toward."""

    pk: int
    number: str
    statement: str
    thread: UUID
    is_open: bool
    services: tuple[Planned, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything the thread is judged by, as of `day`. `diagnoses` have no problem that names them."""

    day: date
    began_on: date
    review_due_on: date
    aims: tuple[Aim, ...]
    held: tuple[Held, ...] = ()
    named: dict[UUID, Named] = field(default_factory=dict)
    signed_without_objective: int = 0
    diagnoses_without_problem: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One planned service: how many the last weeks asked for, how many happened, and what is booked."""

    planned: Planned
    expected: int
    delivered: int
    ahead: int
    next_on: date | None

    @property
    def is_short(self) -> bool:
        return self.delivered * ENOUGH_DENOMINATOR < self.expected * ENOUGH_NUMERATOR


@dataclass(frozen=True)
class Strand:
    """One objective with its services and its notes."""

    aim: Aim
    deliveries: tuple[Delivery, ...]
    notes: Named


@dataclass(frozen=True)
class Break:
    """One place where the thread is broken. `rule` is a key, `words` a sentence, `aim` whose it is."""

    rule: str
    words: str
    aim: Aim | None = None


def strands(facts: Facts) -> list[Strand]:
    """Every objective in its order."""
    return [
        Strand(
            aim,
            tuple(_delivery(planned, facts) for planned in aim.services),
            facts.named.get(aim.thread, Named(0, None)),
        )
        for aim in facts.aims
    ]


def window_days(facts: Facts) -> int:
    """Days that count: the last four weeks, or since the version began."""
    return max(0, min(WINDOW_DAYS, (facts.day - facts.began_on).days + 1))


def _delivery(planned: Planned, facts: Facts) -> Delivery:
    since = facts.day - timedelta(days=window_days(facts) - 1)
    matching = [one for one in facts.held if planned.is_met_by(one.kind, one.title)]
    ahead = sorted(one.on for one in matching if not one.attended and one.on >= facts.day)
    return Delivery(
        planned,
        expected=planned.expected_in(window_days(facts)),
        delivered=sum(one.attended and since <= one.on <= facts.day for one in matching),
        ahead=len(ahead),
        next_on=ahead[0] if ahead else None,
    )


def breaks(facts: Facts) -> list[Break]:
    """What is broken, the plan's own first, then objective by objective."""
    found: list[Break] = []
    if facts.review_due_on < facts.day:
        found.append(Break("review", f"The review was due {_days(facts.day - facts.review_due_on)} ago."))
    found += [Break("diagnosis", f"No problem names {code}.") for code in facts.diagnoses_without_problem]
    if facts.signed_without_objective:
        count = facts.signed_without_objective
        found.append(Break("note", f"{count} signed note{'s name' if count > 1 else ' names'} no objective."))
    for strand in strands(facts):
        if strand.aim.is_open:
            found += [*_quiet(strand, facts), *_short(strand.aim, strand.deliveries)]
    return found


def _quiet(strand: Strand, facts: Facts) -> Iterable[Break]:
    """No note for fourteen days, counted from the last one or from the version's first day."""
    last_on = strand.notes.last_on or facts.began_on
    silent = facts.day - last_on
    if silent > timedelta(days=NOTE_DAYS):
        said = f"no note for {_days(silent)}" if strand.notes.last_on else f"no note in {_days(silent)}"
        yield Break("quiet", f"Objective {strand.aim.number} has {said}.", strand.aim)


def _short(aim: Aim, deliveries: Sequence[Delivery]) -> Iterable[Break]:
    for one in deliveries:
        if one.is_short:
            words = (
                f"{one.planned.service} {one.planned.frequency}: {one.delivered} of {one.expected} happened"
            )
            yield Break("frequency", f"Objective {aim.number}, {words} in the last weeks.", aim)


def _days(span: timedelta) -> str:
    return f"{span.days} day{'s' if span.days != 1 else ''}"
