"""How far an authorization still reaches: days used, left, waiting to be closed and booked ahead.

Alert at two days or three business days left, whichever comes first, and never let a booking run past
the end without a word (domain reference 3.4, 12 D).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from billing.day_rows import used_units
from billing.models import ServiceDay
from iop_clinic.accounts.models import Site
from iop_clinic.pictures.burn_down import Day
from patients.models import Authorization, Episode, Patient
from scheduling.models import Booking, TherapySession
from sessions.models import Attendance

FEW_DAYS, FEW_BUSINESS_DAYS, REVIEW_AHEAD_DAYS = 2, 3, 7


@dataclass(frozen=True)
class Reach:
    """One authorization of a patient on a day, in days of care."""

    patient: Patient
    authorization: Authorization
    today: date
    used: int
    waiting_days: tuple[date, ...]
    booked_days: tuple[date, ...]
    extension_asked: bool = False
    is_followed: bool = False

    @property
    def left(self) -> int:
        """Approved less used, and less the attended days that still wait to be closed."""
        return max(0, self.authorization.units_approved - self.used - len(self.waiting_days))

    @property
    def ended(self) -> bool:
        return self.authorization.to_on < self.today

    @property
    def uncovered_days(self) -> tuple[date, ...]:
        """Booked days beyond the end or beyond the days left."""
        inside = [day for day in self.booked_days if day <= self.authorization.to_on][: self.left]
        return tuple(day for day in self.booked_days if day not in inside)

    @property
    def few_left(self) -> bool:
        return (
            self.left <= FEW_DAYS or business_days(self.today, self.authorization.to_on) <= FEW_BUSINESS_DAYS
        )

    @property
    def review_soon(self) -> bool:
        due_on = self.authorization.review_due_on
        return due_on is not None and due_on <= self.today + timedelta(days=REVIEW_AHEAD_DAYS)

    @property
    def uncovered_soon(self) -> bool:
        soon = self.today + timedelta(days=REVIEW_AHEAD_DAYS)
        return any(day <= soon for day in self.uncovered_days)

    @property
    def needs_a_person(self) -> bool:
        """Someone is booked, nothing approved follows, and it ends, runs out or is reviewed soon."""
        pressing = self.ended or self.few_left or self.uncovered_soon or self.review_soon
        return bool(self.booked_days) and not self.is_followed and pressing

    @property
    def words(self) -> str:
        """ "4 days left, 5 booked." """
        if self.ended:
            return f"Ended {short_date(self.authorization.to_on)}, {self.booked_words}."
        return f"{_counted(self.left)}, {self.booked_words}."

    @property
    def booked_words(self) -> str:
        return f"{len(self.booked_days)} booked" if self.booked_days else "none booked"

    @property
    def uncovered_words(self) -> str:
        """ "Fri Oct 30 is not covered." """
        days = self.uncovered_days
        if not days:
            return ""
        if len(days) == 1:
            return f"{days[0]:%a} {short_date(days[0])} is not covered."
        return f"{len(days)} booked days are not covered, the first {days[0]:%a} {short_date(days[0])}."


def _counted(days: int) -> str:
    return {0: "No days left", 1: "1 day left"}.get(days, f"{days} days left")


def short_date(day: date) -> str:
    return f"{day:%b} {day.day}"


def business_days(first: date, last: date) -> int:
    """Mondays to Fridays from `first` to `last`, both counted; holidays are not known here."""
    span = range((last - first).days + 1)
    return sum((first + timedelta(days=n)).weekday() < 5 for n in span)


def reaches(patients: Iterable[Patient], today: date) -> dict[int, list[Reach]]:
    """Each patient's approved authorizations, newest first; four queries however many patients.

    A booked day belongs to the authorization whose dates hold it, else to the last one before it.
    """
    people = {patient.pk: patient for patient in patients}
    rows = Authorization.objects.filter(coverage__patient__in=people, coverage__rank=1)
    every = list(rows.select_related("coverage__payer").order_by("-from_on", "-pk"))
    approved: dict[int, list[Authorization]] = defaultdict(list)
    for row in every:
        if row.status == Authorization.Status.APPROVED:
            approved[row.coverage.patient_id].append(row)
    used = used_units([row.pk for row in every])
    booked = _by_authorization(_booked_days(people, today), approved)
    waiting = _by_authorization(_waiting_days(people, today), approved)
    return {
        patient_id: [
            Reach(
                patient=people[patient_id],
                authorization=row,
                today=today,
                used=used.get(row.pk, 0),
                waiting_days=tuple(waiting[row.pk]),
                booked_days=tuple(booked[row.pk]),
                extension_asked=_asked(every, row),
                is_followed=any(other.from_on > row.to_on for other in rows),
            )
            for row in rows
        ]
        for patient_id, rows in approved.items()
    }


def in_force(found: list[Reach]) -> Reach | None:
    """The reach a page speaks of: the authorization that has begun last, else the first to come."""
    begun = (reach for reach in found if reach.authorization.from_on <= reach.today)
    return next(begun, found[-1] if found else None)


def _asked(rows: list[Authorization], after: Authorization) -> bool:
    return any(
        row.coverage_id == after.coverage_id
        and row.status == Authorization.Status.REQUESTED
        and row.to_on > after.to_on
        for row in rows
    )


Days = Iterable[tuple[int, date]]


def _by_authorization(days: Days, approved: dict[int, list[Authorization]]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = defaultdict(list)
    for patient_id, day in days:
        rows = approved[patient_id]
        begun = [row for row in rows if row.from_on <= day]
        nearest = (begun or rows)[:1]
        for owner in [row for row in begun if day <= row.to_on][:1] or nearest:
            found[owner.pk].append(day)
    return found


def _counted_days(patients: Iterable[int]) -> "QuerySet[Booking]":
    rows = Booking.objects.active().filter(
        patient__in=patients,
        session__status=TherapySession.Status.SCHEDULED,
        session__counts_toward_hours=True,
    )
    return rows.order_by("session__occurs_on")


def _booked_days(patients: Iterable[int], today: date) -> Days:
    rows = _counted_days(patients).filter(session__occurs_on__gte=today)
    return rows.values_list("patient", "session__occurs_on").distinct()


def _waiting_days(patients: Iterable[int], today: date) -> Days:
    """Attended days before today that nobody has decided on."""
    attended = Attendance.objects.attended().filter(booking=OuterRef("pk"))
    decided = ServiceDay.objects.filter(patient=OuterRef("patient"), on=OuterRef("session__occurs_on"))
    rows = _counted_days(patients).filter(Exists(attended), ~Exists(decided), session__occurs_on__lt=today)
    return rows.values_list("patient", "session__occurs_on").distinct()


def ending_at(site: Site, today: date) -> list[Reach]:
    """Authorizations of people in the program that a person must see to, the soonest end first."""
    episodes = Episode.objects.active_on(today).filter(site=site).select_related("patient")
    current = [in_force(found) for found in reaches([row.patient for row in episodes], today).values()]
    ending = [reach for reach in current if reach is not None and reach.needs_a_person]
    return sorted(ending, key=lambda one: (one.authorization.to_on, one.left, one.patient.family_name))


def burn_days(reach: Reach) -> list[Day]:
    """The steps of the burn-down: decided days, attended days waiting to be closed, booked days."""
    decided = ServiceDay.objects.filter(
        patient=reach.patient, on__gte=reach.authorization.from_on, on__lte=reach.today, minutes__gt=0
    )
    past = [Day(row.on, is_booked=False, counts=row.verdict == "billable") for row in decided.order_by("on")]
    taken = {day.on for day in past}
    ahead = sorted(set(reach.waiting_days) | set(reach.booked_days) - taken)
    return past + [Day(day, is_booked=True) for day in ahead if day not in taken]
