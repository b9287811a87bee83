"""A patient cannot come: to one session or the rest of that day, and what it does to the week's hours."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from iop_clinic.accounts.models import User
from patients.weeks import own_weeks
from scheduling import booking as bookings
from scheduling.portal_times import Appointment, portal_bookings
from sessions.hours import Ledger
from sessions.ledger import ledger_of
from sessions.my_week import to_make_up

ONE, REST_OF_DAY = "one", "day"


@dataclass(frozen=True)
class Way:
    """What the patient gives back, and its cost in words."""

    key: str
    title: str
    appointments: list[Appointment]
    cost: str


def ways_of(appointment: Appointment) -> list[Way]:
    """This session alone; and with those after it, where the day holds more."""
    booking = appointment.booking
    week = own_weeks(booking.patient).of(booking.session.occurs_on)
    ledger = ledger_of(episode=booking.episode, week=week, now=appointment.now)
    only = f"Only {booking.session.title} at {appointment.starts}"
    ways = [Way(ONE, only, [appointment], _cost(ledger, [appointment]))]
    rest = [appointment, *_later_that_day(appointment)]
    if len(rest) > 1:
        title = f"{booking.session.title} and what comes after it"
        ways.append(Way(REST_OF_DAY, title, rest, _cost(ledger, rest)))
    return ways


def _later_that_day(appointment: Appointment) -> list[Appointment]:
    session = appointment.booking.session
    same_day = portal_bookings(appointment.booking.patient).filter(
        session__occurs_on=session.occurs_on, session__starts_at__gt=session.starts_at
    )
    later = [Appointment(booking, appointment.now) for booking in same_day]
    return [other for other in later if other.may_cancel]


def _cost(ledger: Ledger, given_back: Sequence[Appointment]) -> str:
    """ "Takes 60 minutes off the week: 2 h 20 to make up.", or that the week is still full."""
    keys = {other.booking.pk for other in given_back}
    lost = sum(line.booked_minutes for line in ledger.lines if line.entry.key in keys)
    if not lost:
        return "Takes nothing off your hours."
    short = max(0, ledger.goal_minutes - ledger.reachable_minutes + lost)
    rest = f"{to_make_up(short)} to make up" if short else "you would still be on track"
    return f"Takes {to_make_up(lost)} off the week: {rest}."


@transaction.atomic
def give_back(*, actor: User, way: Way, reason: str) -> None:
    """Cancel every booking of the way, all or none; Refused as `scheduling.booking.cancel` says."""
    for appointment in way.appointments:
        bookings.cancel(
            actor=actor, booking=appointment.booking, reason=reason, by_patient=True, now=appointment.now
        )
