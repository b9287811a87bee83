"""How far two scores of one scale lie apart, by the instrument's own rules (domain reference 6.3 to 6.7)."""

from decimal import Decimal
from typing import Literal

from patients.scoring import AnswerError, Number, Scale

Direction = Literal["improved", "worsened"]


def reliable_change(scale: Scale, first: Number, last: Number) -> Direction | None:
    """Whether two scores differ by the reliable change or more; None when not, and without a rule."""
    return _by(scale, first, last, scale.change.reliable)


def meaningful_change(scale: Scale, first: Number, last: Number) -> Direction | None:
    """The same by the smallest difference that means something to a patient."""
    return _by(scale, first, last, scale.change.meaningful)


def _by(scale: Scale, first: Number, last: Number, least: int | None) -> Direction | None:
    _in_range(scale, first, last)
    if least is None or apart(first, last) < least:
        return None
    return "improved" if is_better(scale, first, last) else "worsened"


def apart(first: Number, last: Number) -> Decimal:
    return abs(Decimal(first) - Decimal(last))


def is_better(scale: Scale, first: Number, last: Number) -> bool:
    return last > first if scale.higher_is_better else last < first


def response(scale: Scale, first: Number, last: Number) -> bool | None:
    """Whether the score fell by the response percentage of its baseline; None without such a rule."""
    _in_range(scale, first, last)
    if scale.change.response_percent is None:
        return None
    return first > 0 and (first - last) * 100 >= first * scale.change.response_percent


def remission(scale: Scale, last: Number) -> bool | None:
    """Whether the score lies under the remission line; None without such a rule."""
    _in_range(scale, last)
    return None if scale.change.remission_below is None else last < scale.change.remission_below


def _in_range(scale: Scale, *values: Number) -> None:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, Number) or not scale.low <= value <= scale.high:
            raise AnswerError(f"The {scale.name.lower()} lies between {scale.low} and {scale.high}.")
