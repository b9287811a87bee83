"""The rows of one dated week of a site as a week to plan. The one file here that knows rows.

What a payer asks of a day holds for whoever can keep it: their prescription has as many minutes for each
of its days, all of it lies in this site's rooms, and no day they come now is shorter, which a person decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from patients.models import Consent, Episode
from scheduling.lost_time import countable_minutes
from scheduling.models import TherapySession
from scheduling.models.group import Kind
from scheduling.planner.problem import DayRule, Due, Mode, Patient, PatientWeek, Problem, Section, ticks
from scheduling.seats import why_not_for
from scheduling.site_week import SiteWeek
from scheduling.week_bookings import STARTS_EVERY, WeekBookings
from scheduling.week_staff import WeekStaff, minute_of, without

VISIT_MINUTES = 50
FAMILY_EVERY = timedelta(days=14)


@dataclass(frozen=True)
class Asked:
    """What to plan, everyone's bookings of that week, and the session behind a person's visit by its name."""

    rows: SiteWeek
    problem: Problem
    week: Mapping[int, PatientWeek]
    visits: Mapping[tuple[int, str], int]


def asked_of(rows: SiteWeek) -> Asked:
    """Pure: the week of these rows as a problem, and as it is now."""
    held = WeekBookings(rows)
    staff = WeekStaff(rows, held)
    sessions = [one for one in rows.sessions.values() if _is_section(held, one)]
    problem = Problem(
        sections=tuple(_section(held, staff, one) for one in sessions),
        clinicians=staff.clinicians(),
        offices=staff.offices(),
        patients=tuple(_patient(held, staff, pk) for pk in held.people),
        starts_every=STARTS_EVERY,
    )
    return Asked(rows, problem, held.last, held.visits)


def _is_section(held: WeekBookings, session: TherapySession) -> bool:
    """Ahead; or one that has begun today with people of this week in it."""
    if session.is_visit or session.series_id or held.is_past(session):
        return False
    return session.pk in held.taken or not held.has_begun(session)


def _section(held: WeekBookings, staff: WeekStaff, one: TherapySession) -> Section:
    day, starts, ends = held.wall(one)
    mine = sum(one.pk in week.sections for week in held.last.values())
    promised = held.rows.promised.get(one.group_id or 0, 0)
    return Section(
        id=one.pk,
        group=one.group_id or 0,
        day=day,
        starts=starts,
        ends=ends,
        minutes=countable_minutes(one),
        track=one.group.track_id if one.group else 0,
        seats=max(one.capacity - one.held_seats - (one.booked_seats - mine) - promised, mine),
        mode=Mode(one.mode),
        states=staff.states(one.lead_id, one.occurs_on),
    )


def _patient(held: WeekBookings, staff: WeekStaff, pk: int) -> Patient:
    rows = held.rows
    episode, stay = rows.episodes[pk], rows.stays[pk]
    free = _free(held, staff, episode)
    by_video = _in_force(rows.consents.get(pk, []), rows.week.starts_on, rows.week.ends_on)
    here = any(one.pk == episode.primary_clinician_id for one in rows.staff)
    return Patient(
        id=pk,
        free=tuple(free),
        goal_minutes=stay.prescribed_minutes,
        least_days=stay.days_a_week,
        most_days=max(stay.days_a_week + 1, held.days(pk)),
        tracks=_tracks(held, episode),
        due=tuple(_due(held, pk, free)),
        rule=DayRule(minutes=_day_minutes(held, pk)),
        modes=frozenset({Mode.IN_PERSON, Mode.VIDEO} if by_video else {Mode.IN_PERSON}),
        state=episode.patient.state_code or rows.site.state_code,
        primary=episode.primary_clinician_id if here else None,
        last=held.last[pk],
        kept=held.kept[pk],
        apart=frozenset(rows.apart.get(pk, ())),
        credit_minutes=held.credit_minutes(pk),
        credit_days=len(rows.credited.get(pk, {})),
        weight=1.0 + _weeks_short(rows, episode),
    )


def _day_minutes(held: WeekBookings, pk: int) -> int:
    least, stay = held.rows.payer_minutes.get(pk, 0), held.rows.stays[pk]
    shortest = held.shortest_day(pk)
    is_short = shortest is not None and shortest < least
    is_more = least * stay.days_a_week > stay.prescribed_minutes
    return 0 if is_short or is_more or held.outside[pk] else least


def _free(held: WeekBookings, staff: WeekStaff, episode: Episode) -> list[int]:
    """On days in care, outside the hours in which they cannot come or are elsewhere."""
    free, pk = list(staff.open), episode.patient_id
    for day, on in enumerate(held.rows.week):
        if on < episode.admitted_on or (episode.ended_on is not None and on > episode.ended_on):
            free[day] = 0
        for one in held.rows.unavailable.get(pk, []):
            if one.holds_on(on):
                free[day] &= ~ticks(minute_of(one.starts), minute_of(one.ends))
    outside = [held.wall(one) for one in held.outside[pk]]
    return without(free, [*held.rows.elsewhere.get(pk, []), *outside])


def _tracks(held: WeekBookings, episode: Episode) -> frozenset[int]:
    """Where they have places or are booked; of who has none, every track that may take them."""
    rows, person, day = held.rows, episode.patient, held.rows.week.starts_on
    groups = [rows.sessions[pk].group for pk in held.last[person.pk].sections]
    theirs = rows.places.get(person.pk, set()) | {one.track_id for one in groups if one}
    may = (one.pk for one in rows.tracks if not why_not_for(one, person, episode, day))
    return frozenset(theirs or may)


def _due(held: WeekBookings, pk: int, free: Iterable[int]) -> list[Due]:
    """What is booked alone; besides an individual hour every week, and family every two, once begun."""
    found = held.due(pk)
    if any(free) and not held.has(pk, Kind.INDIVIDUAL):
        found[Kind.INDIVIDUAL] = Due(str(Kind.INDIVIDUAL), VISIT_MINUTES)
    last_on = held.rows.family_on.get(pk)
    is_due = last_on is not None and held.rows.week.ends_on - last_on >= FAMILY_EVERY
    if is_due and any(free) and not held.has(pk, Kind.FAMILY):
        found[Kind.FAMILY] = Due(str(Kind.FAMILY), VISIT_MINUTES)
    return list(found.values())


def _weeks_short(rows: SiteWeek, episode: Episode) -> int:
    """Of the past two, those wholly in care at this level whose bookings did not reach it."""
    stay, booked = rows.stays[episode.patient_id], rows.past_minutes.get(episode.patient_id, {})
    since = max(episode.admitted_on, stay.from_on)
    weeks = [ago for ago in (1, 2) if since <= rows.week.starts_on - timedelta(weeks=ago)]
    return sum(booked.get(ago, 0) < stay.prescribed_minutes for ago in weeks)


def _in_force(signed: Iterable[Consent], first_on: date, last_on: date) -> bool:
    """Through the whole week."""
    return any(
        one.begun_on(first_on) and (one.expires_on is None or last_on <= one.expires_on) for one in signed
    )
