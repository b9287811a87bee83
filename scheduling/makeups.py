"""Making up time that was cancelled: other sessions with a free seat, nearest in minutes to what was lost.

Hours are a week's, so a way lies in the patient's same week, or in the next when none is left in it.
Never a medication visit; a substance-use track (42 CFR Part 2) only for someone of such a program.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import Week
from iop_clinic.refusal import Refused
from patients.weeks import OwnWeeks, all_own_weeks
from scheduling.clashes import full_words, refused_in_words
from scheduling.evaluation import Rule, Wanted, broken_by
from scheduling.facts import Facts, gather
from scheduling.lost_time import countable_minutes, lost_of, to_make_up
from scheduling.models import Booking, SeatOffer, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.seats import take_seats, why_not_for
from scheduling.turns import hold_group, lock_episode, lock_sessions, taking_turns
from scheduling.words import day_words

KINDS = (Kind.GROUP, Kind.PSYCHOEDUCATION, Kind.ACTIVITY)
# What may keep one person out of a session that takes place anyway.
PERSONAL = {Rule.PATIENT_BUSY, Rule.PATIENT_UNAVAILABLE, Rule.CONSENT, Rule.LICENSE, Rule.CLOSED}


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
    weeks = _weeks(lost)
    sessions = _open_sessions(lost, weeks, now)
    if not sessions:
        return found
    around = _Around(lost, weeks, sessions)
    for row in lost:
        ways = [way for session in sessions if (way := around.way(row, session))]
        minutes = countable_minutes(lost_of(row).session)
        found[row.pk] = sorted(ways, key=lambda way: (abs(way.minutes - minutes), way.session.starts_at))
    return found


def _weeks(lost: list[Booking]) -> dict[int, tuple[Week, Week]]:
    """The patient's own week in which each was lost, and the next, by the number of the booking."""
    own = all_own_weeks({row.patient_id for row in lost}) if lost else {}
    return {row.pk: _two(own[row.patient_id], lost_of(row).session.occurs_on) for row in lost}


def _two(own: OwnWeeks, day: date) -> tuple[Week, Week]:
    return (week := own.of(day)), own.after(week)


def _open_sessions(
    lost: list[Booking], weeks: dict[int, tuple[Week, Week]], now: datetime
) -> list[TherapySession]:
    """Sessions with a free seat at the sites of these bookings, after now, in their weeks or the next."""
    if not lost:
        return []
    rows: QuerySet[TherapySession] = TherapySession.objects.scheduled().filter(
        site__in={lost_of(row).session.site_id for row in lost},
        kind__in=KINDS,
        counts_toward_hours=True,
        series=None,
        booked_seats__lt=F("capacity"),
        starts_at__gt=now,
        occurs_on__gte=min(week.starts_on for week, _ in weeks.values()),
        occurs_on__lte=max(after.ends_on for _, after in weeks.values()),
    )
    return list(rows.select_related("site", "room", "lead", "group__track").order_by("starts_at", "pk"))


class _Around:
    """What is known around these patients and sessions, fetched once."""

    def __init__(
        self, lost: list[Booking], weeks: dict[int, tuple[Week, Week]], sessions: list[TherapySession]
    ) -> None:
        self.weeks = weeks
        patients = {row.patient_id for row in lost}
        days = [session.occurs_on for session in sessions]
        offers = SeatOffer.objects.standing().filter(group__in={session.group_id for session in sessions})
        self.offers = list(offers.values_list("group", "from_on"))
        mine = Booking.objects.filter(
            patient__in=patients, session__occurs_on__range=(min(days), max(days))
        ).values_list("patient", "session", "status", "makes_up", "session__occurs_on", "session__mode")
        self.rows = {(patient, session): (status, up) for patient, session, status, up, _, _ in mine}
        self.trips = {
            (patient, day)
            for patient, _, status, _, day, mode in mine
            if status == Booking.Status.BOOKED and mode == Mode.IN_PERSON
        }
        self.facts: Facts = gather([_wanted(row, session) for row in lost for session in sessions])

    def way(self, row: Booking, session: TherapySession) -> Way | None:
        """The way this session would be for that person; None when it would not do."""
        free, (week, after) = session.seats_free - self._promised(session), self.weeks[row.pk]
        if free < 1 or session.site_id != lost_of(row).session.site_id:
            return None
        if session.occurs_on not in week and session.occurs_on not in after:
            return None
        if not (self._is_new(row, session) and _takes(session, row)):
            return None
        if any(rule in PERSONAL for rule, _ in broken_by(_wanted(row, session), self.facts)):
            return None
        in_person = session.mode == Mode.IN_PERSON
        return Way(
            session=session,
            minutes=countable_minutes(session),
            seats_free=free,
            is_next_week=session.occurs_on not in week,
            is_extra_trip=in_person and (row.patient_id, session.occurs_on) not in self.trips,
        )

    def _promised(self, session: TherapySession) -> int:
        return sum(
            group == session.group_id and from_on <= session.occurs_on for group, from_on in self.offers
        )

    def _is_new(self, row: Booking, session: TherapySession) -> bool:
        """The patient was not expected there anyway; a make-up they gave up may be taken again."""
        status, makes_up = self.rows.get((row.patient_id, session.pk), ("", lost_of(row).pk))
        return status != Booking.Status.BOOKED and makes_up == lost_of(row).pk


def _takes(session: TherapySession, row: Booking) -> bool:
    """Whether the episode covers the day and the track is for this person."""
    day, episode = session.occurs_on, row.episode
    if day < episode.admitted_on or (episode.ended_on is not None and day > episode.ended_on):
        return False
    if session.group is None:
        return True
    return not why_not_for(session.group.track, row.patient, episode, day)


def _wanted(row: Booking, session: TherapySession) -> Wanted:
    """The session as if it were new and this person's: only the person's own rules are asked."""
    return Wanted(
        site=session.site,
        kind=session.kind,
        mode=session.mode,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        lead=session.lead,
        room=session.room,
        capacity=session.capacity,
        patients=(row.patient,),
        title=session.title,
    )
