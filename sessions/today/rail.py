"""The rail of Today: who needs a call, who is short of hours, whose notes wait (DESIGN.md 12.01)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from iop_clinic.accounts.models import Site
from iop_clinic.clock import day_span, local_day
from iop_clinic.roles import Permission, may
from patients.due import due_day
from patients.models import Episode, FollowUp
from sessions.hours_board import PersonWeek, weeks_of_people
from sessions.today.day import ClinicDay
from sessions.unsigned import Owed, owed_by_writer
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
class Rail:
    """What loads after the page: the first few who are short of hours, and whose notes wait."""

    short: tuple[PersonWeek, ...]
    short_count: int
    owed: tuple[Owed, ...]

    @property
    def owed_count(self) -> int:
        return sum(row.count for row in self.owed)


def rail_of(site: Site, now: datetime, *, with_hours: bool) -> Rail:
    """Six statements, two without hours; everyone in the program today counts."""
    day = local_day(now, site.time_zone)
    people = Episode.objects.filter(site=site).active_on(day) if with_hours else Episode.objects.none()
    rows = weeks_of_people(people, site=site, on=day, now=now)
    short = [row for row in rows if row.short_minutes]
    return Rail(tuple(short[:SHORT_ROWS]), len(short), owed_by_writer(site, now))


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
