"""What is recorded already about the groups of an import: their sessions, bookings and attendance."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from iop_clinic.clock import zone
from scheduling.models import Booking, TherapySession
from sessions.importing.known import GroupRef, Known, PatientRef
from sessions.importing.reading import Row
from sessions.models import Attendance


@dataclass(frozen=True, slots=True)
class Mark:
    """One attendance on record, its times as the site's clock showed them."""

    arrived_at: datetime | None
    left_at: datetime | None
    absence: str

    def says(self, row: Row) -> bool:
        arrived = self.arrived_at.time() if self.arrived_at else None
        left = self.left_at.time() if self.left_at else None
        return (arrived, left, self.absence) == (row["arrived"], row["left"], row["absence"] or "")


@dataclass
class There:
    """By group and day: the session; by session and patient: the booking and its mark."""

    sessions: dict[tuple[int, date], TherapySession] = field(default_factory=dict)
    bookings: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)
    marks: dict[int, Mark] = field(default_factory=dict)
    seats: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def session(self, group: GroupRef, day: date) -> TherapySession | None:
        return None if group.group_id is None else self.sessions.get((group.group_id, day))

    def booking(self, group: GroupRef, day: date, person: PatientRef) -> tuple[int, str] | None:
        held = self.session(group, day)
        if held is None or person.patient_id is None:
            return None
        return self.bookings.get((held.pk, person.patient_id))

    def has_booking(self, group: GroupRef, day: date, person: PatientRef) -> bool:
        return self.booking(group, day, person) is not None

    def is_cancelled(self, group: GroupRef, day: date, person: PatientRef) -> bool:
        held, booking = self.session(group, day), self.booking(group, day, person)
        if held is not None and held.status != TherapySession.Status.SCHEDULED:
            return True
        return booking is not None and booking[1] != Booking.Status.BOOKED

    def mark(self, group: GroupRef, day: date, person: PatientRef) -> Mark | None:
        booking = self.booking(group, day, person)
        return None if booking is None else self.marks.get(booking[0])

    def booked(self, group: GroupRef, day: date) -> int:
        """Seats booked, or held for someone."""
        held = self.session(group, day)
        return 0 if held is None else self.seats[held.pk]


def look_at(known: Known) -> There:
    """Three queries over the groups earlier imports brought."""
    there = There()
    groups = [ref.group_id for ref in known.groups.values() if ref.group_id is not None]
    if not groups:
        return there
    for session in TherapySession.objects.filter(group__in=groups):
        there.sessions[session.group_id, session.occurs_on] = session  # type: ignore[index]
        there.seats[session.pk] = session.held_seats
    bookings = Booking.objects.filter(session__group__in=groups)
    rows = bookings.values_list("pk", "session_id", "patient_id", "status", "episode__site__time_zone")
    zones: dict[int, str] = {}
    for pk, session_id, patient_id, status, tz_name in rows.iterator(chunk_size=5000):
        there.bookings[session_id, patient_id] = (pk, status)
        there.seats[session_id] += status == Booking.Status.BOOKED
        zones[pk] = tz_name
    marks = Attendance.objects.filter(booking__session__group__in=groups)
    columns = marks.values_list("booking_id", "arrived_at", "left_at", "absence")
    for pk, arrived_at, left_at, absence in columns.iterator(chunk_size=5000):
        there.marks[pk] = Mark(_wall(arrived_at, zones[pk]), _wall(left_at, zones[pk]), absence)
    return there


def _wall(instant: datetime | None, tz_name: str) -> datetime | None:
    return None if instant is None else instant.astimezone(zone(tz_name)).replace(tzinfo=None)
