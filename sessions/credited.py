"""What the days of a week that are over gave toward its hours, for those who plan the rest floors below."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from iop_clinic.clock import Week, local_day
from patients.models import Episode
from sessions.ledger import ledgers_of


def credited_minutes_of(episodes: Iterable[Episode], week: Week, now: datetime) -> dict[int, dict[date, int]]:
    """By patient and day: minutes attended, and those nobody recorded yet. As many statements as a ledger."""
    found: dict[int, dict[date, int]] = {}
    rows = list(episodes)
    ledgers = ledgers_of(episodes=rows, week=week, now=now)
    for one in rows:
        days: Counter[date] = Counter()
        for line in ledgers[one.pk].lines:
            if line.entry.day < local_day(now, one.site.time_zone):
                days[line.entry.day] += line.attended_minutes + line.unrecorded_minutes
        found[one.patient_id] = {day: minutes for day, minutes in days.items() if minutes}
    return found
