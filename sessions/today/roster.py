"""The roster of one session in three groups: not here yet, here, not coming (DESIGN.md 12.01)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from scheduling.models import TherapySession
from sessions.attendance_rules import EARLIEST
from sessions.corrections import UNDO_WITHIN
from sessions.today.day import ClinicDay, Mark, Place
from sessions.today.figures import Figures
from sessions.today.flags import Flag
from sessions.today.status import Status, away_status, here_status, waiting_words
from sessions.wall import short_wall, span, wall

# "Everyone leaves" is offered from this long before the end.
END_OFFERED = timedelta(minutes=10)


@dataclass(frozen=True)
class Row:
    """One person of the session: what is known and what can be pressed."""

    booking_id: int
    patient_id: int
    name: str
    called: str
    beside: str
    beside_tone: str
    flag: Flag | None
    figures: Figures | None
    status: Status | None
    can_arrive: bool = False
    is_over: bool = False
    leave_words: str = ""
    can_undo: bool = False


@dataclass(frozen=True)
class Roster:
    """A session with its people; counts are people."""

    session_id: int
    title: str
    place: str
    times: str
    lead: str
    may_record: bool
    waiting: tuple[Row, ...]
    here: tuple[Row, ...]
    away: tuple[Row, ...]
    late: int
    missed: int
    leave_all_words: str
    opens: str

    @property
    def on_time(self) -> int:
        return len(self.here) - self.late

    @property
    def expected(self) -> int:
        """Not here: still awaited, or missed without a word."""
        return len(self.waiting) + self.missed

    @property
    def excused(self) -> int:
        return len(self.away) - self.missed


def roster_of(
    day: ClinicDay,
    session: TherapySession,
    *,
    figures: Mapping[int, Figures | None],
    flags: Mapping[int, Flag],
    may_record: bool,
) -> Roster:
    """The three groups; `figures` by episode id, `flags` by patient id."""
    groups: dict[str, list[Row]] = {"waiting": [], "here": [], "away": []}
    fresh = _freshest(day, session) if may_record else None
    for place in day.places_of(session):
        mark = day.marks.get(place.pk)
        group = _group(place, mark)
        flag = flags.get(place.patient_id)
        row = _ROWS[group](day, session, place, mark, figures.get(place.episode_id), flag, place.pk == fresh)
        groups[group].append(row)
    still_here = any(row.leave_words for row in groups["here"])
    return Roster(
        session_id=session.pk,
        title=session.title,
        place=session.place,
        times=span(session.starts_at, session.ends_at, day.tz_name),
        lead=session.lead.full_name,
        may_record=may_record,
        waiting=tuple(sorted(groups["waiting"], key=_urgent_first)),
        here=tuple(sorted(groups["here"], key=_fresh_and_late_first)),
        away=tuple(groups["away"]),
        late=sum(1 for row in groups["here"] if row.status and row.status.is_late),
        missed=sum(1 for row in groups["away"] if row.status and row.status.tone == "bad"),
        leave_all_words=_leave_words(day, session) if still_here and _nearly_over(day, session) else "",
        opens=_opens(day, session),
    )


def _group(place: Place, mark: Mark | None) -> str:
    if mark is None:
        return "waiting" if place.is_active else "away"
    return "away" if mark.absence else "here"


def _waiting(
    day: ClinicDay,
    session: TherapySession,
    place: Place,
    mark: Mark | None,
    figures: Figures | None,
    flag: Flag | None,
    fresh: bool,
) -> Row:
    beside, tone = waiting_words(session, place, day.site.late_grace_minutes, day.tz_name, day.now)
    is_over = session.ends_at <= day.now
    can_arrive = not is_over and session.starts_at - EARLIEST <= day.now
    return _row(place, beside, tone, flag, figures, None, can_arrive=can_arrive, is_over=is_over)


def _here(
    day: ClinicDay,
    session: TherapySession,
    place: Place,
    mark: Mark | None,
    figures: Figures | None,
    flag: Flag | None,
    fresh: bool,
) -> Row:
    assert mark is not None
    status = here_status(session, mark, day.site.late_grace_minutes, day.tz_name, day.now)
    kept = None if flag is not None and flag.until_here else flag
    leave_words = "" if mark.left_at else _leave_words(day, session)
    begun = session.has_begun(day.now)
    return _row(
        place,
        status.beside,
        status.beside_tone,
        kept,
        figures,
        status,
        leave_words=leave_words if begun else "",
        can_undo=fresh,
    )


def _away(
    day: ClinicDay,
    session: TherapySession,
    place: Place,
    mark: Mark | None,
    figures: Figures | None,
    flag: Flag | None,
    fresh: bool,
) -> Row:
    status = away_status(place, mark)
    return _row(place, status.beside, "", flag, figures, status, can_undo=fresh)


_ROWS = {"waiting": _waiting, "here": _here, "away": _away}


def _row(
    place: Place,
    beside: str,
    tone: str,
    flag: Flag | None,
    figures: Figures | None,
    status: Status | None,
    **can: object,
) -> Row:
    return Row(
        place.pk,
        place.patient_id,
        place.full_name,
        place.called,
        beside,
        tone,
        flag,
        figures,
        status,
        **can,  # type: ignore[arg-type]
    )


def _freshest(day: ClinicDay, session: TherapySession) -> int | None:
    """The booking marked last, while that can be undone."""
    marks = [mark for place in day.places_of(session) if (mark := day.marks.get(place.pk))]
    last = max(marks, key=lambda mark: mark.marked_at, default=None)
    return last.booking_id if last is not None and day.now - last.marked_at <= UNDO_WITHIN else None


def _urgent_first(row: Row) -> tuple[bool, str]:
    return (not (row.flag and row.flag.tone == "bad"), row.name)


def _fresh_and_late_first(row: Row) -> tuple[bool, bool, str]:
    late = row.status is not None and row.status.tone == "warn"
    return (not row.can_undo, not late, row.name)


def _nearly_over(day: ClinicDay, session: TherapySession) -> bool:
    return session.ends_at - END_OFFERED <= day.now


def _leave_words(day: ClinicDay, session: TherapySession) -> str:
    """When someone leaving now leaves: now, or the end of a session that is over."""
    return short_wall(min(day.now, session.ends_at), day.tz_name)


def _opens(day: ClinicDay, session: TherapySession) -> str:
    """When check-in opens, while it has not."""
    opens_at = session.starts_at - EARLIEST
    return f"Check-in opens at {wall(opens_at, day.tz_name)}." if opens_at > day.now else ""
