"""Scales: the total and the subscales of an instrument, their bands, cuts and change rules."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Number = int | Decimal
ScaleKind = Literal["sum", "mean", "mean_of_subscales"]


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of totals, both ends inside."""

    key: str
    name: str
    short: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """From which difference on the instrument's authors speak of change; None where they do not."""

    reliable: int | None = None
    meaningful: int | None = None
    response_percent: int | None = None
    remission_below: int | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Which items count, how, from `low` to `high`, and where it needs attention.

    `cut_men` is men's own cut where the instrument has one; `cut` is everyone else's.
    """

    id: str
    name: str
    kind: ScaleKind
    item_ids: tuple[str, ...]
    low: int
    high: int
    cut: int | None
    cut_men: int | None
    higher_is_better: bool
    bands: tuple[Band, ...]
    change: ChangeRule
    loinc: str

    def words(self, value: Number) -> str:
        """ "13"; a mean with its one decimal, "4.7"."""
        return f"{value:.0f}" if self.kind == "sum" else f"{value:.1f}"

    def band_of(self, value: Number) -> Band | None:
        """The band holding a value; None for a scale without bands, ValueError outside its range."""
        for band in self.bands:
            if band.low <= value <= band.high:
                return band
        if self.bands:
            raise ValueError(f"{value} is not a total of the {self.name}.")
        return None

    def is_positive(self, value: Number, *, is_man: bool = False) -> bool | None:
        """Whether a value has reached the cut from its worse side; None without a cut."""
        cut = self.cut_men if is_man and self.cut_men is not None else self.cut
        if cut is None:
            return None
        return value <= cut if self.higher_is_better else value >= cut
