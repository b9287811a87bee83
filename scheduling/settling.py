"""Settling a clash: a pattern day the calendar had to leave out gets its session, changed for that day alone.

As in `calendar`, a co-facilitator or a patient who is elsewhere then is left out; who leads and the room
are not. Only sharing the room may be chosen against a rule.
"""

from dataclasses import replace
from datetime import date, datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import minutes_between
from iop_clinic.refusal import Refused
from scheduling.calendar import bring_people
from scheduling.choices import AS_ASKED, Choice, Clashing
from scheduling.clashes import refused_in_words, session_clash
from scheduling.edit_shape import TIME
from scheduling.evaluation import LEAD_RULES, Rule, Wanted, broken_by
from scheduling.facts import Facts, gather
from scheduling.group_days import wanted_on
from scheduling.models import Enrollment, Group, Override, TherapySession
from scheduling.overrides import allow
from scheduling.pattern_days import missing_days, session_of
from scheduling.session_shape import require_leads, require_shape
from scheduling.turns import keep_open, lock_group, lock_people_and_rooms, taking_turns
from scheduling.wanted import Clash
from scheduling.words import day_words

# What keeps a pattern day off the calendar.
STANDING = {Rule.CLOSED, Rule.STAFF_BUSY, Rule.ROOM_TAKEN}


@taking_turns
def place_session(
    *,
    actor: User,
    group: Group,
    day: date,
    choice: Choice = AS_ASKED,
    ends_at: datetime | None = None,
    reason: str = "",
    now: datetime,
) -> TherapySession:
    """The session of a missing pattern day, in another room, with another lead, or ending earlier.

    With `choice.anyway` it shares its room, for a `reason`. Refused 409 when it is settled already;
    Clashing 409 holds what is still in the way; 403 and 422 as `overrides.allow`.
    """
    keep_open(group.track.site_id)
    group = lock_group(group.pk)
    if not is_missing(group, day, now):
        raise Refused(f"There is nothing to settle for {group.name} on {day_words(day)}.")
    wanted = wanted_for(group, day, choice, ends_at)
    _require_sound(group, wanted)
    lock_people_and_rooms({wanted.lead.pk}, {wanted.room.pk} if wanted.room else set())
    found = in_the_way(group, wanted, gather([wanted]))
    ahead = [clash for clash in found if choice.anyway and clash.can_override]
    if left := [clash for clash in found if clash not in ahead]:
        raise Clashing(left)
    override = allow(actor=actor, site=group.track.site, clashes=ahead, reason=reason)
    session = _session(group, wanted, override, ahead)
    with refused_in_words(lambda constraint: session_clash(session, constraint)):
        session.save(force_insert=True)
    booked = bring_people(group, [session], now)
    record(actor, "scheduling.place_session", session, bookings=booked, own=len(session.own))
    return session


def is_missing(group: Group, day: date, now: datetime) -> bool:
    """Whether the pattern asks for a session on this coming day and there is none."""
    return bool(missing_days([group], day, day, now))


def wanted_for(group: Group, day: date, choice: Choice = AS_ASKED, ends_at: datetime | None = None) -> Wanted:
    """The pattern day with what was chosen for it, and everyone who has a place in the group then."""
    wanted = choice.of(wanted_on(group, day, ()))
    places = Enrollment.objects.active_on(day).filter(group=group).exclude(episode__ended_on__lt=day)
    people = [place.episode.patient for place in places.select_related("episode__patient")]
    return replace(wanted, ends_at=ends_at or wanted.ends_at, patients=tuple(people[: group.capacity]))


def in_the_way(group: Group, wanted: Wanted, facts: Facts) -> list[Clash]:
    """What keeps this day off the calendar; a lead or a room of its own is looked at more closely. Pure."""
    rules = set(STANDING)
    if wanted.lead.pk != group.lead_id:
        rules |= LEAD_RULES
    if wanted.room is not None and wanted.room.pk != group.room_id:
        rules.add(Rule.ROOM_TOO_SMALL)
    return [Clash(wanted, rule, said) for rule, said in broken_by(wanted, facts) if rule in rules]


def _require_sound(group: Group, wanted: Wanted) -> None:
    """Not longer than the pattern says, with a room and a lead of this site."""
    minutes = minutes_between(wanted.starts_at, wanted.ends_at)
    if minutes > group.minutes:
        raise Refused(f"{group.name} lasts {group.minutes} minutes.", status=422)
    require_shape(wanted, group.break_minutes)
    require_leads(wanted.site, [wanted.lead])


def _session(group: Group, wanted: Wanted, override: Override | None, ahead: list[Clash]) -> TherapySession:
    """Not saved. What differs from the pattern is this session's own."""
    row = session_of(group, wanted.occurs_on)
    own = [
        name
        for name, is_own in (
            ("lead", wanted.lead.pk != group.lead_id),
            ("room", wanted.room is not None and wanted.room.pk != group.room_id),
            (TIME, row.ends_at != wanted.ends_at),
        )
        if is_own
    ]
    row.lead, row.room, row.ends_at, row.own = wanted.lead, wanted.room, wanted.ends_at, own
    row.override, row.shares_room = override, any(clash.rule == Rule.ROOM_TAKEN for clash in ahead)
    return row
