"""One change that would make a week possible, in words: what gives way, who decides, where it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.http import QueryDict
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.clock import WEEKDAYS
from iop_clinic.durations import duration, in_hours
from iop_clinic.roles import Permission, may
from scheduling.ask_words import marks_of_days
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.planner.changes import Change, Fix, Limit
from scheduling.seats import why_not_for
from scheduling.week_ask_form import query_of
from scheduling.words import minute_words

HEADS = "a supervisor or the director"
NO_WEEK = "The planner found no week for what was prescribed before"


@dataclass(frozen=True)
class Act:
    """A page on which the change is made."""

    words: str
    url: str


class Names(Protocol):
    """What the numbers of a problem are called: a person's weekly pattern, or one dated week of a site."""

    @property
    def called(self) -> str: ...
    @property
    def day_minutes(self) -> int: ...
    def day(self, number: int) -> str: ...
    def section(self, pk: int) -> str: ...
    def lead(self, pk: int) -> str: ...
    def track(self, pk: int) -> str: ...


@dataclass(frozen=True)
class PatternNames:
    """ "Monday", "Evening process, Monday", "Ruth" """

    pattern: Pattern

    @property
    def called(self) -> str:
        return self.pattern.episode.patient.called

    @property
    def day_minutes(self) -> int:
        return self.pattern.ask.day_minutes

    def day(self, number: int) -> str:
        return WEEKDAYS[self.pattern.stretch.weekday_of(number)][1]

    def section(self, pk: int) -> str:
        group = self.pattern.rows.groups[pk]
        return f"{group.name}, {group.get_weekday_display()}"

    def lead(self, pk: int) -> str:
        person = self.pattern.rows.staff.get(pk)
        return person.given_name if person else "Someone"

    def track(self, pk: int) -> str:
        track = self.pattern.tracks.get(pk)
        return track.name if track else "another program"


def change_words(names: Names, one: Change) -> str:
    """ "Ana comes on Monday, 2:30 pm to 3:20 pm", "One more seat in Evening process, Monday"."""
    name = names.called
    match one.limit:
        case Limit.OWN_TIME:
            return f"{name} comes on {_span(names, one)}"
        case Limit.SEAT:
            return f"One more seat in {names.section(one.section or 0)}"
        case Limit.CLINICIAN if one.is_booked:
            return f"{_lead(names, one)}, or someone like them, is free on {_span(names, one)}"
        case Limit.CLINICIAN:
            return f"{_lead(names, one)} works on {_span(names, one)}, too"
        case Limit.OFFICE:
            return f"One more room on {_span(names, one)}"
        case Limit.MODE:
            return f"{name} signs the consent to video"
        case Limit.TRACK:
            return f"{name} may join {names.track(one.track or 0)}{', too' if one.track else ''}"
        case Limit.LICENSE:
            who = _lead(names, one) if one.clinician else f"Who leads {names.section(one.section or 0)}"
            return f"{who} has a license for {one.state}"
        case Limit.STAFF:
            return f"{_lead(names, one)} may hold {_kind(one.session)} visits"
        case Limit.TOPIC:
            return f"{one.topic} more than once a week"
        case Limit.MOST_DAYS:
            return f"{name} comes on {marks_of_days(one.amount)}"
        case Limit.LEAST_DAYS:
            return f"{marks_of_days(one.amount)} a week instead of {one.was}"
        case Limit.DAY_RULE:
            return f"A day of less than {duration(names.day_minutes)}"
        case _:
            return f"{in_hours(one.amount)} a week instead of {in_hours(one.was)}, for a reason"


def who_decides(pattern: Pattern, one: Change) -> str:
    if one.limit in (Limit.OWN_TIME, Limit.MODE, Limit.MOST_DAYS):
        return pattern.episode.patient.called
    if one.limit in (Limit.MINUTES, Limit.LEAST_DAYS, Limit.TRACK):
        return pattern.episode.primary_clinician.full_name
    if one.limit == Limit.DAY_RULE:
        return "the payer"
    return HEADS


def acts_of(pattern: Pattern, one: Change, user: User) -> Iterator[Act]:
    """Where this person may make the change, or plan as if it were made."""
    pk, ask = pattern.episode.patient_id, pattern.ask
    if one.limit == Limit.OWN_TIME:
        yield Act("Change hours", reverse("scheduling:unavailable", args=[pk]))
    elif one.limit == Limit.MODE and may(user.role, Permission.SEE_PATIENTS):
        yield Act("Record consent", reverse("patients:consents", args=[pk]))
    elif one.limit == Limit.SEAT and one.section and may(user.role, Permission.PLAN_GROUPS):
        yield Act("Change group", reverse("scheduling:group_change", args=[one.section]))
    elif one.limit == Limit.CLINICIAN and one.clinician and may(user.role, Permission.SET_WORKING_HOURS):
        yield Act("Open hours", reverse("scheduling:working_hours", args=[abs(one.clinician)]))
    elif one.limit == Limit.TRACK and ask.track_id and not _why_not(pattern, one):
        yield Act("Plan any program", query_of(ask, program=""))
    elif one.limit == Limit.TRACK and may(user.role, Permission.ADMIT):
        yield Act("Mark the stay", reverse("patients:substance_use", args=[pk]))
    elif one.limit == Limit.MINUTES:
        hours = (Decimal(one.amount) / 60).quantize(Decimal("0.01"))
        then = query_of(ask, hours=hours)
        if may(user.role, Permission.ADMIT):
            url = prescription_url(pk, lasts="on", hours=hours, days=ask.least_days, on=ask.from_on, ask=then)
            yield Act(f"Prescribe {in_hours(one.amount)}", url)
        yield Act(f"Plan {in_hours(one.amount)}", then)
    elif one.limit == Limit.LEAST_DAYS:
        then = query_of(ask, days=one.amount)
        if may(user.role, Permission.ADMIT):
            hours = (Decimal(ask.goal_minutes) / 60).quantize(Decimal("0.01"))
            url = prescription_url(pk, lasts="on", hours=hours, days=one.amount, on=ask.from_on, ask=then)
            yield Act(f"Prescribe {marks_of_days(one.amount)}", url)
        yield Act(f"Plan {marks_of_days(one.amount)}", then)
    elif one.limit == Limit.DAY_RULE:
        yield Act("Plan without it", query_of(ask, day_minutes=""))


def prescription_url(pk: int, *, hours: Decimal, days: int, lasts: str, on: date, ask: str = "") -> str:
    """The page of the prescription with this filled in; `ask` is what to plan afterwards."""
    filled = QueryDict(mutable=True)
    said = {"hours": f"{hours:f}", "days": days, "lasts": lasts, "from": on, "why": NO_WEEK, "ask": ask}
    filled.update({name: str(one) for name, one in said.items() if one})
    return f"{reverse('patients:prescribed_hours', args=[pk])}?{filled.urlencode()}"


def when_words_of(pattern: Pattern, fix: Fix) -> str:
    """Where the visits of the new week are: "with individual on Thursday 4:30 pm"."""
    said = [
        f"{_kind(one.kind)} on {PatternNames(pattern).day(one.day)} {minute_words(one.starts)}"
        for one in fix.week.appointments
        if one.kind == Kind.INDIVIDUAL
    ]
    return f"with {said[0]}" if said else ""


def _why_not(pattern: Pattern, one: Change) -> str:
    episode, track = pattern.episode, pattern.tracks.get(one.track or 0)
    return why_not_for(track, episode.patient, episode, pattern.ask.from_on) if track else ""


def _kind(kind: str) -> str:
    return str(Kind(kind).label).lower()


def _span(names: Names, one: Change) -> str:
    return f"{names.day(one.day or 0)}, {minute_words(one.starts or 0)} to {minute_words(one.ends or 0)}"


def _lead(names: Names, one: Change) -> str:
    return names.lead(abs(one.clinician or 0))
