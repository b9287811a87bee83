"""The two or three ways round one clash of the week board, each with what it costs (design section 1.6)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from iop_clinic.clock import minutes_between
from iop_clinic.roles import Permission
from iop_clinic.wall import short_wall, wall
from scheduling.choices import AS_ASKED, Choice
from scheduling.evaluation import Rule, Wanted
from scheduling.facts import Facts, Taken, gather
from scheduling.models import Group, Room
from scheduling.settling import in_the_way, wanted_for
from scheduling.substitutes import Candidate, stand_ins, who_may_lead
from scheduling.wanted import Clash
from scheduling.words import day_words

MOST_ROOMS, MOST_LEADS = 2, 2
TURNOVER = timedelta(minutes=5)
STEP = timedelta(minutes=5)
SHORTEST_MINUTES = 15


@dataclass(frozen=True)
class Fix:
    """One way: what the form sends, the words, and what it does. `skips` leaves the day out for good."""

    value: str
    title: str
    cost: str
    verb: str
    choice: Choice = AS_ASKED
    ends_at: datetime | None = None
    skips: bool = False
    asks_why: bool = False

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Any of these may take it."""
        if self.asks_why:
            return (Permission.OVERRIDE_CLASH,)
        return (Permission.PLAN_GROUPS,) if self.skips else (Permission.BOOK, Permission.PLAN_GROUPS)


@dataclass(frozen=True)
class Trouble:
    """A pattern day off the calendar: what is in its way, and the ways round."""

    group: Group
    day: date
    wanted: Wanted
    clashes: list[Clash]
    fixes: list[Fix]

    @property
    def heading(self) -> str:
        """ "Birch is taken, Thu 10/22 at 5:30 PM" """
        rules, when = {clash.rule for clash in self.clashes}, day_words(self.day)
        room, lead = self.wanted.room, self.wanted.lead
        if Rule.ROOM_TAKEN in rules and room is not None:
            return f"{room.name} is taken on {when}"
        if Rule.STAFF_BUSY in rules:
            return f"{lead.short_name} is busy on {when}"
        return f"{self.group.name} waits to be placed on {when}"

    @property
    def times(self) -> str:
        """ "4:40 to 5:40 pm" """
        return from_to(self.wanted.starts_at, self.wanted.ends_at, self.wanted.site.time_zone)


def trouble_of(group: Group, day: date, now: datetime) -> Trouble:
    """What is in the way of a missing pattern day, in a constant number of queries."""
    wanted = wanted_for(group, day)
    rooms = list(Room.objects.filter(site=wanted.site, is_active=True).order_by("seats", "position", "pk"))
    leads = who_may_lead([wanted.site]).select_related("profile").prefetch_related("licenses")
    tries = [replace(wanted, lead=lead) for lead in leads if lead.pk != wanted.lead.pk]
    facts = gather([wanted, *tries, *(replace(wanted, room=room) for room in rooms)])
    found = in_the_way(group, wanted, facts)
    fixes: list[Fix] = []
    if not found:
        fixes.append(Fix("as-asked", "Place it as the pattern says", _free(wanted), "Place"))
    else:
        fixes += list(_other_rooms(group, wanted, rooms, facts))[:MOST_ROOMS]
        able = [tried for tried in tries if not in_the_way(group, tried, facts)]
        fixes += [_other_lead(wanted, one) for one in stand_ins(able, facts, now)[:MOST_LEADS]]
        fixes += _shorter(group, wanted, facts)
        fixes.append(_left_out(wanted, group))
        fixes += _shared(wanted, found)
    return Trouble(group, day, wanted, found, fixes)


def _other_rooms(group: Group, wanted: Wanted, rooms: list[Room], facts: Facts) -> Iterator[Fix]:
    """The smallest that is big enough first."""
    for room in rooms if wanted.room is not None else ():
        tried = replace(wanted, room=room)
        if room != wanted.room and not in_the_way(group, tried, facts):
            cost = f"{_free(wanted)}, {room.seats} seats, {len(wanted.patients)} needed"
            yield Fix(f"room-{room.pk}", f"Move {group.name} to {room.name}", cost, "Move", Choice(room=room))


def _other_lead(wanted: Wanted, one: Candidate) -> Fix:
    """Who knows the patients comes first, and the cost says so."""
    title, free = f"Let {one.staff.full_name} lead it", _free(wanted)
    cost = f"{one.knows_words}, {free[0].lower()}{free[1:]}" if one.expected else free
    choice = Choice(lead=one.staff)
    return Fix(f"lead-{one.staff.pk}", title, f"{cost}, this once", "Hand over", choice)


def _shorter(group: Group, wanted: Wanted, facts: Facts) -> list[Fix]:
    """To end five minutes before the other one starts, if most of it is left then."""
    others = facts.staff.get(wanted.lead.pk, [])
    others = others + (facts.rooms.get(wanted.room.pk, []) if wanted.room else [])
    ends_at = _before(wanted, others)
    if ends_at is None:
        return []
    minutes, less = minutes_between(wanted.starts_at, ends_at), minutes_between(ends_at, wanted.ends_at)
    enough = minutes >= SHORTEST_MINUTES and minutes > group.break_minutes and less < minutes
    if not enough or in_the_way(group, replace(wanted, ends_at=ends_at), facts):
        return []
    ends = wall(ends_at, wanted.site.time_zone)
    cost = _less(wanted, less)
    return [Fix("shorter", f"End {group.name} at {ends}", cost, "Shorten", ends_at=ends_at)]


def _before(wanted: Wanted, others: list[Taken]) -> datetime | None:
    """The latest 5-minute step a turnover before the first thing that starts during the session."""
    starts = [one.starts_at for one in others if wanted.starts_at < one.starts_at < wanted.ends_at]
    if not starts:
        return None
    latest = min(starts) - TURNOVER
    return latest - (latest - wanted.starts_at) % STEP


def _left_out(wanted: Wanted, group: Group) -> Fix:
    counted = minutes_between(wanted.starts_at, wanted.ends_at) - group.break_minutes
    cost = _less(wanted, counted) if wanted.patients else "Nobody is enrolled"
    return Fix("skip", "Leave this date out", cost, "Leave out", Choice(skip=True), skips=True)


def _shared(wanted: Wanted, found: list[Clash]) -> list[Fix]:
    if wanted.room is None or {clash.rule for clash in found} != {Rule.ROOM_TAKEN}:
        return []
    title, cost = f"Share {wanted.room.name} this once", "Asks for a reason, kept in the log"
    return [Fix("share", title, cost, "Allow", Choice(anyway=True), asks_why=True)]


def _less(wanted: Wanted, minutes: int) -> str:
    """ "9 people would have 15 min less" """
    count = len(wanted.patients)
    if not count:
        return f"{minutes} min shorter"
    return f"{'1 person' if count == 1 else f'{count} people'} would have {minutes} min less"


def _free(wanted: Wanted) -> str:
    return f"Free {from_to(wanted.starts_at, wanted.ends_at, wanted.site.time_zone)}"


def from_to(starts_at: datetime, ends_at: datetime, tz_name: str) -> str:
    """ "4:40 to 5:40 pm", "11:30 am to 12:30 pm" """
    starts, ends = wall(starts_at, tz_name), wall(ends_at, tz_name)
    return f"{short_wall(starts_at, tz_name) if starts[-2:] == ends[-2:] else starts} to {ends}"
