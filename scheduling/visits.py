"""Putting sessions on the calendar: a single one, or a patient's own visit for some weeks."""

from datetime import datetime, timedelta

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local, local_day, zone
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.clashes import refused_in_words, session_clash
from scheduling.models import Booking, Group, Room, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.seats import take_seats
from scheduling.turns import lock_episode, lock_lead_and_room, lock_sessions, taking_turns

VISIT_KINDS = (Kind.INDIVIDUAL, Kind.FAMILY, Kind.MEDICATION)
LONGEST_MINUTES = 480
MOST_WEEKS = 26


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
    _require_shape(site, kind, minutes, lead, room, mode, capacity, break_minutes)
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


@taking_turns
def book_visit(
    *,
    actor: User,
    episode: Episode,
    kind: str,
    starts_at: datetime,
    minutes: int,
    lead: User,
    room: Room | None = None,
    mode: str = Mode.IN_PERSON,
    weeks: int = 1,
    now: datetime,
) -> list[Booking]:
    """A patient's own hour, at the same wall-clock time for `weeks` weeks: all of them or none.

    Refused 409 names the clash and its week; 422 for a time that has passed.
    """
    _require_visit(kind, starts_at, weeks, now)
    episode = lock_episode(episode.pk)
    lock_lead_and_room(lead.pk, room.pk if room else None)
    made = [
        schedule_session(
            actor=actor,
            site=episode.site,
            kind=kind,
            title=Kind(kind).label,
            starts_at=instant,
            minutes=minutes,
            lead=lead,
            room=room,
            mode=mode,
        )
        for instant in weekly(starts_at, episode.site.time_zone, weeks)
    ]
    sessions = lock_sessions(session.pk for session in made)
    booked = take_seats(actor=actor, sessions=sessions, episode=episode, now=now)
    for booking in booked:
        record(actor, "scheduling.book", booking, site_id=episode.site_id, session_id=booking.session_id)
    return sorted(booked, key=lambda booking: booking.session.starts_at)


def weekly(starts_at: datetime, tz_name: str, weeks: int) -> list[datetime]:
    """The same wall-clock time on the same weekday, week after week, as aware instants."""
    wall = starts_at.astimezone(zone(tz_name))
    days = [wall.date() + timedelta(weeks=number) for number in range(weeks)]
    return [starts_at] + [at_local(day, wall.time(), tz_name) for day in days[1:]]


def _require_visit(kind: str, starts_at: datetime, weeks: int, now: datetime) -> None:
    if kind not in VISIT_KINDS:
        raise Refused("Choose individual, family or medication.", status=422, kind="Choose one.")
    if starts_at <= now:
        raise Refused("That time has passed.", status=422, starts_at="This time has passed.")
    if not 1 <= weeks <= MOST_WEEKS:
        raise Refused(f"Choose 1 to {MOST_WEEKS} weeks.", status=422, weeks=f"1 to {MOST_WEEKS}.")


def _require_shape(
    site: Site,
    kind: str,
    minutes: int,
    lead: User,
    room: Room | None,
    mode: str,
    capacity: int,
    break_minutes: int,
) -> None:
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
