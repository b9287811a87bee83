"""A single session on the calendar."""

from datetime import datetime, timedelta

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from scheduling.clashes import refused_in_words, session_clash
from scheduling.models import Group, Room, TherapySession
from scheduling.models.group import Mode
from scheduling.session_shape import require_leads, require_shape
from scheduling.turns import keep_open, lock_lead_and_room, taking_turns
from scheduling.wanted import Wanted


@taking_turns
def schedule_session(
    *,
    actor: User,
    site: Site,
    kind: str,
    title: str,
    starts_at: datetime,
    minutes: int,
    lead: User,
    room: Room | None = None,
    mode: str = Mode.IN_PERSON,
    capacity: int = 1,
    break_minutes: int = 0,
    group: Group | None = None,
) -> TherapySession:
    """One session at an aware instant. Refused 409 names who or what is taken, 422 what was typed."""
    ends_at = starts_at + timedelta(minutes=minutes)
    require_shape(Wanted(site, kind, mode, starts_at, ends_at, lead, room, capacity), break_minutes)
    require_leads(site, [lead])
    keep_open(site.pk)
    lock_lead_and_room(lead.pk, room.pk if room else None)
    occurs_on = local_day(starts_at, site.time_zone)
    wanted = TherapySession(
        site=site,
        group=group,
        occurs_on=occurs_on,
        pattern_on=occurs_on if group is not None and group.meets_on(occurs_on) else None,
        kind=kind,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        break_minutes=break_minutes,
        mode=mode,
        room=room,
        lead=lead,
        capacity=capacity,
    )
    with refused_in_words(lambda constraint: session_clash(wanted, constraint)):
        wanted.save(force_insert=True)
    record(actor, "scheduling.schedule_session", wanted)
    return wanted
