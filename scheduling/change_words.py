"""One change that would make a week possible, in words: what gives way, who decides, where it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

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


@dataclass(frozen=True)
class Act:
    """A page on which the change is made."""

    words: str
    url: str


def change_words(pattern: Pattern, one: Change) -> str:
    """ "Free on Monday, 2:30 pm to 3:20 pm", "One more seat in Evening process, Monday"."""
    name = pattern.episode.patient.called
    match one.limit:
        case Limit.OWN_TIME:
            return f"{name} comes on {_span(pattern, one)}"
        case Limit.SEAT:
            return f"One more seat in {_group(pattern, one)}"
        case Limit.CLINICIAN if one.is_booked:
            return f"{_lead(pattern, one)}, or someone like them, is free on {_span(pattern, one)}"
        case Limit.CLINICIAN:
            return f"{_lead(pattern, one)} works on {_span(pattern, one)}, too"
        case Limit.OFFICE:
            return f"One more room on {_span(pattern, one)}"
        case Limit.MODE:
            return f"{name} signs the consent to video"
        case Limit.TRACK:
            track = pattern.tracks.get(one.track or 0)
            return f"{name} may join {track.name}, too" if track else f"{name} may join another program"
        case Limit.LICENSE:
            who = _lead(pattern, one) if one.clinician else f"Who leads {_group(pattern, one)}"
            return f"{who} has a license for {one.state}"
        case Limit.STAFF:
            return f"{_lead(pattern, one)} may hold {_kind(one.session)} visits"
        case Limit.TOPIC:
            return f"{one.topic} more than once a week"
        case Limit.MOST_DAYS:
            return f"{name} comes on {marks_of_days(one.amount)}"
        case Limit.LEAST_DAYS:
            return f"{marks_of_days(one.amount)} a week instead of {one.was}"
        case Limit.DAY_RULE:
            return f"A day of less than {duration(pattern.ask.day_minutes)}"
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
        yield Act(f"Plan {in_hours(one.amount)}", query_of(ask, hours=hours))
    elif one.limit == Limit.LEAST_DAYS:
        yield Act(f"Plan {marks_of_days(one.amount)}", query_of(ask, days=one.amount))
    elif one.limit == Limit.DAY_RULE:
        yield Act("Plan without it", query_of(ask, day_minutes=""))


def when_words_of(pattern: Pattern, fix: Fix) -> str:
    """Where the visits of the new week are: "with individual on Thursday 4:30 pm"."""
    said = [
        f"{_kind(one.kind)} on {_day(pattern, one.day)} {minute_words(one.starts)}"
        for one in fix.week.appointments
        if one.kind == Kind.INDIVIDUAL
    ]
    return f"with {said[0]}" if said else ""


def _why_not(pattern: Pattern, one: Change) -> str:
    episode, track = pattern.episode, pattern.tracks.get(one.track or 0)
    return why_not_for(track, episode.patient, episode, pattern.ask.from_on) if track else ""


def _kind(kind: str) -> str:
    return str(Kind(kind).label).lower()


def _day(pattern: Pattern, day: int) -> str:
    return WEEKDAYS[pattern.stretch.weekday_of(day)][1]


def _span(pattern: Pattern, one: Change) -> str:
    day = _day(pattern, one.day or 0)
    return f"{day}, {minute_words(one.starts or 0)} to {minute_words(one.ends or 0)}"


def _group(pattern: Pattern, one: Change) -> str:
    group = pattern.rows.groups[one.section or 0]
    return f"{group.name}, {group.get_weekday_display()}"


def _lead(pattern: Pattern, one: Change) -> str:
    person = pattern.rows.staff.get(abs(one.clinician or 0))
    return person.given_name if person else "Someone"
