"""What a self-report instrument is: items, answers, bands, triggers (domain reference 6.2)."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["elevated", "high"]


class InstrumentError(Exception):
    """A definition file is wrong; the text names the file and the key."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer a person may choose, with the value that is stored."""

    value: int
    text: str
    loinc: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `id` is the key of its answer; `options` is its own list only where it differs."""

    id: str
    number: int
    text: str
    loinc: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of totals, both ends inside."""

    key: str
    name: str
    short: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """One answer that asks for a person at once. `within_minutes` None means by the end of the local day."""

    key: str
    item_id: str
    at_least: int
    level: Level
    title: str
    clock: str
    within_minutes: int | None


@dataclass(frozen=True, slots=True)
class Algorithm:
    """Counting rule of the PHQ-9: items at or over a threshold, one of the core items among them."""

    item_at_least: int
    any_answer_items: tuple[str, ...]
    core_items: tuple[str, ...]
    major_count: int
    other_count: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of one instrument; a stored response points at `id` and `version`."""

    id: str
    version: str
    name: str
    title: str
    recall: str
    stem: str
    loinc_panel: str
    loinc_total: str
    cut: int
    options: tuple[Option, ...]
    items: tuple[Item, ...]
    difficulty: Item | None
    bands: tuple[Band, ...]
    triggers: tuple[Trigger, ...]
    algorithm: Algorithm | None
    reliable_change: int
    response_percent: int | None
    remission_below: int | None
    licence: str
    licence_note: str
    citation: str
    source_url: str

    @property
    def all_items(self) -> tuple[Item, ...]:
        """The scored items, then the unscored difficulty item where there is one."""
        return self.items if self.difficulty is None else (*self.items, self.difficulty)

    @property
    def max_total(self) -> int:
        return sum(max(option.value for option in self.options_of(item)) for item in self.items)

    def item(self, item_id: str) -> Item:
        """The item with that id; KeyError when there is none."""
        for item in self.all_items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def options_of(self, item: Item) -> tuple[Option, ...]:
        return item.options or self.options

    def band_of(self, total: int) -> Band:
        """The band holding a total from 0 to `max_total`; ValueError outside."""
        for band in self.bands:
            if band.low <= total <= band.high:
                return band
        raise ValueError(f"{total} is not a total of the {self.name}.")
