"""What two scores of a stay come to: reliable change, response, remission. Pure. Domain reference 9.1.

Response and remission are said only from a baseline that needed attention: at the cut or beyond, where the
scale has a cut. A baseline is the first score from 14 days before to 14 days after the admission.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from patients.changes import Direction, apart, is_better, reliable_change, remission, response
from patients.scoring import Number, Scale

BASELINE_DAYS = 14
Scored = tuple[date, Number]


@dataclass(frozen=True)
class Outcome:
    """From a baseline to the last score. None where the scale has no such rule, or the baseline none."""

    first: Scored
    last: Scored
    change: Direction | None
    response: bool | None
    remission: bool | None


def is_baseline(on: date, admitted_on: date) -> bool:
    return abs((on - admitted_on).days) <= BASELINE_DAYS


def counts(scale: Scale, baseline: Number) -> bool:
    """Whether response and remission may be said from this baseline."""
    return bool(baseline) and scale.is_positive(baseline) is not False


def outcome_of(scale: Scale, scores: Sequence[Scored], admitted_on: date) -> Outcome | None:
    """The outcome of a stay so far; `scores` oldest first. None without a baseline and a later score."""
    place = next((n for n, (on, _) in enumerate(scores) if is_baseline(on, admitted_on)), None)
    if place is None or place == len(scores) - 1:
        return None
    first, last = scores[place], scores[-1]
    eligible = counts(scale, first[1])
    return Outcome(
        first,
        last,
        reliable_change(scale, first[1], last[1]),
        response(scale, first[1], last[1]) if eligible else None,
        remission(scale, last[1]) if eligible else None,
    )


@dataclass(frozen=True)
class Said:
    """One finding in words, with the rule it follows; a tone where it is met or worse."""

    words: str
    rule: str
    tone: str = ""
    mark: str = "minus"


def outcome_said(scale: Scale, found: Outcome) -> list[Said]:
    """Reliable change, response and remission, as far as the scale has rules for them."""
    said = [_reliable(scale, found)] if scale.change.reliable is not None else []
    if not counts(scale, found.first[1]) and _has_outcomes(scale):
        return [*said, Said("Response and remission are not said", _baseline_rule(scale))]
    if found.response is not None:
        said.append(_response(scale, found))
    if found.remission is not None:
        below = f"Last score under {scale.change.remission_below}, {_baseline_rule(scale, short=True)}"
        said.append(_met("Remission", found.remission, below))
    return said


def _has_outcomes(scale: Scale) -> bool:
    return scale.change.response_percent is not None or scale.change.remission_below is not None


def _reliable(scale: Scale, found: Outcome) -> Said:
    points = scale.words(apart(found.first[1], found.last[1]))
    rule = f"{scale.change.reliable} points or more between baseline and last score"
    if found.change is None:
        return Said(f"No reliable change: {points} apart", rule)
    better = found.change == "improved"
    words = (
        f"Reliable {'improvement' if better else 'deterioration'}: {points} {'better' if better else 'worse'}"
    )
    return Said(words, rule, "ok" if better else "warn", _mark(found))


def _mark(found: Outcome) -> str:
    return "trending-down" if found.last[1] < found.first[1] else "trending-up"


def _response(scale: Scale, found: Outcome) -> Said:
    first, last = found.first[1], found.last[1]
    percent = int(apart(first, last) * 100 / first)
    where = (
        f"{percent} percent {'better' if is_better(scale, first, last) else 'worse'}"
        if percent
        else "no change"
    )
    least = f"At least {scale.change.response_percent} percent better than the baseline"
    return _met("Response", bool(found.response), f"{least}, {_baseline_rule(scale, short=True)}", where)


def _met(name: str, is_met: bool, rule: str, beside: str = "") -> Said:
    words = name if is_met else f"No {name.lower()}"
    words = f"{words}: {beside}" if beside else words
    return Said(f"{words}", rule, "ok" if is_met else "", "check" if is_met else "minus")


def _baseline_rule(scale: Scale, *, short: bool = False) -> str:
    """ "from a baseline of 10 or more" or the whole of it."""
    if scale.cut is None:
        return f"from a baseline within {BASELINE_DAYS} days of the admission"
    side = "less" if scale.higher_is_better else "more"
    if short:
        return f"from a baseline of {scale.cut} or {side}"
    return f"They need a baseline of {scale.cut} or {side} within {BASELINE_DAYS} days of the admission"
