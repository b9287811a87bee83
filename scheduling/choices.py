"""Ways round the clashes of dated visits: offered date by date, and those that were chosen.

A choice travels as text, later ones of a date win: "2026-10-26 skip", "2026-10-26 room 3",
"2026-10-26 lead 7", "2026-10-26 anyway".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from scheduling.evaluation import LEAD_RULES, OVERRIDABLE, Clash, Rule, Wanted, free_leads, free_rooms
from scheduling.models import Room

ROOM_RULES = {Rule.ROOM_TAKEN, Rule.ROOM_TOO_SMALL}
MENDABLE = ROOM_RULES | LEAD_RULES | OVERRIDABLE  # by a room, by a clinician, or for a reason
STALE = "A choice below is not on offer any more. Choose again."


@dataclass(frozen=True)
class Choice:
    """What to do about one date: leave it out, or another room, another clinician, or go ahead."""

    skip: bool = False
    room: Room | None = None
    lead: User | None = None
    anyway: bool = False

    def of(self, wanted: Wanted) -> Wanted:
        return replace(wanted, room=self.room or wanted.room, lead=self.lead or wanted.lead)


AS_ASKED = Choice()
Choices = Mapping[date, Choice]


class Clashing(Refused):
    """Everything that is in the way. Nothing was saved."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__(clashes[0].sentence)
        self.clashes = list(clashes)


def going_ahead(clashes: Iterable[Clash], choices: Choices) -> list[Clash]:
    """The clashes that were chosen to go ahead with, by date; Clashing when any other is left."""
    found = list(clashes)
    ahead = [
        clash
        for clash in found
        if clash.can_override and choices.get(clash.wanted.occurs_on, AS_ASKED).anyway
    ]
    if left := [clash for clash in found if clash not in ahead]:
        raise Clashing(left)
    return ahead


@dataclass(frozen=True)
class Way:
    """One choice as the page shows and sends it."""

    value: str
    words: str


@dataclass(frozen=True)
class ClashRow:
    """A date of the page's table: what is in the way, what was chosen already, what can be chosen.

    `about` names the group where a table holds several.
    """

    wanted: Wanted | None
    day: date
    sentences: list[str]
    kept: list[Way]
    ways: list[Way]
    about: str = ""

    @property
    def asks_why(self) -> bool:
        """Whether going ahead is among what was or can be chosen."""
        return any("anyway" in way.value.split(" ") for way in self.kept + self.ways)


def chosen_from(values: Iterable[str], rooms: Iterable[Room], leads: Iterable[User]) -> dict[date, Choice]:
    """The choices a form sent; empty ones are none. Refused 422 for one that was never on offer."""
    by_room = {str(room.pk): room for room in rooms}
    by_lead = {str(lead.pk): lead for lead in leads}
    found: dict[date, Choice] = {}
    for value in filter(None, values):
        try:
            typed, verb, *number = value.split(" ")
            day = date.fromisoformat(typed)
            before = found.get(day, AS_ASKED)
            if verb == "room":
                found[day] = replace(before, room=by_room[number[0]])
            elif verb == "lead":
                found[day] = replace(before, lead=by_lead[number[0]])
            elif verb == "skip":
                found[day] = replace(before, skip=True)
            elif verb == "anyway":
                found[day] = replace(before, anyway=True)
            else:
                raise ValueError(verb)
        except (ValueError, KeyError, IndexError) as error:
            raise Refused(STALE, status=422) from error
    return found


def clash_rows(
    clashes: Iterable[Clash], choices: Choices, leads: Iterable[User], *, may_skip: bool, may_override: bool
) -> list[ClashRow]:
    """By date: those that clash, and those for which a way was chosen already."""
    by_day: dict[date, list[Clash]] = {}
    for clash in clashes:
        by_day.setdefault(clash.wanted.occurs_on, []).append(clash)
    substitutes = _substitutes(by_day, leads)
    rows = []
    for day in sorted({*by_day, *choices}):
        found, choice = by_day.get(day, []), choices.get(day, AS_ASKED)
        ways = [Way(f"{day} skip", "Skip this date")] if found and may_skip else []
        if all(clash.rule in MENDABLE for clash in found):
            ways += _other_rooms(day, found) + substitutes.get(day, [])
            if may_override and any(clash.can_override for clash in found) and not choice.anyway:
                ways.append(Way(f"{day} anyway", "Go ahead, for a reason"))
        wanted = found[0].wanted if found else None
        rows.append(ClashRow(wanted, day, [clash.sentence for clash in found], _kept(day, choice), ways))
    return rows


def _kept(day: date, choice: Choice) -> list[Way]:
    if choice.skip:
        return [Way(f"{day} skip", "Skip this date")]
    kept = [Way(f"{day} room {choice.room.pk}", f"In {choice.room.name}")] if choice.room else []
    if choice.lead:
        kept.append(Way(f"{day} lead {choice.lead.pk}", f"With {choice.lead.short_name}"))
    if choice.anyway:
        kept.append(Way(f"{day} anyway", "Go ahead, for a reason"))
    return kept


def _other_rooms(day: date, found: list[Clash]) -> list[Way]:
    blocked = next((clash.wanted for clash in found if clash.rule in ROOM_RULES), None)
    rooms = free_rooms(blocked) if blocked else []
    return [Way(f"{day} room {room.pk}", f"In {room.name}") for room in rooms if room != blocked.room]  # type: ignore[union-attr]


def _substitutes(by_day: dict[date, list[Clash]], leads: Iterable[User]) -> dict[date, list[Way]]:
    """Who else could lead the visit of a day that its clinician cannot."""
    without = {
        day: clash.wanted for day, found in by_day.items() for clash in found if clash.rule in LEAD_RULES
    }
    people = free_leads(list(without.values()), leads)
    return {
        day: [Way(f"{day} lead {one.pk}", f"With {one.short_name}") for one in free if one != wanted.lead]
        for (day, wanted), free in zip(without.items(), people, strict=True)
    }
