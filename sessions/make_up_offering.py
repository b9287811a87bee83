"""Offering ways to make up time: what was looked at is what is offered, person by person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from scheduling.make_up_offers import offer_make_ups
from scheduling.models import MakeUpOffer
from scheduling.short_ways import ShortWay, share_out
from sessions.short_week import ShortPerson, ShortWeek, WayRow

CHANGED = "The free seats have changed meanwhile. Look at the ways again."


@dataclass(frozen=True)
class Proposal:
    """What one press would offer to one person."""

    person: ShortPerson
    ways: Sequence[ShortWay]

    @property
    def rows(self) -> list[WayRow]:
        return [WayRow(way, self.person.ledger, is_ticked=True) for way in self.ways]

    @property
    def value(self) -> str:
        """What the form sends: "7:12,13-15", the episode and the keys of its ways."""
        return f"{self.person.episode.pk}:{','.join(way.key for way in self.ways)}"


def proposals(page: ShortWeek) -> list[Proposal]:
    """An offer for each person who takes one, the free seats shared out in turns."""
    people = {one.episode.pk: one for one in page.to_offer}
    given = share_out({pk: one.proposed for pk, one in people.items()})
    return [Proposal(people[pk], ways) for pk, ways in given.items() if ways]


def offer_these(*, actor: User, person: ShortPerson, keys: Collection[str], now: datetime) -> MakeUpOffer:
    """The ways with these keys, in the order of the page. Refused 422 for none, 409 for one that has gone."""
    if not keys:
        raise Refused("Choose at least one way.", status=422)
    if person.open is not None:
        return person.open.offer
    chosen = [way.sessions for way in person.ways if way.key in keys]
    if len(chosen) != len(set(keys)):
        raise Refused(CHANGED)
    return offer_make_ups(
        actor=actor,
        episode=person.episode,
        week=person.week,
        ways=chosen,
        short_minutes=person.ledger.short_minutes,
        now=now,
    )


@dataclass(frozen=True)
class Offered:
    """What became of offering to several: who has an offer, and why others have none."""

    made: int
    refused: list[str]


def offer_to_several(
    *, actor: User, page: ShortWeek, asked: Mapping[int, Collection[str]], now: datetime
) -> Offered:
    """Each person's offer for itself: one that cannot be made leaves the others standing."""
    made, refused = 0, []
    for person in page.people:
        keys = asked.get(person.episode.pk)
        if keys is None:
            continue
        try:
            offer_these(actor=actor, person=person, keys=keys, now=now)
            made += 1
        except Refused as refusal:
            refused.append(f"{person.episode.patient.short_name}: {refusal.sentence}")
    return Offered(made, refused)


def asked_of(values: Collection[str]) -> dict[int, list[str]]:
    """ "7:12,13-15" of each ticked person, by the number of the episode; what is none of that is left out."""
    found: dict[int, list[str]] = {}
    for value in values:
        number, _, keys = value.partition(":")
        if number.isascii() and number.isdecimal() and len(number) < 12:
            found[int(number)] = [key for key in keys.split(",") if key]
    return found
