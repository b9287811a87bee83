"""The rail of Today: who needs a call and who is short of hours (DESIGN.md 12.01)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from iop_clinic.clock import day_span
from iop_clinic.roles import Permission, may
from patients.due import due_day
from patients.models import Episode, FollowUp
from sessions.hours import Ledger
from sessions.today.day import ClinicDay
from sessions.today.figures import Figures, figures_of
from sessions.wall import short_wall

SHORT_ROWS = 5
SOON = timedelta(hours=1)


@dataclass(frozen=True)
class Call:
    """One open follow-up due today or before."""

    follow_up_id: int
    patient_id: int
    name: str
    due: str
    tone: str
    words: str
    owner: str
    phone: str
    no_voicemail: bool


@dataclass(frozen=True)
class ShortRow:
    patient_id: int
    name: str
    figures: Figures


def calls_today(follow_ups: Iterable[FollowUp], day: ClinicDay, role: str) -> tuple[Call, ...]:
    """One call a person, due by the end of today, the most urgent first.

    Roles outside the treating team see missed sessions only, never a risk.
    """
    end = day_span(day.day, day.tz_name)[1]
    clinical = may(role, Permission.SEE_CLINICAL)
    by_patient: dict[int, list[FollowUp]] = {}
    for follow_up in follow_ups:
        if follow_up.due_at <= end and (clinical or follow_up.kind == FollowUp.Kind.OUTREACH):
            by_patient.setdefault(follow_up.patient_id, []).append(follow_up)
    return tuple(_call(waiting, day) for waiting in by_patient.values())


def _call(waiting: list[FollowUp], day: ClinicDay) -> Call:
    """`waiting` are one person's follow-ups, the first due first."""
    first, patient = waiting[0], waiting[0].patient
    return Call(
        follow_up_id=first.pk,
        patient_id=patient.pk,
        name=patient.full_name,
        due=_due_words(first.due_at, day),
        tone="bad" if first.due_at <= day.now + SOON else "quiet",
        words=" ".join(dict.fromkeys(follow_up.summary for follow_up in waiting)),
        owner=first.owner.given_name,
        phone=patient.phone,
        no_voicemail=not patient.voicemail_ok,
    )


def _due_words(due_at: datetime, day: ClinicDay) -> str:
    due_on = due_day(due_at, day.tz_name)
    if due_at == day_span(day.day, day.tz_name)[1]:
        return "by midnight"
    if due_on < day.day:
        return (
            f"since {due_on:%a}"
            if day.day - due_on < timedelta(days=7)
            else f"since {due_on:%b} {due_on.day}"
        )
    return f"by {short_wall(due_at, day.tz_name)}"


def short_of_hours(episodes: Iterable[Episode], ledgers: Mapping[int, Ledger]) -> list[ShortRow]:
    """Everyone short this week, the most first."""
    rows = []
    for episode in episodes:
        figures = figures_of(ledgers.get(episode.pk))
        if figures is not None and figures.short_minutes:
            rows.append(ShortRow(episode.patient_id, episode.patient.full_name, figures))
    return sorted(rows, key=lambda row: (-row.figures.short_minutes, row.name))
