"""What an instrument is: its items, answers, scales and rules (domain reference 6.1, 6.2)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from patients.instruments.rules import Condition, Outcome, Trigger
from patients.instruments.scale import Band, Number, Scale

Licence = Literal[
    "public_domain",
    "free_reproduce",
    "free_attribution",
    "registration",
    "noncommercial",
    "permission",
    "commercial",
    "authored",
    "unknown",
]
# Under these the wording itself may ship; under the others a file holds the structure only.
TEXT_LICENCES = frozenset({"public_domain", "free_reproduce", "free_attribution", "authored"})
Mode = Literal["portal", "staff"]
# What an instrument is for: its word in a file, and as people read it, in the order of a list.
PURPOSES = {
    "risk": "Suicide risk",
    "mood": "Mood",
    "anxiety": "Anxiety, panic and OCD",
    "trauma": "Trauma",
    "substance": "Alcohol and drugs",
    "withdrawal": "Withdrawal",
    "eating": "Eating",
    "body": "Pain and body",
    "sleep": "Sleep",
    "functioning": "Daily life",
}


class InstrumentError(Exception):
    """A definition file is wrong; the text names the file and the key."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer a person may choose: the value that is stored, and the points it counts.

    `points` None leaves the question out of every score, as if it were not part of it.
    """

    value: int
    text: str
    loinc: str
    points: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `id` is the key of its answer, `label` the number printed before it, `lead` what is
    said before it, `answers` the name of its set of answers. Any of `skip_if` leaves it unasked: 0 points."""

    id: str
    number: int
    label: str
    text: str
    lead: str
    loinc: str
    answers: str
    options: tuple[Option, ...]
    is_number: bool
    skip_if: tuple[Condition, ...]

    @property
    def points(self) -> list[int]:
        """The points its answers can count."""
        return [option.points for option in self.options if option.points is not None]

    @property
    def gates(self) -> frozenset[str]:
        """The items whose answers decide whether this one is asked."""
        return frozenset(item_id for condition in self.skip_if for item_id in condition.item_ids)

    def points_of(self, value: int) -> int | None:
        return next(option.points for option in self.options if option.value == value)


@dataclass(frozen=True)
class Instrument:
    """One version of one instrument; a stored response points at `id` and `version`."""

    id: str
    version: str
    name: str
    title: str
    portal_name: str
    purpose: str
    recall: str
    stem: str
    has_text: bool
    modes: tuple[Mode, ...]
    age_from: int | None
    items: tuple[Item, ...]
    total: Scale | None
    subscales: tuple[Scale, ...]
    outcomes: tuple[Outcome, ...]
    outcome_about: str
    outcome_loinc: str
    triggers: tuple[Trigger, ...]
    reading: str
    loinc_panel: str
    local_code: str
    licence: Licence
    licence_note: str
    citation: str
    source_url: str

    @property
    def scales(self) -> tuple[Scale, ...]:
        """The total where there is one, then the subscales."""
        return (self.total, *self.subscales) if self.total else self.subscales

    @property
    def bands(self) -> tuple[Band, ...]:
        return self.total.bands if self.total else ()

    @property
    def max_total(self) -> int:
        """The highest total; 0 for an instrument without one."""
        return self.total.high if self.total else 0

    @cached_property
    def needed(self) -> frozenset[str]:
        """Items without which there is no result: those of scales and outcomes, and their gates."""
        looked_at = {item_id for scale in self.scales for item_id in scale.item_ids}
        looked_at |= {i for outcome in self.outcomes for c in outcome.when for i in c.item_ids}
        gated = [item for item in self.items if item.id in looked_at]
        return frozenset(looked_at | {item_id for item in gated for item_id in item.gates})

    def item(self, item_id: str) -> Item:
        """The item with that id; KeyError when there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def shown(self, value: Number | None) -> str:
        """A total as it is written, "13" or "4.7"; empty for none."""
        return "" if value is None or self.total is None else self.total.words(value)
