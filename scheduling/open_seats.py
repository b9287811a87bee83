"""Sessions in which someone could make up time, and whether a seat in one would do for one person.

Never a medication visit; a substance-use track (42 CFR Part 2) only for someone of such a program.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import F, QuerySet

from patients.models import Episode, Patient
from scheduling.evaluation import Rule, Wanted, broken_by
from scheduling.facts import Facts, gather
from scheduling.models import Booking, SeatOffer, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.seats import why_not_for

KINDS = (Kind.GROUP, Kind.PSYCHOEDUCATION, Kind.ACTIVITY)
# What may keep one person out of a session that takes place anyway.
PERSONAL = {Rule.PATIENT_BUSY, Rule.PATIENT_UNAVAILABLE, Rule.CONSENT, Rule.LICENSE, Rule.CLOSED}


def open_sessions(
    site_ids: Iterable[int], first_on: date, last_on: date, now: datetime
) -> list[TherapySession]:
    """Sessions after `now` that count toward hours and have a seat neither taken nor held, by time."""
    rows: QuerySet[TherapySession] = TherapySession.objects.scheduled().filter(
        site__in=set(site_ids),
        kind__in=KINDS,
        counts_toward_hours=True,
        series=None,
        capacity__gt=F("booked_seats") + F("held_seats"),
        starts_at__gt=now,
        occurs_on__range=(first_on, last_on),
    )
    return list(rows.select_related("site", "room", "lead", "group__track").order_by("starts_at", "pk"))


class Around:
    """What is known around these episodes and open sessions, fetched once. Ask with `patient` at hand."""

    def __init__(self, episodes: Sequence[Episode], sessions: Sequence[TherapySession]) -> None:
        patients = {episode.patient_id: episode.patient for episode in episodes}
        days = [session.occurs_on for session in sessions]
        offers = SeatOffer.objects.standing().filter(group__in={session.group_id for session in sessions})
        self._offers = list(offers.values_list("group", "from_on"))
        mine = Booking.objects.filter(
            patient__in=patients, session__occurs_on__range=(min(days), max(days))
        ).values_list("patient", "session", "status", "makes_up", "session__occurs_on", "session__mode")
        self._rows = {(patient, session): (status, up) for patient, session, status, up, _, _ in mine}
        self._trips = {
            (patient, day)
            for patient, _, status, _, day, mode in mine
            if status == Booking.Status.BOOKED and mode == Mode.IN_PERSON
        }
        self._facts: Facts = gather(
            [_wanted(one, session) for one in patients.values() for session in sessions]
        )

    def seats_free(self, session: TherapySession) -> int:
        """Neither taken nor held, nor promised to someone on the group's waitlist."""
        return session.seats_free - sum(
            group == session.group_id and from_on <= session.occurs_on for group, from_on in self._offers
        )

    def held(self, episode: Episode, session: TherapySession) -> tuple[str, int | None] | None:
        """Status of their booking in it, and what it makes up; None without one."""
        return self._rows.get((episode.patient_id, session.pk))

    def is_extra_trip(self, episode: Episode, session: TherapySession) -> bool:
        return session.mode == Mode.IN_PERSON and (episode.patient_id, session.occurs_on) not in self._trips

    def would_do(self, episode: Episode, session: TherapySession) -> bool:
        """The session is for this person, and nothing of their own is in the way."""
        if session.site_id != episode.site_id or not _takes(session, episode):
            return False
        broken = broken_by(_wanted(episode.patient, session), self._facts)
        return not any(rule in PERSONAL for rule, _ in broken)


def _takes(session: TherapySession, episode: Episode) -> bool:
    """Whether the episode covers the day and the track is for this person."""
    day = session.occurs_on
    if day < episode.admitted_on or (episode.ended_on is not None and day > episode.ended_on):
        return False
    if session.group is None:
        return True
    return not why_not_for(session.group.track, episode.patient, episode, day)


def _wanted(patient: Patient, session: TherapySession) -> Wanted:
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
        patients=(patient,),
        title=session.title,
    )
