"""Cancelled sessions as they would come back: who has a seat again, who has not and why, what is in the way.

A seat comes back to whom the clinic freed it with the session. Who is elsewhere by now, has made the time
up, or is not in the group or in care any more keeps what they have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from scheduling.evaluation import Rule, Wanted, broken_by, wanted_of
from scheduling.facts import Facts, gather
from scheduling.models import Booking, Closure, Enrollment, TherapySession
from scheduling.words import day_words, when_words

STANDING = {Rule.CLOSED, Rule.ABSENT, Rule.STAFF_BUSY, Rule.ROOM_TAKEN}
# Hours in which someone cannot come were asked when the seat was first taken.
PERSONAL = {Rule.PATIENT_BUSY, Rule.CONSENT}
NOBODY = "Its patient would not come. Book a new visit instead."


@dataclass(frozen=True)
class Return:
    """A cancelled session with the seats that come back, those that do not, and what is in its way."""

    session: TherapySession
    coming: list[Booking]
    staying: list[tuple[Booking, str]]
    in_the_way: list[str]


def returns_of(sessions: Sequence[TherapySession], without: Closure | None = None) -> list[Return]:
    """In their order, two that are in each other's way told at the later one. Constant query count.

    Ask for the sessions `with_people`. `without` is a closure that would not stand any more.
    """
    if not sessions:
        return []
    freed = _freed(sessions)
    wanted = [_wanted(session, freed[session.pk]) for session in sessions]
    facts = gather(wanted)
    for closures in facts.closures.values():
        closures[:] = [one for one in closures if without is None or one.pk != without.pk]
    known = _Known([booking for seats in freed.values() for booking in seats])
    return [_return(one, to, freed[one.pk], facts, known) for one, to in zip(sessions, wanted, strict=True)]


def _freed(sessions: Sequence[TherapySession]) -> dict[int, list[Booking]]:
    """By session, the bookings the clinic cancelled with it; a visit was cancelled by its booking."""
    visit = Q(session__group=None, session__capacity=1)
    rows = Booking.objects.filter(
        Q(went_with_session=True) | visit,
        session__in=sessions,
        status=Booking.Status.CANCELLED_BY_CLINIC,
    ).select_related("patient", "episode")
    found: dict[int, list[Booking]] = {session.pk: [] for session in sessions}
    for booking in rows.order_by("patient__family_name", "patient__given_name", "pk"):
        found[booking.session_id].append(booking)
    return found


def _wanted(session: TherapySession, freed: list[Booking]) -> Wanted:
    """As if it were new: what it rested on may have been taken meanwhile. Helpers are no hindrance."""
    people = tuple(booking.patient for booking in freed) or wanted_of(session).patients
    return wanted_of(session, session_pk=None, co_facilitators=(), patients=people)


class _Known:
    """What became of these bookings' patients meanwhile, fetched once."""

    def __init__(self, bookings: Sequence[Booking]) -> None:
        lost = [booking.makes_up_id or booking.pk for booking in bookings]
        made = Booking.objects.active().filter(makes_up__in=lost).select_related("session__site")
        self.made_up = {booking.makes_up_id: booking.session for booking in made}
        rows = Enrollment.objects.filter(episode__in={booking.episode_id for booking in bookings})
        self.places: dict[tuple[int, int], list[Enrollment]] = {}
        for place in rows:
            self.places.setdefault((place.episode_id, place.group_id), []).append(place)

    def why_not(self, booking: Booking, session: TherapySession) -> str:
        """Why this seat stays free, or ""."""
        episode, day, name = booking.episode, session.occurs_on, booking.patient.called
        made = self.made_up.get(booking.makes_up_id or booking.pk)
        if made is not None:
            return f"{name} makes it up: {made.title}, {when_words(made.starts_at, made.site.time_zone)}."
        if day < episode.admitted_on or (episode.ended_on is not None and day > episode.ended_on):
            return f"{name} is not in the program on {day_words(day)}."
        mine = self.places.get((booking.episode_id, session.group_id or 0), [])
        if mine and not any(one.from_on <= day and (one.to_on is None or day <= one.to_on) for one in mine):
            return f"{name} has left the group."
        return ""


def _return(
    session: TherapySession, wanted: Wanted, freed: list[Booking], facts: Facts, known: _Known
) -> Return:
    coming: list[Booking] = []
    staying: list[tuple[Booking, str]] = []
    for booking in freed:
        alone = replace(wanted, patients=(booking.patient,))
        said = [sentence for rule, sentence in broken_by(alone, facts) if rule in PERSONAL]
        why_not = known.why_not(booking, session) or " ".join(said)
        if why_not:
            staying.append((booking, why_not))
        else:
            coming.append(booking)
    back = Return(session, coming, staying, _in_the_way(session, wanted, facts, bool(coming), staying))
    if not back.in_the_way:
        facts.take(replace(wanted, patients=tuple(booking.patient for booking in coming)))
    return back


def _in_the_way(
    session: TherapySession,
    wanted: Wanted,
    facts: Facts,
    has_people: bool,
    staying: list[tuple[Booking, str]],
) -> list[str]:
    rules = STANDING - ({Rule.ROOM_TAKEN} if session.shares_room else set())
    said = [sentence for rule, sentence in broken_by(wanted, facts) if rule in rules]
    said += _off_pattern(session)
    if session.is_visit and wanted.patients_present and not has_people:
        said += [why for _, why in staying] or [NOBODY]
    return said


def _off_pattern(session: TherapySession) -> list[str]:
    """That the group has ended before that day, or meets on another weekday since."""
    group, day = session.group, session.pattern_on
    if group is None or day is None or day < max(group.from_on, group.pattern_from_on or group.from_on):
        return []
    return [] if group.meets_on(day) else [f"{group.name} does not meet on {day_words(day)} any more."]
