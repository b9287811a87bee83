"""How far an authorization still reaches: days used, left, waiting to be closed and booked ahead.

Alert at two days or three business days left, whichever comes first, and never let a booking run past
the end without a word (domain reference 3.4, 12 D).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value

from billing.day_rows import used_by_authorization
from billing.models import ServiceDay
from iop_clinic.accounts.models import Site
from iop_clinic.pictures.burn_down import Day
from patients.models import Authorization, Episode, Patient
from scheduling.models import Booking, TherapySession
from sessions.models import Attendance

# Of a patient a day, and "booked", "waiting" or the verdict of its close.
PatientDay = tuple[int, date, str]
Days = QuerySet[Any, PatientDay]
FEW_DAYS, FEW_BUSINESS_DAYS, REVIEW_AHEAD_DAYS = 2, 3, 7


@dataclass(frozen=True)
class Reach:
    """One authorization of a patient on a day, in days of care; `decided_days` as `reaches_of` reads them."""

    patient: Patient
    authorization: Authorization
    today: date
    used: int
    waiting_days: tuple[date, ...]
    booked_days: tuple[date, ...]
    decided_days: tuple[Day, ...] = ()
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
    """Each patient's approved authorizations, newest first; two statements however many patients.

    A booked day belongs to the authorization whose dates hold it, else to the last one before it.
    """
    people = {patient.pk: patient for patient in patients}
    return _reaches(people, today, _days_to_come(people, today))


def reaches_of(patient: Patient, today: date) -> list[Reach]:
    """As `reaches` for one patient, each with its decided days; two statements."""
    people = {patient.pk: patient}
    days = _days_to_come(people, today).union(_decided_days(patient, today))
    return _reaches(people, today, days).get(patient.pk, [])


def _reaches(people: dict[int, Patient], today: date, days: Days) -> dict[int, list[Reach]]:
    every = _authorizations(people)
    approved: dict[int, list[Any]] = defaultdict(list)
    for row in every:
        if row.status == Authorization.Status.APPROVED:
            approved[row.coverage.patient_id].append(row)
    found = list(days.order_by("on"))
    booked = _by_authorization(found, "booked", approved)
    waiting = _by_authorization(found, "waiting", approved)
    return {
        patient_id: [
            Reach(
                patient=people[patient_id],
                authorization=row,
                today=today,
                used=row.used or 0,
                waiting_days=tuple(waiting[row.pk]),
                booked_days=tuple(booked[row.pk]),
                decided_days=tuple(_decided(found, patient_id, row.from_on)),
                extension_asked=_asked(every, row),
                is_followed=any(other.from_on > row.to_on for other in rows),
            )
            for row in rows
        ]
        for patient_id, rows in approved.items()
    }


def _authorizations(patients: Iterable[int]) -> list[Any]:
    """Of the first coverage, newest first, each with the units decided days have `used`."""
    days = used_by_authorization(ServiceDay.objects.filter(authorization=OuterRef("pk")))
    rows = Authorization.objects.filter(coverage__patient__in=patients, coverage__rank=1)
    related = rows.select_related("coverage__payer").annotate(used=Subquery(days.values("used")))
    return list(related.order_by("-from_on", "-pk"))


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


def _by_authorization(
    days: Iterable[PatientDay], state: str, approved: dict[int, list[Any]]
) -> dict[int, list[date]]:
    """The days in that state, each with the authorization it belongs to."""
    found: dict[int, list[date]] = defaultdict(list)
    for patient_id, day, is_in in days:
        if is_in == state:
            rows = approved[patient_id]
            begun = [row for row in rows if row.from_on <= day]
            nearest = (begun or rows)[:1]
            for owner in [row for row in begun if day <= row.to_on][:1] or nearest:
                found[owner.pk].append(day)
    return found


def _decided(days: Iterable[PatientDay], patient_id: int, from_on: date) -> Iterator[Day]:
    for whose, day, state in days:
        if whose == patient_id and day >= from_on and state in ServiceDay.Verdict:
            yield Day(day, is_booked=False, counts=state == ServiceDay.Verdict.BILLABLE)


def _days_to_come(patients: Iterable[int], today: date) -> Days:
    """Booked days from today on, and attended days before it that nobody has decided on."""
    attended = Attendance.objects.attended().filter(booking=OuterRef("pk"))
    decided = ServiceDay.objects.filter(patient=OuterRef("patient"), on=OuterRef("session__occurs_on"))
    counted = Booking.objects.active().filter(
        patient__in=patients,
        session__status=TherapySession.Status.SCHEDULED,
        session__counts_toward_hours=True,
    )
    booked = counted.filter(session__occurs_on__gte=today)
    waiting = counted.filter(Exists(attended), ~Exists(decided), session__occurs_on__lt=today)
    return _in_state(booked, "booked").union(_in_state(waiting, "waiting"))


def _in_state(bookings: "QuerySet[Booking]", state: str) -> Days:
    days = bookings.order_by().annotate(on=F("session__occurs_on"), state=Value(state))
    return days.values_list("patient_id", "on", "state")


def _decided_days(patient: Patient, today: date) -> Days:
    """Days of care up to today, each in the state of its verdict."""
    days = ServiceDay.objects.filter(patient=patient, on__lte=today, minutes__gt=0).order_by()
    return days.values_list("patient_id", "on", "verdict")


def ending_at(site: Site, today: date) -> list[Reach]:
    """Authorizations of people in the program that a person must see to, the soonest end first."""
    episodes = Episode.objects.active_on(today).filter(site=site).select_related("patient")
    current = [in_force(found) for found in reaches([row.patient for row in episodes], today).values()]
    ending = [reach for reach in current if reach is not None and reach.needs_a_person]
    return sorted(ending, key=lambda one: (one.authorization.to_on, one.left, one.patient.family_name))


def burn_days(reach: Reach) -> list[Day]:
    """The steps of the burn-down: decided days, attended days waiting to be closed, booked days."""
    taken = {day.on for day in reach.decided_days}
    ahead = sorted({*reach.waiting_days, *reach.booked_days} - taken)
    return [*reach.decided_days, *(Day(day, is_booked=True) for day in ahead)]
