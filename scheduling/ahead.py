"""The coming weeks of one patient: minutes that are booked, or that the weekly places will book.

A taper shows here before it is felt: the first week that falls below the prescription.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from iop_clinic.clock import Week
from iop_clinic.durations import in_hours
from patients.models import Episode, LevelOfCareStay
from patients.weeks import OwnWeeks
from scheduling.models import Booking, Enrollment, TherapySession
from scheduling.pattern_days import days_of

WEEKS_AHEAD = 12


@dataclass(frozen=True)
class WeekAhead:
    week: Week
    booked_minutes: int
    goal_minutes: int

    @property
    def is_short(self) -> bool:
        return self.booked_minutes < self.goal_minutes


def weeks_ahead(episode: Episode, own: OwnWeeks, day: date) -> list[WeekAhead]:
    """Whole weeks of the patient after the one of `day`, up to twelve, inside the episode. Four queries.

    A day of a group with no session yet counts as its pattern will book it; breaks do not count.
    """
    weeks = [own.after(own.of(max(day, episode.admitted_on)))]
    while len(weeks) < WEEKS_AHEAD:
        weeks.append(own.after(weeks[-1]))
    last_on = episode.ended_on or episode.expected_end_on
    weeks = [week for week in weeks if last_on is None or week.ends_on <= last_on]
    if not weeks:
        return []
    minutes = _minutes_by_day(episode, weeks[0].starts_on, weeks[-1].ends_on)
    stays = list(episode.stays.all())
    return [
        WeekAhead(week, sum(minutes.get(on, 0) for on in week), _goal(stays, week.ends_on)) for week in weeks
    ]


def taper_words(weeks: list[WeekAhead]) -> str:
    """ "From the week of Nov 30 only 6 h of 9 h are booked.", or nothing when every week is enough."""
    short = [one for one in weeks if one.is_short]
    if not short:
        return ""
    first = short[0]
    for_good = short == weeks[weeks.index(first) :]
    start = f"{first.week.starts_on:%b} {first.week.starts_on.day}"
    booked = f"only {in_hours(first.booked_minutes)} of {in_hours(first.goal_minutes)} are booked"
    if for_good and len(short) > 1:
        return f"From the week of {start} {booked}."
    more = f" {len(short) - 1} later week{'s' if len(short) > 2 else ''} fall short too." if short[1:] else ""
    return f"In the week of {start} {booked}.{more}"


def _goal(stays: Iterable[LevelOfCareStay], on: date) -> int:
    held = (stay for stay in stays if stay.from_on <= on and (stay.to_on is None or on <= stay.to_on))
    return next((stay.prescribed_minutes for stay in held), 0)


def _minutes_by_day(episode: Episode, first_on: date, last_on: date) -> dict[date, int]:
    minutes: dict[date, int] = {}
    held = Booking.objects.active().filter(patient=episode.patient_id, session__counts_toward_hours=True)
    for booking in held.filter(session__occurs_on__range=(first_on, last_on)).select_related("session"):
        session = booking.session
        counted = session.scheduled_minutes - session.break_minutes
        minutes[session.occurs_on] = minutes.get(session.occurs_on, 0) + counted
    for place, on in _unmade(episode, first_on, last_on):
        minutes[on] = minutes.get(on, 0) + place.group.minutes - place.group.break_minutes
    return minutes


def _unmade(episode: Episode, first_on: date, last_on: date) -> list[tuple[Enrollment, date]]:
    """Days of the patient's places that have no session yet."""
    rows = Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=first_on), episode=episode)
    places = list(rows.filter(from_on__lte=last_on).select_related("group"))
    made = set(
        TherapySession.objects.filter(
            group__in={place.group_id for place in places}, pattern_on__range=(first_on, last_on)
        ).values_list("group_id", "pattern_on")
    )
    return [
        (place, on)
        for place in places
        for on in days_of(place.group, max(first_on, place.from_on), min(last_on, place.to_on or last_on))
        if (place.group_id, on) not in made
    ]
