"""Attendance of a stay on paper: each week with its minutes, each session with its times."""

from datetime import datetime

from iop_clinic.clock import Week, local_day
from iop_clinic.durations import in_hours
from iop_clinic.paper.sheet import Block, Section, Sheet, Table, Words
from patients.models import Episode
from patients.paper import day_in_words, sheet_of
from sessions.hours import Ledger
from sessions.ledger import weeks_of
from sessions.week_page import marks_by_booking, week_page

SESSIONS = ("Day", "Session", "Planned", "Here", "Minutes", "What it was")


def attendance_sheet(episode: Episode, *, now: datetime, notice: str = "") -> Sheet:
    """Weeks up to now, the oldest first; counted minutes are those of the hours ledger."""
    today = local_day(now, episode.patient.site.time_zone)
    past = [found for found in weeks_of(episode=episode, now=now) if found[0].starts_on <= today]
    weeks = tuple(
        (
            f"{day_in_words(week.starts_on)} to {day_in_words(week.ends_on)}",
            in_hours(ledger.goal_minutes),
            in_hours(ledger.attended_minutes),
            in_hours(ledger.missed_minutes),
        )
        for week, ledger in reversed(past)
    )
    sessions = tuple(row for week, ledger in reversed(past) for row in _sessions(episode, week, ledger))
    attended = sum(ledger.attended_minutes for _, ledger in past)
    heads = ("Week", "Prescribed", "Attended", "Missed")
    return sheet_of(
        episode.patient,
        title="Attendance",
        facts=(
            ("In the program since", day_in_words(episode.admitted_on)),
            ("Until", day_in_words(episode.ended_on) if episode.ended_on else "Still in the program"),
            ("Attended in all", in_hours(attended)),
        ),
        sections=(
            Section("Weeks", (_table(heads, weeks, (1, 2, 3), (2, 1, 1, 1)),)),
            Section("Sessions", (_table(SESSIONS, sessions, (4,), (5, 7, 5, 5, 3, 5)),)),
        ),
        now=now,
        notice=notice,
    )


def _table(
    heads: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    numbers: tuple[int, ...],
    widths: tuple[int, ...],
) -> Block:
    return Table(heads, rows, numbers=numbers, widths=widths) if rows else Words("None yet.")


def _sessions(episode: Episode, week: Week, ledger: Ledger) -> list[tuple[str, ...]]:
    """Each session of the week that has begun, with the minutes that count."""
    shown = week_page(episode, week, ledger, marks_by_booking(ledger.lines), is_now=False)
    return [
        (day_in_words(row.day), row.title, row.times, row.presence, str(row.minutes), row.words)
        for row in shown.lines
        if row.line.state != "booked"
    ]
