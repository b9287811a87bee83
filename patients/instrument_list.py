"""The list of instruments for whoever keeps them: by what they are for, with licence and wording."""

from dataclasses import dataclass

from patients.instruments.definition import PURPOSES
from patients.models import TextPack
from patients.offering import is_off
from patients.scoring import Instrument, load_instruments

LICENCE_WORDS = {
    "public_domain": "Public domain",
    "free_reproduce": "Free to reproduce",
    "free_attribution": "Free with attribution",
    "registration": "Free after registration",
    "noncommercial": "Non-commercial use only",
    "permission": "Needs permission",
    "commercial": "Sold",
    "authored": "Our own",
    "unknown": "Not clear",
}


@dataclass(frozen=True)
class InstrumentRow:
    """One instrument: its licence in words, whether its wording is there, and the pack it comes from."""

    instrument: Instrument
    licence: str
    pack: TextPack | None
    is_off: bool

    @property
    def tone(self) -> str:
        return "line" if self.is_off or not self._has_words else "ok"

    @property
    def mark(self) -> str:
        return "check" if self.tone == "ok" else "lock"

    @property
    def words(self) -> str:
        if self.is_off:
            return "Switched off"
        if self.instrument.has_text:
            return "Wording ships"
        return "Text pack" if self.pack else "Paper form"

    @property
    def _has_words(self) -> bool:
        return self.instrument.has_text or self.pack is not None


def instrument_groups() -> list[tuple[str, list[InstrumentRow]]]:
    """Every instrument under what it is for; one query."""
    packs = {pack.instrument_code: pack for pack in TextPack.objects.in_force().select_related("attested_by")}
    groups: dict[str, list[InstrumentRow]] = {words: [] for words in PURPOSES.values()}
    for instrument in sorted(load_instruments().values(), key=lambda one: one.name):
        row = InstrumentRow(
            instrument=instrument,
            licence=LICENCE_WORDS[instrument.licence],
            pack=packs.get(instrument.id),
            is_off=is_off(instrument.id),
        )
        groups[PURPOSES[instrument.purpose]].append(row)
    return [(words, rows) for words, rows in groups.items() if rows]
