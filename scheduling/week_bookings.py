"""Everyone's bookings of a week of a site as the planner sees them, and which of them stay as they are.

What has begun, was made by hand for this week or goes against a rule with a reason is kept; so is a day on
which someone comes in person and by video, which is not planned but may stand.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from scheduling.edit_shape import PLANNED, TIME
from scheduling.lost_time import countable_minutes
from scheduling.models import Booking, TherapySession
from scheduling.models.group import Kind
from scheduling.planner.problem import TICK, Appointment, Due, Mode, PatientWeek
from scheduling.site_week import SiteWeek, Span

MOVABLE = (Kind.INDIVIDUAL, Kind.FAMILY, Kind.MEDICATION)
STARTS_EVERY = 15


class WeekBookings:
    """By patient: the week as it is (`last`), what of it stays (`kept`), and what only fills their time.

    A visit is called by its kind; one that stays, or a second of its kind, by a name of its own. `visits`
    are the sessions behind the names. What lies on days that are over is `past`: credit, not plan.
    """

    def __init__(self, rows: SiteWeek) -> None:
        self.rows = rows
        self.people = sorted(pk for pk in rows.stays if pk in rows.episodes)
        self.visits: dict[tuple[int, str], int] = {}
        self.past: dict[int, list[TherapySession]] = defaultdict(list)
        self.outside: dict[int, list[TherapySession]] = defaultdict(list)
        self._staff = {one.pk for one in rows.staff}
        self._rooms = {one.pk for one in rows.rooms}
        self._helped = {one.session_id for one in rows.facilitated if not one.is_lead}
        self._mixed = self._mixed_days()
        self._minutes = self._minutes_by_day()
        ahead = self._ahead()
        self.last = {pk: self._week(pk, ahead[pk]) for pk in self.people}
        kept = {pk: [one for one in ahead[pk] if self._stays(one)] for pk in self.people}
        self.kept = {pk: self._week(pk, kept[pk]) for pk in self.people}
        self.planned = set(self.visits.values())
        self.taken = {pk for week in self.last.values() for pk in week.sections}

    def wall(self, session: TherapySession) -> Span:
        spans = self.rows.spans(session.starts_at, session.ends_at)
        return spans[0] if spans else (self.rows.day_of(session.occurs_on), 0, TICK)

    def has_begun(self, session: TherapySession) -> bool:
        return session.starts_at <= self.rows.now

    def is_past(self, session: TherapySession) -> bool:
        """On a day of the week that is over."""
        return self.rows.day_of(session.occurs_on) < self.rows.now_span[0]

    def due(self, patient: int) -> dict[str, Due]:
        """What is booked alone, by name."""
        found = {}
        for one in self.last[patient].appointments:
            counts = self.rows.sessions[self.visits[patient, one.kind]].counts_toward_hours
            found[one.kind] = Due(one.kind, one.ends - one.starts, counts)
        return found

    def has(self, patient: int, kind: str) -> bool:
        """A visit of this kind anywhere in the week."""
        there = [self.rows.sessions[pk].kind for (whose, _), pk in self.visits.items() if whose == patient]
        there += [one.kind for one in (*self.past[patient], *self.outside[patient])]
        return kind in there

    def credit_minutes(self, patient: int) -> int:
        """Of days that are over, and of what lies outside the plan."""
        over = sum(self.rows.credited.get(patient, {}).values())
        return over + sum(countable_minutes(one) for one in self.outside[patient])

    def shortest_day(self, patient: int) -> int | None:
        """Minutes of the shortest day on which they come for something that counts."""
        return min((minutes for minutes in self._minutes[patient].values() if minutes), default=None)

    def days(self, patient: int) -> int:
        """On how many days of the week they come now."""
        week = self.last[patient]
        days = {self.wall(self.rows.sessions[pk])[0] for pk in week.sections}
        days |= {one.day for one in week.appointments}
        return len(days | {self.wall(one)[0] for one in (*self.past[patient], *self.outside[patient])})

    def _minutes_by_day(self) -> dict[int, Counter[date]]:
        found: dict[int, Counter[date]] = defaultdict(Counter)
        for booking in self.rows.bookings:
            session = self.rows.sessions[booking.session_id]
            found[booking.patient_id][session.occurs_on] += countable_minutes(session)
        return found

    def _mixed_days(self) -> set[tuple[int, date]]:
        """Of whom and when: a day in person and by video."""
        modes: dict[tuple[int, date], set[str]] = defaultdict(set)
        for booking in self.rows.bookings:
            session = self.rows.sessions[booking.session_id]
            modes[booking.patient_id, session.occurs_on].add(session.mode)
        return {key for key, both in modes.items() if len(both) > 1}

    def _ahead(self) -> dict[int, list[Booking]]:
        found: dict[int, list[Booking]] = defaultdict(list)
        for booking in self.rows.bookings:
            pk, session = booking.patient_id, self.rows.sessions[booking.session_id]
            if pk not in self.people:
                continue
            if self.is_past(session):
                self.past[pk].append(session)
            elif session.is_visit and not self._is_known(session):
                self.outside[pk].append(session)
            else:
                found[pk].append(booking)
                if session.is_visit:
                    self._name(booking, session)
        return found

    def _is_known(self, session: TherapySession) -> bool:
        """With a clinician of the site, in a room of it."""
        roomed = session.mode == Mode.VIDEO or session.room_id in self._rooms
        return session.lead_id in self._staff and roomed

    def _name(self, booking: Booking, session: TherapySession) -> None:
        pk, kind = booking.patient_id, str(session.kind)
        if (pk, kind) in self.visits or not self._is_movable(booking, session):
            kind = f"{kind} {session.pk}"
        self.visits[pk, kind] = session.pk

    def _is_movable(self, booking: Booking, session: TherapySession) -> bool:
        """Not begun, of a kind that is planned, as its series asks, and on the planner's grid."""
        _, starts, _ = self.wall(session)
        timed = TIME in session.own and PLANNED not in session.own
        by_hand = session.override_id or timed or session.pk in self._helped
        stays = by_hand or starts % STARTS_EVERY or self._is_settled(booking, session)
        return session.kind in MOVABLE and not stays

    def _is_settled(self, booking: Booking, session: TherapySession) -> bool:
        by_hand = booking.override_id or booking.makes_up_id
        mixed = (booking.patient_id, session.occurs_on) in self._mixed
        return bool(by_hand) or mixed or self.has_begun(session)

    def _stays(self, booking: Booking) -> bool:
        session = self.rows.sessions[booking.session_id]
        if session.is_visit:
            return self.visits.get((booking.patient_id, str(session.kind))) != session.pk
        return session.group_id is None or self._is_settled(booking, session)

    def _week(self, patient: int, bookings: Iterable[Booking]) -> PatientWeek:
        sessions = [self.rows.sessions[one.session_id] for one in bookings]
        names = {pk: kind for (whose, kind), pk in self.visits.items() if whose == patient}
        alone = [self._appointment(names[one.pk], one) for one in sessions if one.is_visit]
        together = frozenset(one.pk for one in sessions if not one.is_visit)
        return PatientWeek(together, tuple(sorted(alone, key=lambda one: (one.day, one.starts))))

    def _appointment(self, kind: str, session: TherapySession) -> Appointment:
        day, starts, ends = self.wall(session)
        office = None if session.mode == Mode.VIDEO else session.room_id
        return Appointment(kind, session.lead_id, day, starts, ends, office)
