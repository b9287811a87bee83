"""Which session's roster is shown, and the few others one press away; the lanes lead to all of them."""

from dataclasses import dataclass

from iop_clinic.accounts.models import User
from scheduling.models import TherapySession
from sessions.today.day import ClinicDay
from sessions.today.runs import run_with
from sessions.wall import short_wall

SHOWN = 2


@dataclass(frozen=True)
class Choice:
    """A session as the switcher shows it."""

    session_id: int
    title: str
    starts: str
    tone: str
    people: str
    is_chosen: bool


def choose(day: ClinicDay, chosen_id: int | None, user: User) -> TherapySession | None:
    """The asked-for session of today, else the one running, else the next, else the last; own ones first."""
    asked = next((session for session in day.sessions if session.pk == chosen_id), None)
    if asked is not None or not day.sessions:
        return asked
    open_ones = [session for session in day.sessions if session.ends_at > day.now]
    if not open_ones:
        return day.sessions[-1]
    return min(open_ones, key=lambda session: _rank(session, day, user))


def _rank(session: TherapySession, day: ClinicDay, user: User) -> tuple[bool, object, bool, int, int]:
    """Running before coming, then by start; among equals the user's own, then the fullest."""
    begun = session.has_begun(day.now)
    when = None if begun else session.starts_at
    return (not begun, when or day.now, session.lead_id != user.pk, -session.booked_seats, session.pk)


def switcher(day: ClinicDay, chosen: TherapySession | None) -> tuple[Choice, ...]:
    """The chosen session and the next one for several people; or the whole run it belongs to."""
    if chosen is None:
        return ()
    run = run_with(chosen, day.sessions)
    if len(run) > 1:
        return tuple(_choice(day, session, session.pk == chosen.pk) for session in run)
    several = [s for s in day.sessions if s.capacity > 1 and s.booked_seats and s.pk != chosen.pk]
    coming = [session for session in several if session.ends_at > day.now]
    shown = sorted([chosen, *coming[: SHOWN - 1]], key=lambda session: (session.starts_at, session.pk))
    return tuple(_choice(day, session, session.pk == chosen.pk) for session in shown)


def _choice(day: ClinicDay, session: TherapySession, is_chosen: bool) -> Choice:
    names = [place.short_name for place in day.places_of(session) if place.is_active]
    return Choice(
        session.pk,
        session.title,
        short_wall(session.starts_at, day.tz_name),
        session.group.track.tone if session.group else "",
        names[0] if session.capacity == 1 and names else str(session.booked_seats),
        is_chosen,
    )
