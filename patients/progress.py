"""How a patient is doing, for the patient: measures first and last, goals in their words (DESIGN.md 7).

No severity words; whether a change is real is the instrument's own rule (domain reference 6.3, 6.4).
"""

from dataclasses import dataclass
from datetime import date

from iop_clinic.clock import local_day, week_of
from patients.models import Episode, Patient, Response
from patients.overview import GoalRow, goal_rows
from patients.plan_tree import objectives_in_force
from patients.portal_words import in_words
from patients.scoring import Instrument, Number, load_instruments
from patients.trends import BEFORE_ADMISSION


@dataclass(frozen=True)
class MeasureProgress:
    """The scores of one measure within the episode, oldest first."""

    instrument: Instrument
    scores: list[tuple[date, Number]]

    @property
    def name(self) -> str:
        return self.instrument.portal_name

    @property
    def headline(self) -> str:
        """ "13 now, 20 when you started"; "13 to start with" after the first."""
        shown, last = self.instrument.shown, self.instrument.shown(self.last)
        return (
            f"{last} now, {shown(self.scores[0][1])} when you started"
            if len(self.scores) > 1
            else f"{last} to start with"
        )

    @property
    def rule(self) -> str:
        """ "Lower is better. Six points or more is a real change." """
        least = self.instrument.total.change.reliable if self.instrument.total else None
        points = f" {in_words(least).capitalize()} points or more is a real change." if least else ""
        return f"Lower is better.{points}"

    @property
    def last(self) -> Number:
        return self.scores[-1][1]

    @property
    def top(self) -> int:
        return self.instrument.max_total

    @property
    def starts_on(self) -> date:
        return self.scores[0][0]

    @property
    def ends_on(self) -> date:
        return self.scores[-1][0]


def measures_of(patient: Patient, since_on: date) -> list[MeasureProgress]:
    """Every measure with a score since the admission on that day, the intake's own among them, by name."""
    tz_name = patient.site.time_zone
    rows = Response.objects.filter(patient=patient, due_on__gte=since_on - BEFORE_ADMISSION).scored()
    rows = rows.order_by("due_on", "finished_at", "pk")
    scores: dict[str, list[tuple[date, Number]]] = {}
    instruments = load_instruments()
    for code, finished_at, total in rows.values_list("instrument_code", "finished_at", "total"):
        scale = instruments[code].total if code in instruments else None
        if finished_at is not None and total is not None and scale is not None:
            value = int(total) if scale.kind == "sum" else total
            scores.setdefault(code, []).append((local_day(finished_at, tz_name), value))
    measures = [MeasureProgress(i, scores[code]) for code, i in instruments.items() if code in scores]
    return sorted(measures, key=lambda measure: measure.name)


def goals_of(episode: Episode, day: date, measures: list[MeasureProgress]) -> list[GoalRow]:
    """The goals of the plan in force, each standing where the team's chart says it stands."""
    return goal_rows(objectives_in_force(episode, day), measures)


def weeks_in(episode: Episode, day: date, starts_weekday: int) -> str:
    """ "Week 6 of 9", or "Week 6" while no end is planned."""
    first = week_of(episode.admitted_on, starts_weekday)
    number = _weeks_between(first.starts_on, week_of(day, starts_weekday).starts_on)
    if episode.expected_end_on is None:
        return f"Week {number}"
    last = _weeks_between(first.starts_on, week_of(episode.expected_end_on, starts_weekday).starts_on)
    return f"Week {number} of {last}" if number <= last else f"Week {number}"


def _weeks_between(first: date, last: date) -> int:
    return (last - first).days // 7 + 1
