"""What a stay came to, in the words of a discharge summary: measures, goals, levels. Pure; no queries.

Response and remission: domain reference 9.1, from a baseline at the cut or above within 14 days of admission.
"""

from collections.abc import Iterable
from datetime import date

from patients.changes import remission, response
from patients.models.plan_parts import in_digits
from patients.outcomes import counts, is_baseline
from patients.overview import GoalRow
from patients.scoring import Instrument, Number, Scale
from patients.trends import change_words


def day_in_full(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def calendar_days(admitted_on: date, ended_on: date) -> int:
    """Both ends included."""
    return (ended_on - admitted_on).days + 1


def score_words(scale: Scale, on: date, value: Number) -> str:
    """ "18 on Oct 2, 2026, moderately severe"; the band where the scale has one."""
    band = scale.band_of(value)
    words = f"{scale.words(value)} on {day_in_full(on)}"
    return f"{words}, {band.name.lower()}" if band else words


def outcome_words(
    scale: Scale, first: tuple[date, Number], last: tuple[date, Number], admitted_on: date
) -> str:
    """ "12 better since admission, reliable; response"; the outcome only from a baseline that allows it."""
    baseline, now = first[1], last[1]
    words = change_words(scale, baseline, now, "since admission").words
    if not is_baseline(first[0], admitted_on) or not counts(scale, baseline):
        return words
    if remission(scale, now):
        return f"{words}; remission"
    return f"{words}; response" if response(scale, baseline, now) else words


def measure_row(
    instrument: Instrument, scores: list[tuple[date, Number]], admitted_on: date
) -> dict[str, str]:
    """One measure's first and last total, oldest first in; a single score has no change.

    ValueError for an instrument without a total.
    """
    scale = instrument.total
    if scale is None:
        raise ValueError(f"The {instrument.name} has no total.")
    row = {"measure": instrument.name, "first": score_words(scale, *scores[0])}
    if len(scores) > 1:
        row["last"] = score_words(scale, *scores[-1])
        row["change"] = outcome_words(scale, scores[0], scores[-1], admitted_on)
    return row


def goal_rows_said(rows: Iterable[GoalRow]) -> list[dict[str, str]]:
    """Each goal with how it stands, and the number it stands at where it has one."""
    return [
        {
            "goal": row.goal.statement,
            "objective": row.objective.statement,
            "progress": f"{row.word}, now {in_digits(row.now)}" if row.now is not None else row.word,
        }
        for row in rows
    ]
