"""Measures over the planned episode for the treating team: scores, bands, change, risk, what still waits.

DESIGN section 7: "reliable" is said only by the instrument's own rule; a missing week breaks the line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from iop_clinic.clock import local_day
from patients.assessing import WEEKLY
from patients.changes import apart, is_better, meaningful_change, reliable_change
from patients.due import day_words
from patients.header import ChartHeader
from patients.models import Objective, Patient, Response
from patients.reading import how_to_read, meaning_words, outcome_name
from patients.scoring import Instrument, Number, Scale, Trigger, load_instruments, score

BEFORE_ADMISSION = timedelta(days=30)  # an intake measure comes before the first day
USUAL_STAY = timedelta(weeks=8)


@dataclass(frozen=True)
class Change:
    """From the first score to another, in words; a tone only where the change is reliable."""

    words: str
    tone: str
    mark: str


@dataclass
class ScaleTrend:
    """One scale over time, oldest first."""

    scale: Scale
    name: str
    goal: int | None
    scores: list[tuple[date, Number]]

    @property
    def bands(self) -> list[tuple[int, str]]:
        return [(band.low, band.short) for band in self.scale.bands]

    @property
    def last(self) -> Number:
        return self.scores[-1][1]

    @property
    def words(self) -> str:
        return self.scale.words(self.last)

    @property
    def band(self) -> str:
        band = self.scale.band_of(self.last)
        return band.name if band else ""

    @property
    def needs_attention(self) -> bool:
        """Said where no band says more."""
        return not self.scale.bands and bool(self.scale.is_positive(self.last))

    @property
    def change(self) -> Change | None:
        """ "7 better since intake, reliable"; None with fewer than two scores."""
        if len(self.scores) < 2:
            return None
        return change_words(self.scale, self.scores[0][1], self.last, "since intake")


@dataclass
class MeasureTrend:
    """One instrument's answers since intake, oldest first: a line for each scale that is drawn."""

    instrument: Instrument
    finished: list[Response]
    waiting: list[Response]
    starts_on: date
    ends_on: date
    day: date
    lines: list[ScaleTrend] = field(default_factory=list)

    @property
    def last(self) -> Number | None:
        """The last total, on which a goal may stand."""
        return self.lines[0].last if self.instrument.total and self.lines else None

    @property
    def outcome(self) -> str:
        """The last result that is a word: "high risk"; empty for an instrument that gives none."""
        worded = [row for row in self.finished if row.outcome]
        return outcome_name(self.instrument, worded[-1]) if worded else ""

    @property
    def how_to_read(self) -> str:
        return how_to_read(self.instrument)

    @property
    def graded(self) -> list[tuple[Response, str, str]]:
        """Finished responses, newest first, each with its score and what that means."""
        instrument = self.instrument
        return [
            (row, instrument.shown(row.results.get("total")), meaning_words(instrument, row))
            for row in reversed(self.finished)
        ]

    @property
    def item_words(self) -> str:
        """ "Item 9 was 1 on Sep 14, 0 since Sep 28" for an item with a trigger; empty if it never fired."""
        limits: dict[str, int] = {}
        for trigger in self.instrument.triggers:
            for limit in trigger.when.limits if trigger.when else ():
                limits[limit.item_id] = min(limit.bound, limits.get(limit.item_id, limit.bound))
        return " ".join(words for key, bound in limits.items() if (words := self._history(key, bound)))

    @property
    def item_now(self) -> bool:
        """Whether the last answers still set off a trigger."""
        return bool(self.finished) and fired(self.instrument, self.finished[-1].answers) is not None

    def _history(self, item_id: str, bound: int) -> str:
        answered = [(row.due_on, row.answers[item_id]) for row in self.finished if item_id in row.answers]
        positive = [(on, value) for on, value in answered if value >= bound]
        if not positive:
            return ""
        on, value = positive[-1]
        words = f"Item {self.instrument.item(item_id).label} was {value} on {day_words(on, self.day)}"
        since = next((later for later, _ in answered if later > on), None)
        lower = "0" if bound == 1 else "lower"
        return f"{words}, {lower} since {day_words(since, self.day)}" if since else words


def measure_trends(header: ChartHeader) -> list[MeasureTrend]:
    """Each instrument with anything asked or answered since intake, the weekly ones first."""
    patient, episode, day = header.patient, header.episode, header.day
    rows = Response.objects.filter(patient=patient)
    if episode is not None:
        rows = rows.filter(due_on__gte=episode.admitted_on - BEFORE_ADMISSION)
    by_code: dict[str, list[Response]] = {}
    for row in rows.order_by("due_on", "finished_at", "pk"):
        by_code.setdefault(row.instrument_code, []).append(row)
    instruments = load_instruments()
    weekly_first = [*WEEKLY, *(code for code in instruments if code not in WEEKLY)]
    return [_trend(instruments[code], by_code[code], header, day) for code in weekly_first if code in by_code]


def _trend(instrument: Instrument, rows: list[Response], header: ChartHeader, day: date) -> MeasureTrend:
    finished = [row for row in rows if row.finished_at is not None]
    days = [scored_on(row, header.patient) for row in finished if row.state == Response.State.COMPLETE]
    begins, ends = days[:1] or [day], days[-1:]
    episode: Any = header.episode
    if episode is not None:
        begins.append(episode.admitted_on)
        ends.append(episode.ended_on or episode.expected_end_on or episode.admitted_on + USUAL_STAY)
    return MeasureTrend(
        instrument=instrument,
        finished=finished,
        waiting=waiting_now(rows),
        starts_on=min(begins),
        ends_on=max(ends, default=min(begins) + USUAL_STAY),
        day=day,
        lines=_lines(instrument, finished, header),
    )


def _lines(instrument: Instrument, finished: list[Response], header: ChartHeader) -> list[ScaleTrend]:
    """The total's line; of an instrument without one, each subscale's."""
    lines = []
    for scale in [instrument.total] if instrument.total else instrument.subscales:
        scores = [
            (scored_on(row, header.patient), _number(scale, row.results[scale.id]))
            for row in finished
            if scale.id in row.results
        ]
        name = instrument.name if scale is instrument.total else f"{instrument.name} {scale.name.lower()}"
        goal = _goal(header.objectives, instrument) if scale is instrument.total else None
        if scores:
            lines.append(ScaleTrend(scale, name, goal, scores))
    return lines


def _number(scale: Scale, value: Number) -> Number:
    """Whole for a sum, so that it is written whole."""
    return int(value) if scale.kind == "sum" else value


def waiting_now(rows: Sequence[Response]) -> list[Response]:
    """Asked and not finished, unless a later one of the same instrument has been asked since."""
    last = rows[-1:]
    return [row for row in rows if row.finished_at is None and (row in last or row.state == "started")]


def _goal(objectives: Sequence[Objective], instrument: Instrument) -> int | None:
    targets = [row.target for row in objectives if row.instrument_code == instrument.id]
    return int(targets[0]) if targets and targets[0] is not None else None


def scored_on(row: Response, patient: Patient) -> date:
    """The local day on which a finished response was finished."""
    assert row.finished_at is not None
    return local_day(row.finished_at, patient.site.time_zone)


def change_words(scale: Scale, first: Number, last: Number, since: str) -> Change:
    """How far two scores of a scale lie apart, and whether its own rule calls that a change."""
    if first == last:
        return Change(f"Same as {since.removeprefix('since ')}", "", "minus")
    better = is_better(scale, first, last)
    rule = ""
    if reliable_change(scale, first, last):
        rule = ", reliable"
    elif scale.change.reliable is None and meaningful_change(scale, first, last):
        rule = ", enough to matter"
    words = f"{scale.words(apart(first, last))} {'better' if better else 'worse'} {since}{rule}"
    return Change(words, ("ok" if better else "warn") if rule else "", _mark(first, last))


def _mark(first: Number, last: Number) -> str:
    return "trending-down" if last < first else "trending-up"


def fired(instrument: Instrument, answers: Mapping[str, int]) -> Trigger | None:
    """The worst trigger these answers set off, if any; what only an earlier version asked is passed over."""
    offered = {item.id: {option.value for option in item.options} for item in instrument.items}
    known = {key: value for key, value in answers.items() if value in offered.get(key, ())}
    return max(score(instrument, known).triggers, key=lambda trigger: trigger.rank, default=None)
