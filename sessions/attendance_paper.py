"""Attendance of a stay on paper: each week with its minutes, each session with its times."""

from datetime import datetime

from iop_clinic.clock import local_day
from iop_clinic.durations import in_hours
from iop_clinic.paper.sheet import Section, Sheet, Table, Words
from patients.models import Episode
from patients.paper import day_in_words, sheet_of
from sessions.ledger import weeks_of


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
    attended = sum(ledger.attended_minutes for _, ledger in past)
    heads = ("Week", "Prescribed", "Attended", "Missed")
    rows = Table(heads, weeks, numbers=(1, 2, 3), widths=(2, 1, 1, 1)) if weeks else Words("None yet.")
    return sheet_of(
        episode.patient,
        title="Attendance",
        facts=(
            ("In the program since", day_in_words(episode.admitted_on)),
            ("Until", day_in_words(episode.ended_on) if episode.ended_on else "Still in the program"),
            ("Attended in all", in_hours(attended)),
        ),
        sections=(Section("Weeks", (rows,)),),
        now=now,
        notice=notice,
    )
