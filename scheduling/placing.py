"""A single session on the calendar, and what any session must look like before it is put there."""

from datetime import datetime, timedelta

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from scheduling.clashes import refused_in_words, session_clash
from scheduling.models import Group, Room, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.turns import keep_open, lock_lead_and_room, taking_turns

LONGEST_MINUTES = 480


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
    require_shape(site, kind, minutes, lead, room, mode, capacity, break_minutes)
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
        ends_at=starts_at + timedelta(minutes=minutes),
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


def require_shape(
    site: Site,
    kind: str,
    minutes: int,
    lead: User,
    room: Room | None,
    mode: str,
    capacity: int,
    break_minutes: int,
) -> None:
    """422 with the field for a session that could not be one at this site."""

    def no(sentence: str, field: str) -> Refused:
        return Refused(sentence, status=422, **{field: sentence})

    if kind not in Kind.values:
        raise no("Choose what kind of session it is.", "kind")
    if mode not in Mode.values:
        raise no("Choose in person or by video.", "mode")
    if not 5 <= minutes <= LONGEST_MINUTES:
        raise no(f"A session lasts 5 to {LONGEST_MINUTES} minutes.", "minutes")
    if not 0 <= break_minutes < minutes:
        raise no("The breaks must be shorter than the session.", "break_minutes")
    if not 1 <= capacity <= 100:
        raise no("A session has 1 to 100 seats.", "capacity")
    if mode == Mode.IN_PERSON and room is None:
        raise no("Choose a room, or make it a video session.", "room")
    if room is not None and (room.site_id != site.pk or not room.is_active):
        raise no("That room is not in use at this site.", "room")
    if not lead.is_active or not lead.sites.filter(pk=site.pk).exists():
        raise no(f"{lead.short_name} does not work at {site.name}.", "lead")
