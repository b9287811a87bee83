"""A changed weekly pattern, carried to the sessions still to come; one that has begun is never rewritten.

What was changed for one session alone stays (`TherapySession.own`). Scope: the coming sessions of the
group since its pattern is as it is.
"""

from datetime import date, datetime, timedelta

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local, local_day
from scheduling.calendar import materialise
from scheduling.changes import Told, What, tell_changes, told_of
from scheduling.clashes import moved_clash, refused_in_words, span_of
from scheduling.edit_shape import TIME
from scheduling.models import Facilitation, Group, TherapySession
from scheduling.moving import call_off
from scheduling.seats import moved_again
from scheduling.turns import keep_open, lock_group, lock_people_and_room, lock_sessions, taking_turns

TIMES = {"starts_at", "ends_at", "occurs_on", "pattern_on"}
TOLD = {"ends_at", "mode", "room", "lead"}
NOT_THEN = "The group does not meet then."


@taking_turns
def follow_pattern(*, actor: User, group: Group, now: datetime) -> int:
    """Coming sessions take the group's name, time, room, seats and who leads it; how many changed.

    Days the group no longer meets on are cancelled, new ones are made; each person hears once. Refused 409
    names a clash, then nothing has changed.
    """
    keep_open(group.track.site_id)
    group = lock_group(group.pk)
    helpers = set(group.co_facilitators.values_list("pk", flat=True)) - {group.lead_id}
    lock_people_and_room({group.lead_id, *helpers}, group.room_id)
    today = local_day(now, group.track.site.time_zone)
    coming = TherapySession.objects.scheduled().filter(group=group, starts_at__gt=now)
    if group.pattern_from_on is not None:
        coming = coming.filter(pattern_on__gte=group.pattern_from_on)
    changed = 0
    told: dict[What, list[Told]] = {what: [] for what in What}
    for session in lock_sessions(coming.exclude(pattern_on=None).values_list("pk", flat=True)):
        assert session.pattern_on is not None
        if TIME in session.own:
            changed += _carry_over(session, group, helpers, session.pattern_on, told, now)
            continue
        day = session.pattern_on + timedelta(days=group.weekday - session.pattern_on.weekday())
        if group.meets_on(day):
            changed += _carry_over(session, group, helpers, day, told, now)
        else:
            told[What.CANCELLED] += call_off(actor=actor, session=session, reason=NOT_THEN, now=now)
            changed += 1
    tell_changes(told, now)
    made = materialise(day=today, groups=[group], now=now)
    record(
        actor,
        "scheduling.follow_pattern",
        group,
        site_id=group.track.site_id,
        changed=changed,
        made=made,
    )
    return changed + made


def _carry_over(
    session: TherapySession,
    group: Group,
    helpers: set[int],
    day: date,
    told: dict[What, list[Told]],
    now: datetime,
) -> bool:
    """Give the session what the pattern says now; False when it is so already."""
    starts_at = at_local(day, group.starts, session.site.time_zone)
    if starts_at <= now and TIME not in session.own:
        return False
    wanted = {
        "title": group.name,
        "kind": group.kind,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=group.minutes),
        "occurs_on": day,
        "pattern_on": day,
        "break_minutes": group.break_minutes,
        "mode": group.mode,
        "room": group.room,
        "lead": group.lead,
        "capacity": group.capacity,
    }
    own = set(session.own) | (TIMES if TIME in session.own else set())
    stale = [name for name, value in wanted.items() if name not in own and getattr(session, name) != value]
    was_at, session.version = session.starts_at, session.version + 1
    for name in stale:
        setattr(session, name, wanted[name])
    with refused_in_words(lambda constraint: _name_it(session, constraint)):
        if stale:
            session.save(update_fields=[*stale, "version"])
        joined = "co_facilitators" not in own and _join(session, helpers)
    if "starts_at" in stale:
        moved_again(session, now)
        told[What.MOVED] += told_of(session, was_at)
    elif TOLD & set(stale):
        told[What.CHANGED] += told_of(session, was_at)
    return bool(stale) or joined


def _join(session: TherapySession, helpers: set[int]) -> bool:
    """Exactly these people lead the session beside its lead; False when it is so already."""
    beside = session.facilitations.filter(is_lead=False)
    there, wanted = set(beside.values_list("staff_id", flat=True)), helpers - {session.lead_id}
    beside.exclude(staff__in=wanted).delete()
    Facilitation.objects.bulk_create(
        Facilitation(session=session, during=span_of(session), status=session.status, staff_id=pk)
        for pk in sorted(wanted - there)
    )
    return there != wanted


def _name_it(session: TherapySession, constraint: str) -> str:
    if constraint == "session_never_overbooked":
        held = f" and {session.held_seats} held for an offer" if session.held_seats else ""
        day = f"{session.occurs_on:%b} {session.occurs_on.day}"
        return f"{session.booked_seats} people are booked{held} on {day}."
    return moved_clash(session, constraint)
