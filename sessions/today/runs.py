"""Runs: short visits of one person each, back to back in one room, drawn and chosen as one."""

from collections.abc import Iterable
from datetime import timedelta

from scheduling.models import TherapySession

SHORT = timedelta(minutes=30)


def runs_of(sessions: Iterable[TherapySession]) -> list[list[TherapySession]]:
    """Sessions of one room in order of time, short ones that follow each other together."""
    runs: list[list[TherapySession]] = []
    for session in sessions:
        if runs and _follows(session, runs[-1][-1]):
            runs[-1].append(session)
        else:
            runs.append([session])
    return runs


def run_with(session: TherapySession, sessions: Iterable[TherapySession]) -> list[TherapySession]:
    """The run this session of the day belongs to; alone when it belongs to none."""
    same_room = [other for other in sessions if other.room_id == session.room_id]
    return next(run for run in runs_of(same_room) if session in run)


def _follows(session: TherapySession, last: TherapySession) -> bool:
    same = (session.room_id, session.kind, session.title) == (last.room_id, last.kind, last.title)
    close = session.starts_at - last.starts_at <= SHORT and session.starts_at >= last.ends_at
    return same and close and _is_short(session) and _is_short(last)


def _is_short(session: TherapySession) -> bool:
    return session.capacity == 1 and session.ends_at - session.starts_at < SHORT
