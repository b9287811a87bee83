"""The dated days of a weekly group before they are saved: what is in the way on each, and ways round it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import ALLOWED, Permission
from scheduling.evaluation import Clash, Rule, Wanted, clashes_of, free_rooms
from scheduling.models import Facilitation, Group, Room, TherapySession
from scheduling.pattern_days import days_of, horizon, times_on

ROOM_RULES = frozenset({Rule.ROOM_TAKEN, Rule.ROOM_TOO_SMALL})
STAFF_RULES = frozenset({Rule.STAFF_BUSY, Rule.ABSENT, Rule.OUTSIDE_HOURS, Rule.LICENSE, Rule.CREDENTIAL})
MOST_OTHERS, MOST_TRIED = 3, 8


@dataclass(frozen=True)
class GroupDay:
    """One day of the pattern. A closed one is left out by itself and comes back if the site reopens."""

    wanted: Wanted
    found: tuple[Clash, ...] = ()
    is_skipped: bool = False

    @property
    def on(self) -> date:
        return self.wanted.occurs_on

    @property
    def closed(self) -> str:
        """The sentence of a closure, else empty."""
        return next((clash.sentence for clash in self.found if clash.rule == Rule.CLOSED), "")

    @property
    def clashes(self) -> tuple[Clash, ...]:
        return () if self.is_skipped or self.closed else self.found


@dataclass(frozen=True)
class GroupDays:
    """The days a pattern asks for, in order."""

    days: tuple[GroupDay, ...]

    @property
    def clashing(self) -> list[GroupDay]:
        return [day for day in self.days if day.clashes]

    @property
    def skipped(self) -> list[GroupDay]:
        return [day for day in self.days if day.is_skipped]

    @property
    def closed(self) -> list[GroupDay]:
        return [day for day in self.days if day.closed]

    @property
    def rules(self) -> list[str]:
        return sorted({clash.rule for day in self.clashing for clash in day.clashes})

    @property
    def can_override(self) -> bool:
        """Whether a reason would do for everything that is in the way."""
        return all(clash.can_override for day in self.clashing for clash in day.clashes)


class DaysRefused(Refused):
    """Some days clash: nothing was saved. `days` holds them all for the page that lists the ways round."""

    def __init__(self, days: GroupDays) -> None:
        of = len(days.days) - len(days.skipped) - len(days.closed)
        dates = "1 date clashes" if len(days.clashing) == 1 else f"{len(days.clashing)} dates clash"
        super().__init__(f"Not saved: {dates}, of {of}. Choose a way round below.")
        self.days = days


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
    group: Group, dates: Iterable[date], co_facilitators: Iterable[User], skipped: Collection[date] = ()
) -> GroupDays:
    """Each day with every rule it would break; a constant number of queries. The group may be unsaved."""
    helpers = tuple(co_facilitators)
    wanted = [wanted_on(group, day, helpers) for day in dates]
    found: dict[date, list[Clash]] = {}
    for clash in clashes_of(wanted):
        found.setdefault(clash.wanted.occurs_on, []).append(clash)
    return GroupDays(
        tuple(GroupDay(one, tuple(found.get(one.occurs_on, ())), one.occurs_on in skipped) for one in wanted)
    )


@dataclass(frozen=True)
class WaysRound:
    """Changes to the whole series after which nothing is in its way any more, as far as they go."""

    rooms: list[Room]
    leads: list[User]
    without_helpers: bool


def ways_round(days: GroupDays) -> WaysRound:
    """Rooms that are free, and clinicians who could lead, on every day that would be made."""
    rules = set(days.rules)
    made = [day.wanted for day in days.days if not (day.is_skipped or day.closed)]
    rooms = _other_rooms(made) if rules & ROOM_RULES else []
    if not rules & STAFF_RULES:
        return WaysRound(rooms, [], False)
    alone = [replace(one, co_facilitators=()) for one in made]
    lead_is_free = not _staff_clashes(alone)
    return WaysRound(rooms, [] if lead_is_free else _other_leads(made), lead_is_free)


def _other_rooms(made: Sequence[Wanted]) -> list[Room]:
    rooms = free_rooms(made[0]) if made else []
    for one in made[1:]:
        free = {room.pk for room in free_rooms(one)}
        rooms = [room for room in rooms if room.pk in free]
    return rooms[:MOST_OTHERS]


def _other_leads(made: Sequence[Wanted]) -> list[User]:
    """By name; those who lead something else at one of the times are not asked about at all."""
    then = Q()
    for one in made:
        then |= Q(session__starts_at__lt=one.ends_at, session__ends_at__gt=one.starts_at)
    busy = Facilitation.objects.filter(then, status=TherapySession.Status.SCHEDULED).values("staff")
    there = User.objects.filter(sites=made[0].site, is_active=True, role__in=ALLOWED[Permission.WRITE_NOTES])
    free = there.exclude(pk__in=busy).exclude(pk__in=[person.pk for person in made[0].staff])
    found: list[User] = []
    for person in free[:MOST_TRIED]:
        if len(found) < MOST_OTHERS and not _staff_clashes([replace(one, lead=person) for one in made]):
            found.append(person)
    return found


def _staff_clashes(wanted: Sequence[Wanted]) -> bool:
    return any(clash.rule in STAFF_RULES for clash in clashes_of(wanted))
