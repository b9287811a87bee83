"""Which measures this clinic may ask for, and in whose words: shipped, from a text pack, or none.

A measure without words is entered from its paper form; the portal never shows it (domain reference 6.1).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from patients.instruments.definition import PURPOSES
from patients.models import TextPack
from patients.scoring import Instrument, Item, load_instruments

Wording = Mapping[str, Any]


def is_off(instrument_code: str) -> bool:
    """Whether the clinic has switched it off: what was answered stays readable."""
    return instrument_code in settings.INSTRUMENTS_OFF


def offered() -> dict[str, Instrument]:
    """Every measure that may be asked, in the order of what it is for; one query for the words."""
    order = list(PURPOSES)
    instruments = [one for one in in_our_words().values() if not is_off(one.id)]
    return {one.id: one for one in sorted(instruments, key=lambda one: (order.index(one.purpose), one.name))}


def in_our_words(codes: Collection[str] | None = None) -> dict[str, Instrument]:
    """Every instrument by its id, with the text pack in force where its own words do not ship.

    One query; none when all of `codes`, the only ones that matter to the caller, ship with their words.
    """
    instruments = load_instruments()
    wanted = instruments if codes is None else [code for code in codes if code in instruments]
    if all(instruments[code].has_text for code in wanted):
        return instruments
    packs = {(pack.instrument_code, pack.instrument_version): pack for pack in TextPack.objects.in_force()}
    said = {}
    for code, instrument in instruments.items():
        pack = None if instrument.has_text else packs.get((code, instrument.version))
        said[code] = worded(instrument, pack.wording) if pack else instrument
    return said


def instrument_of(instrument_code: str) -> Instrument | None:
    """One instrument in our words; None when no file defines it."""
    return in_our_words([instrument_code]).get(instrument_code)


def may_ask_in_portal(instrument: Instrument) -> bool:
    """Whether patients may answer it themselves: it has words, is meant for it and is not off."""
    return instrument.has_text and "portal" in instrument.modes and not is_off(instrument.id)


def worded(instrument: Instrument, wording: Wording) -> Instrument:
    """The instrument with a pack's words; what a pack does not name keeps its own."""
    answers, leads = wording.get("answers", {}), wording.get("leads", {})
    lead = ""

    def item(old: Item) -> Item:
        nonlocal lead
        lead = leads.get(old.id, lead)
        words = answers.get(old.answers, {})
        options = tuple(replace(o, text=words.get(str(o.value), o.text)) for o in old.options)
        return replace(old, text=wording["items"][old.id], lead=lead, options=options)

    return replace(instrument, items=tuple(item(old) for old in instrument.items), has_text=True)
