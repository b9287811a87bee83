"""From weekly patterns to dated sessions with their people, HORIZON_WEEKS ahead.

Safe any number of times and twice at once: a group's row is locked while its missing days are made, and
the database holds one session to a group and day. A group costs a constant number of statements, however
many its days and people. The lead may be away: the session is made and waits for a substitute.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime

from iop_clinic.accounts.models import Site
from iop_clinic.audit.trail import record
from iop_clinic.clock import day_span, local_day
from iop_clinic.refusal import Refused
from scheduling.clashes import refused_in_words, span_of
from scheduling.models import Booking, CoFacilitator, Enrollment, Facilitation, Group, TherapySession
from scheduling.pattern_days import horizon, missing_days, session_of
from scheduling.reminders import plan_reminders
from scheduling.seating import places_in, seats_for
from scheduling.turns import keep_open, lock_group, lock_lead_and_room, taking_turns

logger = logging.getLogger(__name__)


def materialise_everywhere(*, now: datetime) -> int:
    """Every active site, from its own today; how many sessions were made."""
    made = 0
    for site in Site.objects.filter(is_active=True):
        groups = Group.objects.filter(track__site=site)
        made += materialise(day=local_day(now, site.time_zone), groups=groups, now=now)
    return made


def materialise(
    *, day: date, weeks: int | None = None, groups: Iterable[Group] | None = None, now: datetime | None = None
) -> int:
    """Make the sessions missing in `weeks` weeks from `day`, and book the enrolled; how many were made.

    `weeks` is else HORIZON_WEEKS. A session that would have begun at `now` is not made, and `now` decides
    which bookings get a reminder; without it, it is the first instant of `day`. A day on which the room
    or the clinician is taken is left out and tried again next time.
    """
    rows = Group.objects.filter(track__is_active=True)
    if groups is not None:
        rows = rows.filter(pk__in=[group.pk for group in groups])
    by_pk = {group.pk: group for group in rows.select_related("track__site").order_by("pk")}
    last_on, made = horizon(day, weeks), 0
    for pk in missing_days(list(by_pk.values()), day, last_on, now):
        then = now or day_span(day, by_pk[pk].track.site.time_zone)[0]
        try:
            made += _fill(by_pk[pk], day, last_on, then)
        except Refused as busy:
            logger.warning("group %s waits for the next round: %s", pk, busy.sentence)
    return made


@taking_turns
def _fill(group: Group, first_on: date, last_on: date, now: datetime) -> int:
    keep_open(group.track.site_id)
    group = lock_group(group.pk)
    lock_lead_and_room(group.lead_id, group.room_id)
    days = missing_days([group], first_on, last_on, now).get(group.pk, [])
    made = _make(group, days)
    if made:
        booked = bring_people(group, made, now)
        record(
            None,
            "scheduling.materialise",
            group,
            site_id=group.track.site_id,
            sessions=len(made),
            bookings=booked,
        )
    return len(made)


def _make(group: Group, days: list[date]) -> list[TherapySession]:
    """All days in one statement; if one of them clashes, one by one, without those that do."""
    try:
        with refused_in_words():
            return TherapySession.objects.bulk_create([session_of(group, day) for day in days])
    except Refused:
        return [made for day in days if (made := _make_one(group, day))]


def _make_one(group: Group, day: date) -> TherapySession | None:
    made = session_of(group, day)
    try:
        with refused_in_words():
            made.save(force_insert=True)
    except Refused as clash:
        logger.warning("group %s does not meet on %s: %s", group.pk, day, clash.sentence)
        return None
    return made


def bring_people(group: Group, sessions: list[TherapySession], now: datetime) -> int:
    """Co-facilitators and the enrolled into new sessions of a locked group; how many are booked."""
    _join_co_facilitators(group, sessions)
    return _book_enrolled(group, sessions, now)


def _join_co_facilitators(group: Group, sessions: list[TherapySession]) -> None:
    """The group's co-facilitators come along; one who leads elsewhere then is left off that day."""
    beside = CoFacilitator.objects.filter(group=group).exclude(staff=group.lead_id)
    staff = beside.order_by("pk").values_list("staff_id", flat=True)
    rows = [
        Facilitation(session=session, during=span_of(session), status=session.status, staff_id=pk)
        for pk in staff
        for session in sessions
    ]
    Facilitation.objects.bulk_create(rows, ignore_conflicts=True)


def _book_enrolled(group: Group, sessions: list[TherapySession], now: datetime) -> int:
    """Who has a place on the day gets a seat, first come first, if they may and can come then."""
    seats = [_seat(place, session, now) for session, place in seats_for(places_in(group), sessions)]
    Booking.objects.bulk_create(seats, ignore_conflicts=True)
    booked = list(Booking.objects.active().filter(session__in=sessions).select_related("patient").order_by())
    by_pk = {session.pk: session for session in sessions}
    for booking in booked:
        booking.session = by_pk[booking.session_id]
    plan_reminders(booked, now)
    return len(booked)


def _seat(enrollment: Enrollment, session: TherapySession, now: datetime) -> Booking:
    return Booking(
        session=session,
        during=span_of(session),
        patient_id=enrollment.episode.patient_id,
        episode=enrollment.episode,
        override_id=enrollment.override_id,
        booked_by_id=enrollment.enrolled_by_id,
        booked_at=now,
    )
