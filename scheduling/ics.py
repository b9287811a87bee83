"""Calendar files as RFC 5545 and 7986 have them: neutral words, UTC instants, one UID for life.

A phone shows a calendar on its lock screen: no name, no program, no clinician may stand in one
(domain reference 8.5). A moved event keeps its UID under a higher SEQUENCE; a cancelled one is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from icalendar import CLASS, Calendar, Event

PRODUCT = "-//Clinic//Calendar//EN"
CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=1)
_SESSIONS = UUID("6f1f7a0e-2c1b-4a6e-9a53-0d8c7f3f5f10")


@dataclass(frozen=True)
class Entry:
    """One event of a calendar; instants aware, `sequence` grows with each change."""

    uid: UUID
    summary: str
    location: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    sequence: int


def session_uid(pk: int, created_at: datetime) -> UUID:
    """The same for a session's whole life, in every calendar that shows it, and in no other clinic."""
    return uuid5(_SESSIONS, f"{pk} {created_at.isoformat()}")


def calendar_file(name: str, entries: Iterable[Entry], *, uid: UUID) -> bytes:
    """The bytes of an .ics file; the same entries always give the same bytes."""
    calendar = Calendar.new(
        prodid=PRODUCT,
        name=name,
        uid=uid,
        calscale="GREGORIAN",
        refresh_interval=REFRESH,
        subcomponents=[_event(entry) for entry in entries],
    )
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    return Event.new(
        uid=entry.uid,
        summary=entry.summary,
        location=entry.location,
        start=entry.starts_at,
        end=entry.ends_at,
        stamp=entry.changed_at,
        last_modified=entry.changed_at,
        sequence=entry.sequence,
        classification=CLASS.PRIVATE,
    )
