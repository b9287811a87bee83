"""When the clinicians and the rooms of a site are free for one-to-one sessions in a week. Pure, from rows."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, time
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.roles import Role
from scheduling.models import TherapySession
from scheduling.models.group import Kind
from scheduling.planner.problem import ALL_DAY, DAYS, TICK, Clinician, Office, ticks
from scheduling.site_week import SiteWeek, Span
from scheduling.week_bookings import WeekBookings

OPENS, SHUTS = 8 * 60, 18 * 60  # of who has no working hours


class WeekStaff:
    def __init__(self, rows: SiteWeek, held: WeekBookings) -> None:
        self.rows, self.held = rows, held
        self._primary = Counter(one.primary_clinician_id for one in rows.episodes.values())
        self._most = len(rows.episodes) / max(1, len(self._primary)) + 1
        self.open = self._open()

    def clinicians(self) -> tuple[Clinician, ...]:
        return tuple(self._clinician(one) for one in self.rows.staff)

    def offices(self) -> tuple[Office, ...]:
        return tuple(Office(one.pk, self._office(one.pk)) for one in self.rows.rooms)

    def states(self, staff: int, day: date) -> frozenset[str]:
        """Where this clinician is licensed that day."""
        held = self.rows.licenses.get(staff, [])
        return frozenset(one.state_code for one in held if one.expires_on is None or one.expires_on >= day)

    def _open(self) -> list[int]:
        """Of each day what is still ahead and not closed."""
        today, minute = self.rows.now_span
        free = [0 if day < today else ALL_DAY for day in range(DAYS)]
        if 0 <= today < DAYS:
            free[today] &= ~ticks(0, max(minute, TICK))
        return without(free, (span for one in self.rows.closures for span in self._spans(one)))

    def _spans(self, away: Any) -> list[Span]:
        return self.rows.spans(away.starts_at, away.ends_at)

    def _clinician(self, person: User) -> Clinician:
        theirs = [one for one in self._planned() if one.lead_id == person.pk]
        there = self._with(self._at_work(person.pk), theirs)  # who was booked then works then
        begun = [one for one in theirs if self.held.has_begun(one)]
        free = self._with([a & b for a, b in zip(there, self.open, strict=True)], begun)
        led = [one for one in self.rows.facilitated if one.staff_id == person.pk]
        busy = [one.during for one in led if not (one.is_lead and one.session_id in self.held.planned)]
        away = [span for one in self.rows.absences.get(person.pk, []) for span in self._spans(one)]
        taken = [span for one in busy for span in self.rows.spans(one.lower, one.upper)]
        is_prescriber = Role(person.role) == Role.PRESCRIBER
        kinds = {Kind.MEDICATION} if is_prescriber else {Kind.INDIVIDUAL, Kind.FAMILY}
        return Clinician(
            id=person.pk,
            kinds=frozenset(str(one) for one in kinds | {one.kind for one in theirs}),
            free=tuple(without(free, [*taken, *away])),
            states=self.states(person.pk, self.rows.week.ends_on),
            crowded=self._primary[person.pk] > self._most,
        )

    def _planned(self) -> list[TherapySession]:
        return [self.rows.sessions[pk] for pk in sorted(self.held.planned)]

    def _at_work(self, pk: int) -> list[int]:
        """Their hours here; of who has none anywhere, the days on which the site meets."""
        known, free = self.rows.hours.get(pk, []), [0] * DAYS
        meets = {one.occurs_on for one in self.rows.sessions.values()}
        for day, on in enumerate(self.rows.week):
            here = [h for h in known if h.site_id == self.rows.site.pk and h.weekday == on.weekday()]
            for one in here:
                free[day] |= ticks(minute_of(one.starts), minute_of(one.ends))
            if not known and (on.weekday() < 5 or on in meets):
                free[day] = ticks(OPENS, SHUTS)
        return free

    def _office(self, pk: int) -> tuple[int, ...]:
        here = [one for one in self.rows.sessions.values() if one.room_id == pk]
        planned = [one for one in here if one.pk in self.held.planned]
        begun = [one for one in planned if self.held.has_begun(one)]
        taken = [self.held.wall(one) for one in here if one.pk not in self.held.planned]
        return tuple(without(self._with(self.open, begun), taken))

    def _with(self, free: Iterable[int], sessions: Iterable[TherapySession]) -> list[int]:
        found = list(free)
        for one in sessions:
            day, starts, ends = self.held.wall(one)
            found[day] |= ticks(starts, ends)
        return found


def minute_of(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def without(free: Iterable[int], spans: Iterable[Span]) -> list[int]:
    left = list(free)
    for day, starts, ends in spans:
        left[day] &= ~ticks(starts, ends)
    return left
