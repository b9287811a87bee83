"""Measures over the planned episode for the treating team: scores, bands, change, item 9, what still waits.

DESIGN section 7: "reliable" is said only by the instrument's own rule; a missing week breaks the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from iop_clinic.clock import local_day
from patients.assessing import WEEKLY
from patients.due import day_words
from patients.header import ChartHeader
from patients.models import Objective, Patient, Response
from patients.scoring import Instrument, Trigger, load_instruments, reliable_change

BEFORE_ADMISSION = timedelta(days=30)  # an intake measure comes before the first day
USUAL_STAY = timedelta(weeks=8)


@dataclass(frozen=True)
class Change:
    """From the first score to another, in words; a tone only where the change is reliable."""

    words: str
    tone: str
    mark: str


@dataclass
class MeasureTrend:
    """One instrument's answers since intake, oldest first."""

    instrument: Instrument
    finished: list[Response]
    waiting: list[Response]
    starts_on: date
    ends_on: date
    day: date
    goal: int | None = None
    scores: list[tuple[date, int]] = field(default_factory=list)

    @property
    def bands(self) -> list[tuple[int, str]]:
        return [(band.low, band.short) for band in self.instrument.bands]

    @property
    def last(self) -> int | None:
        return self.scores[-1][1] if self.scores else None

    @property
    def band(self) -> str:
        return self.instrument.band_of(self.scores[-1][1]).name if self.scores else ""

    @property
    def graded(self) -> list[tuple[Response, str]]:
        """Finished responses, newest first, each with the name of its band."""
        bands = {band.key: band.name for band in self.instrument.bands}
        return [(row, bands.get(row.band, row.band)) for row in reversed(self.finished)]

    @property
    def change(self) -> Change | None:
        """ "7 better since intake, reliable"; None with fewer than two scores."""
        if len(self.scores) < 2:
            return None
        return change_words(self.instrument, self.scores[0][1], self.scores[-1][1], "since intake")

    @property
    def item_words(self) -> str:
        """ "Item 9 was 1 on Sep 14, 0 since Sep 28" for the item with a trigger; empty if it was always 0."""
        item_ids = {trigger.item_id for trigger in self.instrument.triggers}
        said = [" ".join(self._item_history(item_id)) for item_id in sorted(item_ids)]
        return " ".join(words for words in said if words)

    @property
    def item_now(self) -> bool:
        """Whether the last answers still set off a trigger."""
        return bool(self.finished) and fired(self.instrument, self.finished[-1].answers) is not None

    def _item_history(self, item_id: str) -> Sequence[str]:
        answered = [(row.due_on, row.answers[item_id]) for row in self.finished if item_id in row.answers]
        positive = [(on, value) for on, value in answered if value > 0]
        if not positive:
            return []
        on, value = positive[-1]
        number = self.instrument.item(item_id).number
        words = f"Item {number} was {value} on {day_words(on, self.day)}"
        since = next((later for later, _ in answered if later > on), None)
        return [f"{words}, 0 since {day_words(since, self.day)}" if since else words]


def measure_trends(header: ChartHeader) -> list[MeasureTrend]:
    """Each instrument with anything asked or answered since intake, in the order of the instruments."""
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
    scores = [(scored_on(row, header.patient), row.total) for row in finished if row.total is not None]
    begins = [on for on, _ in scores[:1]] or [day]
    ends = [on for on, _ in scores[-1:]]
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
        goal=_goal(header.objectives, instrument),
        scores=scores,
    )


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


def change_words(instrument: Instrument, first: int, last: int, since: str) -> Change:
    """How far two totals lie apart. Both instruments fall when things get better."""
    if first == last:
        return Change(f"Same as {since.removeprefix('since ')}", "", "minus")
    better = last < first
    reliable = reliable_change(instrument, first, last) is not None
    words = f"{abs(first - last)} {'better' if better else 'worse'} {since}{', reliable' if reliable else ''}"
    tone = ("ok" if better else "warn") if reliable else ""
    return Change(words, tone, "trending-down" if better else "trending-up")


def fired(instrument: Instrument, answers: dict[str, int]) -> Trigger | None:
    """The worst trigger these answers set off, if any."""
    hits = [t for t in instrument.triggers if answers.get(t.item_id, 0) >= t.at_least]
    return max(hits, key=lambda trigger: trigger.at_least, default=None)
