"""A mark in words: the status of a roster row, and the minutes that are not as planned beside the name."""

from dataclasses import dataclass
from datetime import datetime

from scheduling.models import TherapySession
from sessions.hours import Punctuality, Slot, Visit, lateness
from sessions.models import Attendance
from sessions.today.day import Mark, Place
from sessions.wall import short_wall


@dataclass(frozen=True)
class Status:
    """What the row shows: icon, words, tone; `beside` stands after the name in its own tone."""

    icon: str
    words: str
    tone: str = ""
    beside: str = ""
    beside_tone: str = ""
    is_late: bool = False


def here_status(
    session: TherapySession, mark: Mark, grace_minutes: int, tz_name: str, now: datetime
) -> Status:
    """Someone who came: here, late, or already gone."""
    assert mark.arrived_at is not None
    slot = Slot(session.starts_at, session.ends_at, session.break_minutes)
    said = lateness(slot, Visit(mark.arrived_at, mark.left_at), grace_minutes)
    beside = _minutes(said, grace_minutes)
    late = said.late_minutes > grace_minutes
    if mark.left_at is not None:
        early = said.left_early_minutes > grace_minutes
        words = f"Left {short_wall(mark.left_at, tz_name)}"
        return Status("door-open", words, "warn" if early else "", beside, is_late=late)
    arrived = short_wall(mark.arrived_at, tz_name)
    if now >= session.ends_at:
        return Status("circle-alert", f"Here {arrived}", "warn", "No check-out yet", "warn", is_late=late)
    if late:
        return Status("clock", f"Late {arrived}", "warn", beside, is_late=True)
    if session.mode == TherapySession.Mode.VIDEO:
        return Status("video", f"Video {arrived}", "ok", "On video")
    return Status("check", f"Here {arrived}", "ok")


def _minutes(said: Punctuality, grace_minutes: int) -> str:
    words = []
    if said.late_minutes > grace_minutes:
        words.append(f"{said.late_minutes} min late")
    if said.left_early_minutes > grace_minutes:
        words.append(
            f"left {said.left_early_minutes} min early" if words else f"{said.left_early_minutes} min early"
        )
    return ", ".join(words)


def away_status(place: Place, mark: Mark | None) -> Status:
    """Someone who is not coming, and why."""
    if mark is None:
        return Status("calendar-x", "Cancelled", beside=place.cancel_reason)
    if mark.absence == Attendance.Absence.NO_SHOW:
        return Status("x", "Absent", "bad", "No call, no show")
    if mark.absence == Attendance.Absence.LATE_CANCEL:
        return Status("ban", "Cancelled late", beside=mark.reason)
    return Status("ban", "Excused", beside=mark.reason)


def waiting_words(
    session: TherapySession, place: Place, grace_minutes: int, tz_name: str, now: datetime
) -> tuple[str, str]:
    """What stands beside the name of someone not here yet, and its tone."""
    past = int((now - session.starts_at).total_seconds()) // 60
    if session.ends_at <= now:
        return "Nothing recorded", "bad"
    if place.late_until is not None:
        words = f"Coming by {short_wall(place.late_until, tz_name)}"
        return words, "bad" if place.late_until < now else ""
    if past > grace_minutes:
        return f"{past} min past start", "bad"
    return "", ""
