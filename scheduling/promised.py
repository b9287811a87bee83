"""Hours promised: countable minutes booked in a week against the prescription of that week's level of care.

What was attended is the floor above's (its hours board); here is what the calendar still promises.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, Sum

from iop_clinic.clock import Week, week_of
from iop_clinic.durations import in_hours
from patients.models import LevelOfCareStay, Patient
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


def promised(patients: Iterable[int], week: Week) -> dict[int, Plan]:
    """The week of each patient by number, in two statements, however many.

    Breaks and sessions that do not count are left out. Of two levels in one week, the later one says how
    much, and nothing is prorated; without one, 0.
    """
    asked = list(patients)
    stays = LevelOfCareStay.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on),
        episode__patient__in=asked,
        from_on__lte=week.ends_on,
    )
    goals = dict(stays.order_by("from_on").values_list("episode__patient", "prescribed_minutes"))
    held = Booking.objects.active().filter(
        patient__in=asked,
        session__occurs_on__range=(week.starts_on, week.ends_on),
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
    return {pk: Plan(booked.get(pk, 0), goals.get(pk, 0)) for pk in asked}


def shortfall_words(patient: Patient, week: Week, today: date | None = None) -> str:
    """ "Camila now has 7 h 20 of 9 h booked this week", or "" when nothing is missing.

    `today` tells this week and the next from others.
    """
    plan = promised([patient.pk], week)[patient.pk]
    if not plan.short_minutes:
        return ""
    return f"{patient.called} now has {plan_words(plan)} booked {_which(week, today)}."


def shortfalls_words(patients: Iterable[Patient], week: Week, today: date | None = None) -> str:
    """The same for several: "2 people are now short of hours this week: Ana T. (8 h of 9 h), …" """
    people = list({patient.pk: patient for patient in patients}.values())
    if len(people) == 1:
        return shortfall_words(people[0], week, today)
    plans = promised([patient.pk for patient in people], week)
    short = [patient for patient in people if plans[patient.pk].short_minutes]
    if not short:
        return ""
    named = [f"{one.short_name} ({plan_words(plans[one.pk])})" for one in short[:MOST_NAMES]]
    more = f" and {len(short) - MOST_NAMES} more" if len(short) > MOST_NAMES else ""
    who = "1 person is" if len(short) == 1 else f"{len(short)} people are"
    return f"{who} now short of hours {_which(week, today)}: {', '.join(named)}{more}."


def with_visit(patient: Patient, on: date, minutes: int, today: date) -> VisitHours:
    """The week of that day if a visit of so many countable minutes were booked in it."""
    week = week_of(on, patient.site.week_starts_weekday)
    plan = promised([patient.pk], week)[patient.pk]
    return VisitHours(Plan(plan.booked_minutes + minutes, plan.goal_minutes), _which(week, today))


def plan_words(plan: Plan) -> str:
    """ "7 h 20 of 9 h" """
    return f"{in_hours(plan.booked_minutes)} of {in_hours(plan.goal_minutes)}"


def _which(week: Week, today: date | None) -> str:
    if today is not None and today in week:
        return "this week"
    if today is not None and today in week.previous():
        return "next week"
    return f"in the week of {day_words(week.starts_on)}"
