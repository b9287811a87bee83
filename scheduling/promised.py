"""Hours promised: countable minutes booked in a week against the prescription of that week's level of care.

What was attended is the floor above's (its hours board); here is what the calendar still promises.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import F, Q, Sum

from iop_clinic.clock import Week
from iop_clinic.durations import in_hours
from patients.models import LevelOfCareStay, Patient
from patients.weeks import OwnWeeks, all_own_weeks, own_weeks
from scheduling.models import Booking, TherapySession
from scheduling.weeks import Plan
from scheduling.words import day_words

MOST_NAMES = 3


@dataclass(frozen=True)
class VisitHours:
    """The week in which a visit would be, with it: the plan, and the words for the week."""

    plan: Plan
    which: str

    @property
    def words(self) -> str:
        """ "7 h 20 of 9 h" """
        return plan_words(self.plan)


def promised(weeks: Mapping[int, Week]) -> dict[int, Plan]:
    """The week given for each patient by number, in two statements, however many.

    Breaks and sessions that do not count are left out. Of two levels in one week, the later one says how
    much, and nothing is prorated; without one, 0.
    """
    if not weeks:
        return {}
    stays = LevelOfCareStay.objects.filter(_each(weeks, _stays_in))
    goals = dict(stays.order_by("from_on").values_list("episode__patient", "prescribed_minutes"))
    held = Booking.objects.active().filter(
        _each(weeks, _bookings_in),
        session__status=TherapySession.Status.SCHEDULED,
        session__counts_toward_hours=True,
    )
    sums = (
        held.order_by()
        .values("patient")
        .annotate(
            lasting=Sum(F("session__ends_at") - F("session__starts_at")), breaks=Sum("session__break_minutes")
        )
    )
    booked = {row["patient"]: int(row["lasting"].total_seconds()) // 60 - row["breaks"] for row in sums}
    return {pk: Plan(booked.get(pk, 0), goals.get(pk, 0)) for pk in weeks}


def _each(weeks: Mapping[int, Week], rows_in: Callable[[Week, list[int]], Q]) -> Q:
    """The rows of each different week, of the patients whose week it is."""
    people: dict[Week, list[int]] = {}
    for pk, week in weeks.items():
        people.setdefault(week, []).append(pk)
    return reduce(or_, (rows_in(week, whose) for week, whose in people.items()))


def _stays_in(week: Week, people: list[int]) -> Q:
    until = Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on)
    return until & Q(episode__patient__in=people, from_on__lte=week.ends_on)


def _bookings_in(week: Week, people: list[int]) -> Q:
    return Q(patient__in=people, session__occurs_on__range=(week.starts_on, week.ends_on))


def shortfalls_words(patients: Iterable[Patient], on: date, today: date | None = None) -> str:
    """ "Camila now has 7 h 20 of 9 h booked this week", or "" when nothing is missing.

    Of several: "2 people are now short of hours this week: Ana T. (8 h of 9 h), …". Each one's own week that
    holds the day `on` is counted; `today` tells this week and the next from others.
    """
    people = {patient.pk: patient for patient in patients}
    weeks = {pk: own.of(on) for pk, own in all_own_weeks(people).items()}
    plans = promised(weeks)
    short = [one for pk, one in people.items() if plans[pk].short_minutes]
    if not short:
        return ""
    if len(people) == 1:
        plan, which = plans[short[0].pk], _which(weeks[short[0].pk], today)
        return f"{short[0].called} now has {plan_words(plan)} booked {which}."
    named = [f"{one.short_name} ({plan_words(plans[one.pk])})" for one in short[:MOST_NAMES]]
    more = f" and {len(short) - MOST_NAMES} more" if len(short) > MOST_NAMES else ""
    who = "1 person is" if len(short) == 1 else f"{len(short)} people are"
    said = {_which(weeks[one.pk], today) for one in short}
    when = said.pop() if len(said) == 1 else f"in their week with {day_words(on)}"
    return f"{who} now short of hours {when}: {', '.join(named)}{more}."


def with_visit(patient: Patient, weeks: OwnWeeks, on: date, minutes: int, today: date) -> VisitHours:
    """The patient's own week of that day if a visit of so many countable minutes were booked in it."""
    week = weeks.of(on)
    plan = promised({patient.pk: week})[patient.pk]
    return VisitHours(Plan(plan.booked_minutes + minutes, plan.goal_minutes), _which(week, today))


def hours_words(patient: Patient, week: Week, today: date) -> str:
    """ "7 h 20 of 9 h booked" of the patient's week beside a week of the site; it is named if it differs."""
    own = own_weeks(patient).of(week.on_weekday(today.weekday()))
    which = "" if own == week else f" {_which(own, None)}"
    return f"{plan_words(promised({patient.pk: own})[patient.pk])} booked{which}"


def plan_words(plan: Plan) -> str:
    """ "7 h 20 of 9 h" """
    return f"{in_hours(plan.booked_minutes)} of {in_hours(plan.goal_minutes)}"


def _which(week: Week, today: date | None) -> str:
    if today is not None and today in week:
        return "this week"
    if today is not None and today in week.previous():
        return "next week"
    return f"in the week of {day_words(week.starts_on)}"
