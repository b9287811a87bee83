"""The dated days of a weekly group before they are saved: what is in the way on each, and ways round it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from iop_clinic.accounts.models import User
from scheduling.choices import AS_ASKED, ROOM_RULES, Choice, Choices
from scheduling.evaluation import LEAD_RULES, Clash, Rule, Wanted, clashes_of, free_leads, free_rooms
from scheduling.group_override import covered
from scheduling.models import Group, Room
from scheduling.pattern_days import days_of, horizon, times_on

MOST_OTHERS = 3
T = TypeVar("T")


@dataclass(frozen=True)
class GroupDay:
    """One day of the pattern with what was chosen for it. A closed one comes back if the site reopens."""

    wanted: Wanted
    choice: Choice = AS_ASKED
    found: tuple[Clash, ...] = ()

    @property
    def on(self) -> date:
        return self.wanted.occurs_on

    @property
    def closed(self) -> str:
        """The sentence of a closure, else empty."""
        return next((clash.sentence for clash in self.found if clash.rule == Rule.CLOSED), "")

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """What is in the way of making it; nothing is, when it is not to be made."""
        return () if self.choice.skip or self.closed else self.found

    @property
    def ahead(self) -> list[Clash]:
        """Clashes it was chosen to go ahead with, where that may be."""
        return [clash for clash in self.clashes if clash.can_override and self.choice.anyway]

    @property
    def left(self) -> list[Clash]:
        return [clash for clash in self.clashes if clash not in self.ahead]

    @property
    def is_own(self) -> bool:
        """Not as the pattern says: another room, another lead, or a rule set aside."""
        return not self.choice.skip and not self.closed and self.choice != AS_ASKED


def dates_of(group: Group, first_on: date) -> list[date]:
    """The days of the horizon from `first_on` on which the group meets."""
    return list(days_of(group, first_on, horizon(first_on)))


def wanted_on(group: Group, day: date, co_facilitators: Iterable[User]) -> Wanted:
    starts_at, ends_at = times_on(group, day)
    return Wanted(
        site=group.track.site,
        kind=group.kind,
        mode=group.mode,
        starts_at=starts_at,
        ends_at=ends_at,
        lead=group.lead,
        room=group.room,
        capacity=group.capacity,
        co_facilitators=tuple(co_facilitators),
        title=group.name,
    )


def look_at(
    group: Group, dates: Iterable[date], co_facilitators: Iterable[User], choices: Choices | None = None
) -> list[GroupDay]:
    """Each day with every rule it would break as chosen; a constant number of queries.

    The group may be unsaved. A skipped day keeps what was in its way. What the group goes against every
    week is in no day's way that is as the pattern says.
    """
    helpers, chosen = tuple(co_facilitators), choices or {}
    days = [GroupDay(wanted_on(group, day, helpers), chosen.get(day, AS_ASKED)) for day in dates]
    days = [replace(day, wanted=day.choice.of(day.wanted)) for day in days]
    found: dict[date, list[Clash]] = {}
    standing = covered(group)
    for made in (True, False):
        for clash in clashes_of([day.wanted for day in days if day.choice.skip != made]):
            choice = chosen.get(clash.wanted.occurs_on, AS_ASKED)
            if clash.rule not in standing or choice.room or choice.lead:
                found.setdefault(clash.wanted.occurs_on, []).append(clash)
    return [replace(day, found=tuple(found.get(day.on, ()))) for day in days]


@dataclass(frozen=True)
class WaysRound:
    """Changes to the pattern itself after which every date is free, as far as room and people go."""

    rooms: list[Room]
    leads: list[User]
    without_helpers: bool

    def __bool__(self) -> bool:
        return bool(self.rooms or self.leads or self.without_helpers)


def ways_round(days: Sequence[Wanted], rules: set[Rule], among: Iterable[User]) -> WaysRound:
    """For the dates that would be made: rooms free, and clinicians who could lead, on every one of them."""
    rooms = _free_each_time([free_rooms(day) for day in days]) if rules & ROOM_RULES else []
    if not rules & LEAD_RULES:
        return WaysRound(rooms, [], without_helpers=False)
    alone = clashes_of([replace(day, co_facilitators=()) for day in days])
    if not any(clash.rule in LEAD_RULES for clash in alone):
        return WaysRound(rooms, [], without_helpers=True)
    return WaysRound(rooms, _free_each_time(free_leads(days, among)), without_helpers=False)


def _free_each_time(each: list[list[T]]) -> list[T]:
    first = each[0] if each else []
    return [one for one in first if all(one in others for others in each)][:MOST_OTHERS]
