"""Making up time that was cancelled: other sessions with a free seat, nearest in minutes to what was lost.

Hours are a week's, so a way lies in the patient's same week, or in the next when none is left in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import Week
from iop_clinic.refusal import Refused
from patients.weeks import OwnWeeks, all_own_weeks
from scheduling.clashes import full_words, refused_in_words
from scheduling.lost_time import countable_minutes, lost_of, to_make_up
from scheduling.models import Booking, TherapySession
from scheduling.open_seats import Around, open_sessions
from scheduling.seats import take_seats
from scheduling.turns import hold_group, lock_episode, lock_sessions, taking_turns
from scheduling.words import day_words


@dataclass(frozen=True)
class Way:
    """A session in which the time can be made up, and its countable minutes."""

    session: TherapySession
    minutes: int
    seats_free: int
    is_next_week: bool = False
    is_extra_trip: bool = False


def ways_for(booking: Booking, now: datetime) -> list[Way]:
    """The ways to make up one cancelled booking, the best first; none for one that is made up."""
    return ways_for_all([booking], now)[booking.pk]


def ways_for_all(bookings: Iterable[Booking], now: datetime) -> dict[int, list[Way]]:
    """The ways by the number of the booking: in its own week, else in the next. Constant query count."""
    possible = _possible(bookings, now)
    return {pk: [way for way in ways if not way.is_next_week] or ways for pk, ways in possible.items()}


@taking_turns
def make_up(*, actor: User, booking: Booking, session: TherapySession, now: datetime) -> Booking:
    """A seat in place of the cancelled booking; the same choice twice is one seat.

    Refused 409 when it is made up already, or the seat has gone meanwhile.
    """
    episode = lock_episode(booking.episode_id)
    if session.group_id is not None:
        hold_group(session.group_id)
    (session,) = lock_sessions([session.pk])
    lost = lost_of(booking)
    held = Booking.objects.active().filter(makes_up=lost).select_related("session__site").first()
    if held is not None:
        if held.session_id != session.pk:
            raise Refused(f"This is made up already: {held.session.title}, {_day(held.session)}.")
        return held
    if session.pk not in {way.session.pk for way in _possible([booking], now)[booking.pk]}:
        raise Refused(_why_not(session, now))
    (made,) = take_seats(actor=actor, sessions=[session], episode=episode, now=now)
    made.makes_up = lost
    with refused_in_words():
        made.save(update_fields=["makes_up"])
    record(actor, "scheduling.make_up", made, site_id=session.site_id, booking_id=lost.pk)
    return made


def _why_not(session: TherapySession, now: datetime) -> str:
    if session.has_begun(now):
        return f"{session.title} has begun already. Choose another time."
    if session.is_full and session.status == TherapySession.Status.SCHEDULED:
        return f"{full_words(session)} Choose another time."
    return f"{session.title}, {_day(session)}, is not open any more. Choose another time."


def _day(session: TherapySession) -> str:
    return day_words(session.occurs_on)


def _possible(bookings: Iterable[Booking], now: datetime) -> dict[int, list[Way]]:
    """Every session of the lost week and the next that would do, ranked, by the number of the booking."""
    asked = list(bookings)
    found: dict[int, list[Way]] = {booking.pk: [] for booking in asked}
    lost = to_make_up(asked)
    if not lost:
        return found
    weeks = _weeks(lost)
    first_on = min(week.starts_on for week, _ in weeks.values())
    last_on = max(after.ends_on for _, after in weeks.values())
    sessions = open_sessions((lost_of(row).session.site_id for row in lost), first_on, last_on, now)
    if not sessions:
        return found
    for row in lost:
        row.episode.patient = row.patient
    around = Around([row.episode for row in lost], sessions)
    for row in lost:
        ways = [way for session in sessions if (way := _way(around, row, session, weeks[row.pk]))]
        minutes = countable_minutes(lost_of(row).session)
        found[row.pk] = sorted(ways, key=lambda way: (abs(way.minutes - minutes), way.session.starts_at))
    return found


def _weeks(lost: list[Booking]) -> dict[int, tuple[Week, Week]]:
    """The patient's own week in which each was lost, and the next, by the number of the booking."""
    own = all_own_weeks({row.patient_id for row in lost})
    return {row.pk: _two(own[row.patient_id], lost_of(row).session.occurs_on) for row in lost}


def _two(own: OwnWeeks, day: date) -> tuple[Week, Week]:
    return (week := own.of(day)), own.after(week)


def _way(around: Around, row: Booking, session: TherapySession, weeks: tuple[Week, Week]) -> Way | None:
    """The way this session would be for that person; None when it would not do."""
    free, (week, after) = around.seats_free(session), weeks
    if free < 1 or session.site_id != lost_of(row).session.site_id:
        return None
    if session.occurs_on not in week and session.occurs_on not in after:
        return None
    if not (_is_new(around, row, session) and around.would_do(row.episode, session)):
        return None
    return Way(
        session=session,
        minutes=countable_minutes(session),
        seats_free=free,
        is_next_week=session.occurs_on not in week,
        is_extra_trip=around.is_extra_trip(row.episode, session),
    )


def _is_new(around: Around, row: Booking, session: TherapySession) -> bool:
    """The patient was not expected there anyway; a make-up they gave up may be taken again."""
    status, makes_up = around.held(row.episode, session) or ("", lost_of(row).pk)
    return status != Booking.Status.BOOKED and makes_up == lost_of(row).pk
