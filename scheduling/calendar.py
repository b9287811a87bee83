"""From weekly patterns to dated sessions with their people, eight weeks ahead.

Safe any number of times and twice at once: a group's row is locked while its missing days are made, and
the database holds one session to a group and day. Wall-clock times stay what they are over clock changes.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from iop_clinic.accounts.models import Site
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local, day_span, local_day
from iop_clinic.refusal import Refused
from scheduling.clashes import refused_in_words, span_of
from scheduling.models import Booking, Enrollment, Group, TherapySession
from scheduling.reminders import plan_reminders
from scheduling.turns import lock_group, lock_lead_and_room, taking_turns

logger = logging.getLogger(__name__)
_DAY = timedelta(days=1)


def materialise_everywhere(*, now: datetime) -> int:
    """Every active site, from its own today."""
    made = 0
    for site in Site.objects.filter(is_active=True):
        groups = Group.objects.filter(track__site=site)
        made += materialise(day=local_day(now, site.time_zone), groups=groups, now=now)
    return made


def materialise(
    *, day: date, weeks: int = 8, groups: Iterable[Group] | None = None, now: datetime | None = None
) -> int:
    """Make the sessions missing in `weeks` weeks from `day`, and book the enrolled; how many were made.

    `now` decides which bookings still get a reminder; without it, it is the first instant of `day`.
    A day on which the room or the clinician is taken is left out and tried again next time.
    """
    wanted = Group.objects.filter(track__is_active=True)
    if groups is not None:
        wanted = wanted.filter(pk__in=[group.pk for group in groups])
    made = 0
    for group in wanted.select_related("track__site").order_by("pk"):
        if _missing_days(group, day, weeks):
            try:
                made += _fill(group.pk, day, weeks, now or day_span(day, group.track.site.time_zone)[0])
            except Refused as busy:
                logger.warning("group %s waits for the next round: %s", group.pk, busy.sentence)
    return made


def _missing_days(group: Group, day: date, weeks: int) -> list[date]:
    days = [on for n in range(7 * weeks) if group.meets_on(on := day + n * _DAY)]
    there = group.sessions.filter(occurs_on__in=days).values_list("occurs_on", flat=True)
    moved = group.sessions.filter(pattern_on__in=days).values_list("pattern_on", flat=True)
    return sorted(set(days) - set(there) - set(moved))


@taking_turns
def _fill(group_pk: int, day: date, weeks: int, now: datetime) -> int:
    group = lock_group(group_pk)
    lock_lead_and_room(group.lead_id, group.room_id)
    made = [session for on in _missing_days(group, day, weeks) if (session := _create(group, on))]
    booked = _book_enrolled(group, made, now)
    if made:
        record(
            None,
            "scheduling.materialise",
            group,
            site_id=group.track.site_id,
            sessions=len(made),
            bookings=booked,
        )
    return len(made)


def session_of(group: Group, on: date) -> TherapySession:
    """What the pattern asks for on that day, not saved: wall-clock time of the site, room, lead, seats."""
    site = group.track.site
    starts_at = at_local(on, group.starts, site.time_zone)
    return TherapySession(
        site=site,
        group=group,
        occurs_on=on,
        pattern_on=on,
        kind=group.kind,
        title=group.name,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=group.minutes),
        break_minutes=group.break_minutes,
        mode=group.mode,
        room=group.room,
        lead=group.lead,
        capacity=group.capacity,
    )


def _create(group: Group, on: date) -> TherapySession | None:
    made = session_of(group, on)
    try:
        with refused_in_words():
            made.save(force_insert=True)
    except Refused as clash:
        logger.warning("group %s does not meet on %s: %s", group.pk, on, clash.sentence)
        return None
    return made


def _book_enrolled(group: Group, sessions: list[TherapySession], now: datetime) -> int:
    """Who is enrolled on the day gets a seat, first come first; one who is elsewhere then does not."""
    enrollments = list(
        group.enrollments.select_related("episode__patient").order_by("created_at", "pk") if sessions else []
    )
    for session in sessions:
        roster = [one for one in enrollments if _expected(one, session.occurs_on)][: session.capacity]
        Booking.objects.bulk_create([_seat(one, session, now) for one in roster], ignore_conflicts=True)
    booked = list(Booking.objects.active().filter(session__in=sessions).select_related("patient"))
    by_pk = {session.pk: session for session in sessions}
    for booking in booked:
        booking.session = by_pk[booking.session_id]
    plan_reminders(booked, now)
    return len(booked)


def _expected(enrollment: Enrollment, on: date) -> bool:
    episode = enrollment.episode
    in_group = enrollment.from_on <= on and (enrollment.to_on is None or on <= enrollment.to_on)
    return in_group and (episode.ended_on is None or on <= episode.ended_on)


def _seat(enrollment: Enrollment, session: TherapySession, now: datetime) -> Booking:
    return Booking(
        session=session,
        during=span_of(session),
        patient=enrollment.episode.patient,
        episode=enrollment.episode,
        booked_by_id=enrollment.enrolled_by_id,
        booked_at=now,
    )
