"""A week of one person as its pages tell it: the verdict in words, each line with its minutes and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from iop_clinic.clock import Week
from iop_clinic.durations import duration
from patients.models import Episode
from sessions.hours import Ledger, Line
from sessions.models import Attendance
from sessions.my_week import to_make_up
from sessions.wall import short_wall, span

# State of a line -> icon, words, tone of its chip.
STATES = {
    "attended": ("check", "Attended", "ok"),
    "running": ("map-pin", "Here now", "info"),
    "booked": ("circle-dashed", "Booked", "line"),
    "absent": ("ban", "Missed", "line"),
    "missing_checkout": ("circle-alert", "No check-out", "warn"),
    "not_recorded": ("circle-alert", "Nothing recorded", "warn"),
    "not_counted": ("minus", "Does not count", "line"),
}


@dataclass(frozen=True)
class WeekLine:
    """One session of the week: when, what, the minutes it gives, and why not all of them."""

    booking_id: int
    day: date
    times: str
    title: str
    presence: str
    icon: str
    words: str
    tone: str
    why: str
    line: Line
    attendance: Attendance | None

    @property
    def minutes(self) -> int:
        """What it gives to the week: attended and still to come."""
        return self.line.attended_minutes + self.line.booked_minutes


@dataclass(frozen=True)
class DayLine:
    """One day of the week in a line: what happened or is booked, and its minutes of those planned."""

    day: date
    words: str
    minutes: int
    planned_minutes: int


@dataclass(frozen=True)
class WeekPage:
    """A week with its ledger, its verdict and its lines."""

    week: Week
    ledger: Ledger
    verdict: str
    tone: str
    goal_words: str
    partial: str
    lines: tuple[WeekLine, ...]

    @property
    def days(self) -> list[DayLine]:
        """The lines that count, day by day."""
        counted = [row for row in self.lines if row.line.state != "not_counted"]
        return [_day_line(day, list(rows)) for day, rows in groupby(counted, key=lambda row: row.day)]


def week_page(
    episode: Episode, week: Week, ledger: Ledger, marks: Mapping[int, Attendance], *, is_now: bool
) -> WeekPage:
    """`marks` is attendance by booking id, as far as there is any."""
    tz_name = episode.site.time_zone
    return WeekPage(
        week=week,
        ledger=ledger,
        verdict=verdict(ledger, is_now=is_now),
        tone="warn" if ledger.short_minutes else "",
        goal_words=f"Goal {duration(ledger.goal_minutes)}, {week_words(week)}",
        partial=_partial(episode, week, ledger),
        lines=tuple(_week_line(line, marks, tz_name) for line in ledger.lines),
    )


def verdict(ledger: Ledger, *, is_now: bool) -> str:
    """ "Short by 80 minutes this week", "On track: 9 h booked", "Done: 9 h 10 attended"."""
    when = " this week" if is_now else ""
    if not ledger.goal_minutes:
        return f"No hours prescribed{when}"
    if ledger.short_minutes:
        return f"Short by {to_make_up(ledger.short_minutes)}{when}"
    if ledger.attended_minutes >= ledger.goal_minutes:
        return f"Done: {duration(ledger.attended_minutes)} attended"
    return f"On track: {duration(ledger.reachable_minutes)} booked"


def week_words(week: Week) -> str:
    """ "Mon Oct 19 to Sun 25"."""
    first, last = week.starts_on, week.ends_on
    month = "" if first.month == last.month else f"{last:%b} "
    return f"{first:%a %b} {first.day} to {last:%a} {month}{last.day}"


def _day_line(day: date, rows: list[WeekLine]) -> DayLine:
    """Exceptions by name; a day as planned, or still to come, by its sessions."""
    told = list(dict.fromkeys(said for row in rows if (said := _told(row))))
    ahead = [row.title for row in rows if row.line.state == "booked" and not _told(row)]
    if told and ahead:
        told.append(f"then {', '.join(ahead)}")
    return DayLine(
        day,
        "; ".join(told) or ", ".join(row.title for row in rows),
        sum(row.minutes for row in rows),
        sum(row.line.scheduled_minutes for row in rows),
    )


def _told(row: WeekLine) -> str:
    """What is not as planned about a line: "Sleep and mood: excused, left for child care"."""
    state = row.line.state
    if state == "running":
        return f"{row.title}: here now" if row.presence else ""
    if state == "absent":
        return (
            f"{row.title}: {row.words.lower()}{', ' + row.why[:1].lower() + row.why[1:] if row.why else ''}"
        )
    if state in ("missing_checkout", "not_recorded"):
        return f"{row.title}: {row.words.lower()}"
    return f"{row.title}: {row.line.missed_minutes} min missed" if row.why else ""


def _partial(episode: Episode, week: Week, ledger: Ledger) -> str:
    """Said where someone is in the program for a part of the week only: the goal stays whole."""
    goal = duration(ledger.goal_minutes)
    if week.starts_on < episode.admitted_on <= week.ends_on:
        return f"Admitted {_day(episode.admitted_on)}. The goal stays the whole week's {goal}."
    if episode.ended_on is not None and week.starts_on <= episode.ended_on < week.ends_on:
        return f"Discharged {_day(episode.ended_on)}. The goal stays the whole week's {goal}."
    return ""


def _day(on: date) -> str:
    return f"{on:%a %b} {on.day}"


def _week_line(line: Line, marks: Mapping[int, Attendance], tz_name: str) -> WeekLine:
    slot, key = line.entry.slot, line.entry.key
    assert isinstance(key, int)
    attendance = marks.get(key)
    icon, words, tone = STATES[line.state]
    return WeekLine(
        booking_id=key,
        day=line.entry.day,
        times=span(slot.starts_at, slot.ends_at, tz_name),
        title=line.entry.label,
        presence=_presence(attendance, tz_name),
        icon=icon,
        words=_absence_words(line, attendance) or words,
        tone=tone,
        why=_why(line, attendance),
        line=line,
        attendance=attendance,
    )


def _presence(attendance: Attendance | None, tz_name: str) -> str:
    if attendance is None or attendance.arrived_at is None:
        return ""
    arrived = short_wall(attendance.arrived_at, tz_name)
    return (
        f"{arrived}–{short_wall(attendance.left_at, tz_name)}" if attendance.left_at else f"since {arrived}"
    )


def _absence_words(line: Line, attendance: Attendance | None) -> str:
    if line.state != "absent":
        return ""
    return attendance.get_absence_display() if attendance is not None else "Cancelled"


def _why(line: Line, attendance: Attendance | None) -> str:
    """Where the minutes went, in a few words."""
    if attendance is not None and attendance.absence:
        return attendance.reason
    if line.state == "attended" and line.missed_minutes:
        return f"{line.missed_minutes} of {line.scheduled_minutes} min missed"
    if line.state in ("missing_checkout", "not_recorded"):
        return f"{line.unrecorded_minutes} min wait for it"
    return ""


def marks_by_booking(lines: Iterable[Line]) -> dict[int, Attendance]:
    """Attendance of these lines with its corrections: two statements and one for who corrected."""
    keys = [key for line in lines if isinstance(key := line.entry.key, int)]
    rows = Attendance.objects.filter(booking__in=keys).select_related("recorded_by")
    return {row.booking_id: row for row in rows.prefetch_related("corrections__by")}
