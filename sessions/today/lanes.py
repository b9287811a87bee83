"""Rooms by time: a lane a room, a block a session, the now line. Positions are steps of five minutes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from iop_clinic.clock import minutes_between, zone
from iop_clinic.wall import has_24_hours
from scheduling.models import TherapySession
from sessions.today.day import ClinicDay
from sessions.today.runs import runs_of
from sessions.wall import short_wall

STEP_MINUTES = 5
STEPS_AN_HOUR = 60 // STEP_MINUTES
FIRST_HOUR, LAST_HOUR = 9, 17
# Hour labels this near the now label give way to it.
NOW_LABEL_STEPS = 8
# A shorter block holds initials only; resting on it tells the rest.
WORDS_FROM_STEPS = 6
VIDEO = "Video"


@dataclass(frozen=True)
class Block:
    """One session: where it starts and how long it lasts, in steps, and what stands in it."""

    session_id: int
    title: str
    words: str
    spoken: str
    tone: str
    state: str
    is_narrow: bool
    is_chosen: bool
    at: int
    lasts: int


@dataclass(frozen=True)
class Lane:
    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Lanes:
    """The drawing: its width in steps, the hour labels as (step, words), the lanes, and now."""

    span: int
    hours: tuple[tuple[int, str], ...]
    lanes: tuple[Lane, ...]
    now_at: int | None
    now_words: str


def lanes_of(day: ClinicDay, chosen_id: int | None) -> Lanes:
    """The day's lanes, rooms in their order and video last."""
    first, last = _range(day)
    now_at = _step(day.now, day, first)
    span = (last - first) * STEPS_AN_HOUR
    inside = 0 <= now_at <= span
    hours = [
        (step, _hour_words(first + step // STEPS_AN_HOUR))
        for step in range(0, span, STEPS_AN_HOUR)
        if not inside or abs(step - now_at) > NOW_LABEL_STEPS
    ]
    lanes = [
        Lane(name, tuple(_block(day, run, first, chosen_id) for run in runs_of(sessions)))
        for name, sessions in _by_room(day.sessions)
    ]
    return Lanes(
        span, tuple(hours), tuple(lanes), now_at if inside else None, short_wall(day.now, day.tz_name)
    )


def _range(day: ClinicDay) -> tuple[int, int]:
    """First and last whole hour of the drawing, wide enough for every session of the day."""
    tz = zone(day.tz_name)
    starts = [session.starts_at.astimezone(tz).hour for session in day.sessions]
    ends = [_last_hour(session, day) for session in day.sessions]
    return min([FIRST_HOUR, *starts]), max([LAST_HOUR, *ends])


def _last_hour(session: TherapySession, day: ClinicDay) -> int:
    local = session.ends_at.astimezone(zone(day.tz_name))
    if local.date() > day.day:
        return 24
    return local.hour + (local.minute > 0)


def _step(instant: datetime, day: ClinicDay, first_hour: int) -> int:
    local = instant.astimezone(zone(day.tz_name))
    return ((local.hour - first_hour) * 60 + local.minute) // STEP_MINUTES


def _hour_words(hour: int) -> str:
    if has_24_hours():
        return str(hour)
    return "12 pm" if hour == 12 else str(hour % 12 or 12)


def _by_room(sessions: Iterable[TherapySession]) -> list[tuple[str, list[TherapySession]]]:
    """Sessions by room, in the rooms' order; video sessions that overlap get a second lane."""
    rooms: dict[tuple[int, str], list[TherapySession]] = {}
    video: list[list[TherapySession]] = []
    for session in sessions:
        if session.room is not None:
            rooms.setdefault((session.room.position, session.room.name), []).append(session)
            continue
        free = next((lane for lane in video if lane[-1].ends_at <= session.starts_at), None)
        if free is None:
            video.append(free := [])
        free.append(session)
    named = [(name, held) for (_, name), held in sorted(rooms.items())]
    return [*named, *((VIDEO if n == 0 else f"{VIDEO} {n + 1}", held) for n, held in enumerate(video))]


def _block(day: ClinicDay, run: list[TherapySession], first_hour: int, chosen_id: int | None) -> Block:
    session = _of_run(run, chosen_id, day.now)
    at = _step(run[0].starts_at, day, first_hour)
    lasts = max(1, minutes_between(run[0].starts_at, run[-1].ends_at) // STEP_MINUTES)
    title, words = _words(day, run)
    starts = short_wall(run[0].starts_at, day.tz_name)
    narrow = lasts < WORDS_FROM_STEPS
    return Block(
        session_id=session.pk,
        title="".join(word[0] for word in title.split()[:2]) if narrow else title,
        words="" if narrow else words,
        spoken=f"{starts}, {title}, {words}",
        tone=session.group.track.tone if session.group else "",
        state=_state(run, day.now),
        is_narrow=narrow,
        is_chosen=session.pk == chosen_id,
        at=at,
        lasts=lasts,
    )


def _of_run(run: list[TherapySession], chosen_id: int | None, now: datetime) -> TherapySession:
    """Which session a press on the run opens: the chosen one, else the running or next one."""
    chosen = next((session for session in run if session.pk == chosen_id), None)
    return chosen or next((session for session in run if session.ends_at > now), run[-1])


def _words(day: ClinicDay, run: list[TherapySession]) -> tuple[str, str]:
    """Groups by title and seats; a session for one person by first name and initial; a run by its people."""
    session = run[0]
    people = [place for one in run for place in day.places_of(one) if place.is_active]
    if len(run) > 1:
        return session.title, "1 person" if len(people) == 1 else f"{len(people)} people"
    if session.capacity == 1:
        kind = session.get_kind_display()
        return (people[0].short_name, kind) if people else (session.title, "Free")
    return session.title, f"{session.booked_seats} of {session.capacity}"


def _state(run: list[TherapySession], now: datetime) -> str:
    if run[-1].ends_at <= now:
        return "is-past"
    return "is-now" if run[0].has_begun(now) else ""
