"""One patient's planned week: bookings by day, places in groups, and minutes booked against the plan.

What was attended is the floor above's; here is only what should happen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week
from patients.models import Episode, Patient
from patients.prescribing import prescribed_on
from scheduling.models import Booking, Enrollment, Group, SeatOffer, TherapySession

SEEN = ("session__site", "session__room", "session__lead", "session__group__track")


def bookings_in(patient: Patient, week: Week) -> list[Booking]:
    """Every booking of the week, cancelled ones too, by time."""
    starts_at, ends_at = week.span(patient.site.time_zone)
    rows = Booking.objects.filter(
        patient=patient, session__starts_at__gte=starts_at, session__starts_at__lt=ends_at
    )
    return list(rows.select_related(*SEEN).order_by("session__starts_at"))


def visits_without(patient: Patient, week: Week) -> list[TherapySession]:
    """Family visits of the week that go on without the patient (90846): nobody is booked in them."""
    starts_at, ends_at = week.span(patient.site.time_zone)
    alone = TherapySession.objects.scheduled().between(starts_at, ends_at)
    return list(
        alone.filter(series__episode__patient=patient, series__patient_present=False)
        .select_related("site", "room", "lead")
        .order_by("starts_at")
    )


def next_bookings(patient: Patient, now: datetime, most: int = 5) -> list[Booking]:
    """What comes next, the session that runs now included."""
    rows = Booking.objects.active().filter(patient=patient, session__ends_at__gt=now)
    return list(rows.select_related(*SEEN).order_by("session__starts_at")[:most])


def booked_minutes(bookings: Iterable[Booking]) -> int:
    """Countable minutes that are planned: breaks out, sessions that do not count left out."""
    return sum(
        booking.session.scheduled_minutes - booking.session.break_minutes
        for booking in bookings
        if booking.is_active and booking.session.counts_toward_hours
    )


def prescribed_minutes(episode: Episode, day: date) -> int:
    """Minutes a week of the level of care on that day; 0 without one."""
    stay = prescribed_on(episode, day)
    return stay.prescribed_minutes if stay else 0


def open_episode(patient: Patient) -> Episode | None:
    """The episode that has not ended, also one that is still to begin."""
    rows = patient.episodes.filter(ended_on__isnull=True).select_related("patient__site", "site")
    return rows.first()


def places_of(episode: Episode, day: date) -> list[Enrollment]:
    """Places in groups that have not ended, by weekday and time."""
    open_ones = Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), episode=episode)
    return list(
        open_ones.select_related("group__track", "group__room", "group__lead").order_by(
            "group__weekday", "group__starts"
        )
    )


def groups_with_seats(site: Site, day: date, now: datetime) -> QuerySet[Group]:
    """Groups that still meet, each with `seats_left`: the fewest free in any planned session, unpromised."""
    coming = Q(
        sessions__status=TherapySession.Status.SCHEDULED,
        sessions__starts_at__gt=now,
    )
    free = Min(
        F("sessions__capacity") - F("sessions__booked_seats") - F("sessions__held_seats"),
        filter=coming,
        output_field=IntegerField(),
    )
    offers = SeatOffer.objects.standing().filter(group=OuterRef("pk")).order_by().values("group")
    promised = Coalesce(Subquery(offers.annotate(count=Count("pk")).values("count")), 0)
    groups = Group.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), track__site=site)
    return (
        groups.filter(track__is_active=True)
        .select_related("track", "room", "lead")
        .annotate(seats_left=Coalesce(free, F("capacity"), output_field=IntegerField()) - promised)
        .order_by("track__name", "weekday", "starts")
    )


@dataclass(frozen=True)
class Plan:
    """Minutes a week that places in groups and this week's visits add up to, against the prescription."""

    booked_minutes: int
    goal_minutes: int
    attended_minutes: int = 0

    @property
    def short_minutes(self) -> int:
        return max(self.goal_minutes - self.booked_minutes, 0)


def plan_with(episode: Episode, groups: Iterable[Group], visits: Iterable[Booking], day: date) -> Plan:
    """The weekly plan if the patient were in these groups, besides visits already on the calendar."""
    in_groups = sum(group.minutes - group.break_minutes for group in groups)
    alone = booked_minutes(booking for booking in visits if booking.session.group_id is None)
    return Plan(booked_minutes=in_groups + alone, goal_minutes=prescribed_minutes(episode, day))
