"""What a stay delivered: sessions and minutes by kind, attendance, service days. Pure core and its rows.

Attendance rate: came / (expected − cancelled by the clinic), sessions and minutes (domain reference 9.1).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from iop_clinic.durations import in_hours
from patients.models import Episode
from patients.stay_words import day_in_full
from scheduling.models import Booking
from sessions.ledger import UNMARKED, Mark, entry_of, expected_bookings, marks_of
from sessions.minutes import Entry, Slot, countable_minutes, scheduled_minutes


@dataclass(frozen=True)
class KindTotal:
    """`minutes` are those in the session, breaks taken off."""

    kind: str
    sessions: int
    minutes: int


@dataclass(frozen=True)
class Delivered:
    """Whole sessions and minutes of the sessions that are over. `unrecorded` are among the expected."""

    kinds: tuple[KindTotal, ...]
    came: int
    expected: int
    unrecorded: int
    minutes: int
    planned_minutes: int
    service_days: int
    last_on: date | None
    absences: tuple[tuple[str, int], ...]

    @property
    def rate_percent(self) -> int | None:
        """Sessions attended of those expected, rounded half up; None when none was expected."""
        return _percent(self.came, self.expected)

    @property
    def minutes_percent(self) -> int | None:
        return _percent(self.minutes, self.planned_minutes)


def _percent(part: int, whole: int) -> int | None:
    return (200 * part + whole) // (2 * whole) if whole else None


def delivered(entries: Sequence[tuple[str, Entry]], now: datetime) -> Delivered:
    """Of (kind, entry) pairs whose sessions are over at `now`."""
    came = [(kind, entry) for kind, entry in entries if entry.visit is not None]
    sessions = Counter(kind for kind, _ in came)
    minutes: Counter[str] = Counter()
    for kind, entry in came:
        minutes[kind] += countable_minutes(entry.slot, entry.visit, now)
    kinds = [KindTotal(kind, count, minutes[kind]) for kind, count in sessions.items()]
    days = {entry.day for _, entry in came}
    away = Counter(entry.absence for _, entry in entries if entry.visit is None and entry.absence)
    return Delivered(
        kinds=tuple(sorted(kinds, key=lambda one: (-one.sessions, one.kind))),
        came=len(came),
        expected=len(entries),
        unrecorded=sum(entry.visit is None and not entry.absence for _, entry in entries),
        minutes=sum(minutes.values()),
        planned_minutes=sum(scheduled_minutes(entry.slot) for _, entry in entries),
        service_days=len(days),
        last_on=max(days, default=None),
        absences=tuple(sorted((why, count) for why, count in away.items() if why)),
    )


ABSENT_WORDS = {
    "excused": "excused",
    "no_show": "missed without a call",
    "late_cancel": "cancelled late",
    "cancelled_by_patient": "cancelled by the patient",
}


def attendance_words(stay: Delivered) -> str:
    """ "Came to 21 of 25 sessions (84%), 39 h of 47 h. Last attended Nov 13, 2026. 3 excused." """
    if not stay.expected:
        return "No session was expected."
    words = f"Came to {stay.came} of {stay.expected} sessions ({stay.rate_percent}%)"
    words += f", {in_hours(stay.minutes)} of {in_hours(stay.planned_minutes)}."
    if stay.last_on is not None:
        words += f" Last attended {day_in_full(stay.last_on)}."
    away = [f"{count} {ABSENT_WORDS.get(why, why)}" for why, count in stay.absences]
    if stay.unrecorded:
        away.append(f"{stay.unrecorded} not recorded")
    return f"{words} {', '.join(away).capitalize()}." if away else words


def service_rows(stay: Delivered) -> list[dict[str, str]]:
    """The rows of the summary's table of services."""
    rows = [(one.kind, one.sessions, one.minutes) for one in stay.kinds]
    if len(rows) > 1:
        rows.append(("Together", stay.came, stay.minutes))
    return [
        {"kind": kind, "sessions": str(count), "hours": in_hours(minutes)} for kind, count, minutes in rows
    ]


def delivered_to(episode: Episode, now: datetime) -> Delivered:
    """The whole stay up to `now` or its last day; two queries."""
    rows = expected_bookings().filter(episode=episode, session__ends_at__lte=now)
    if episode.ended_on is not None:
        rows = rows.filter(session__occurs_on__lte=episode.ended_on)
    found = list(rows.order_by("pk").select_related("session"))
    marks = marks_of(booking.pk for booking in found)
    return delivered([_entry(booking, marks.get(booking.pk, UNMARKED)) for booking in found], now)


def _entry(booking: Booking, mark: Mark) -> tuple[str, Entry]:
    held = booking.session
    # A medication visit is a service, though its minutes do not count toward the week.
    slot = Slot(held.starts_at, held.ends_at, held.break_minutes)
    entry = entry_of(slot, booking.status, mark, label=held.title, day=held.occurs_on)
    return held.get_kind_display(), entry
