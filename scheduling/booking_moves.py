"""A whole week at once together with the few others who move for it: all of it or none.

Everything it touches is locked in the order of `turns`; then the others are looked at anew. What frees seats
and hours comes first. Each change is made by the verb of the page on which it is made by hand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from scheduling.booking_weeks import BookedWeek, VisitAsked, book_week
from scheduling.changes import Told, What, tell_changes
from scheduling.edit_shape import Changes, Scope
from scheduling.edits import change, told_of_edited
from scheduling.enrolling import Place, end_enrollment, enroll_in
from scheduling.models import Booking, Group, Series, TherapySession
from scheduling.pattern_others import Other
from scheduling.pattern_problem import Pattern, pattern_of
from scheduling.planner.check import check
from scheduling.planner.problem import Appointment, PatientWeek, Problem
from scheduling.planner.swapping import loses_nothing
from scheduling.turns import (
    keep_open,
    lock_episode,
    lock_group,
    lock_people_and_rooms,
    lock_sessions,
    taking_turns,
)

Moved = Mapping[int, tuple[PatientWeek, PatientWeek]]
CHANGED = (
    "{name}’s week has changed since, or must stay as it is. Nothing was booked. Look at the weeks below."
)
GONE = "Someone who was to move has another week by now. Nothing was booked. Look at the weeks below."


@taking_turns
def book_week_moving(
    *,
    actor: User,
    pattern: Pattern,
    moved: Moved,
    groups: Sequence[Group],
    visits: Sequence[VisitAsked],
    now: datetime,
) -> BookedWeek:
    """As `book_week` from the first day of the `pattern` that was looked at, when those in `moved`, by
    patient, have changed from the one week to the other on that day.

    Refused 409 when any of them has another week by now, or would lose by it or break a rule, and as
    `enroll_in`, `edit` and `book_week` refuse.
    """
    _lock(pattern, moved, groups, visits, now)
    fresh = pattern_of(pattern.episode, pattern.ask, now)
    _require_same(fresh, moved)
    others = [_Moving(actor, fresh, pk, *moved[pk], now) for pk in sorted(moved)]
    for one in others:
        one.leave()
    for visit in _in_turn([visit for one in others for visit in one.visits]):
        visit.whose.move(visit)
    for one in others:
        one.join()
    booked = book_week(
        actor=actor,
        episode=pattern.episode,
        from_on=pattern.ask.from_on,
        groups=groups,
        visits=visits,
        now=now,
    )
    tell_changes(_together(one.told for one in others), now)
    for one in others:
        one.sign()
    return booked


def _lock(
    pattern: Pattern, moved: Moved, groups: Sequence[Group], visits: Sequence[VisitAsked], now: datetime
) -> None:
    known, weeks = pattern.rows.movable, [week for pair in moved.values() for week in pair]
    if not set(moved) <= set(known):
        raise Refused(GONE)
    keep_open(pattern.episode.site_id)
    for pk in sorted({pattern.episode.pk, *(known[pk].episode.pk for pk in moved)}):
        lock_episode(pk)
    touched = {group.pk for group in groups} | {pk for week in weeks for pk in week.sections}
    for pk in sorted(touched):
        lock_group(pk)
    hours = [one for week in weeks for one in week.appointments]
    staff = {one.clinician for one in hours} | {one.lead.pk for one in visits}
    rooms = {one.office for one in hours if one.office} | {one.room.pk for one in visits if one.room}
    lock_people_and_rooms(staff, rooms)
    series = [one.pk for pk in moved for one, _ in known[pk].visits.values()]
    coming = TherapySession.objects.scheduled().filter(starts_at__gt=now)
    theirs = coming.filter(group__in=touched) | coming.filter(series__in=series)
    lock_sessions(theirs.values_list("pk", flat=True))


def _require_same(fresh: Pattern, moved: Moved) -> None:
    """Under all locks: everyone is as they were looked at, loses nothing, and no rule is broken."""
    problem, after = fresh.problem, {pk: week for pk, (_, week) in moved.items()}
    for pk, (before, week) in moved.items():
        other = fresh.rows.movable.get(pk)
        if other is None:
            raise Refused(GONE)
        known = other.week == before and _is_known(problem, week)
        if not known or not loses_nothing(problem, problem.by_patient[pk], before, week):
            raise Refused(CHANGED.format(name=other.episode.patient.called))
    broken = set(check(problem, fresh.rows.others))
    for one in check(problem, {**fresh.rows.others, **after}):
        if one not in broken:
            other = fresh.rows.movable.get(one.patient or 0)
            raise Refused(CHANGED.format(name=other.episode.patient.called) if other else GONE)


def _is_known(problem: Problem, week: PatientWeek) -> bool:
    rooms = {one.id for one in problem.offices}
    return week.sections <= set(problem.by_section) and all(
        one.clinician in problem.by_clinician and (one.office is None or one.office in rooms)
        for one in week.appointments
    )


def _together(told: Iterable[Mapping[What, list[Told]]]) -> dict[What, list[Told]]:
    found: dict[What, list[Told]] = defaultdict(list)
    for one in told:
        for what, rows in one.items():
            found[what] += rows
    return found


@dataclass
class _Moving:
    """One person's change of week. `told` is what became of whose bookings."""

    actor: User
    fresh: Pattern
    patient: int
    before: PatientWeek
    after: PatientWeek
    now: datetime
    told: dict[What, list[Told]] = field(default_factory=lambda: defaultdict(list))

    @property
    def other(self) -> Other:
        return self.fresh.rows.movable[self.patient]

    @property
    def visits(self) -> list["_Visit"]:
        new = {one.kind: one for one in self.after.appointments}
        kept = self.other.visits.items()
        return [_Visit(self, series, old, new[kind]) for kind, (series, old) in kept if new[kind] != old]

    def leave(self) -> None:
        """The places end the day before; who is booked later hears of it."""
        for pk in sorted(self.before.sections - self.after.sections):
            self.told[What.CANCELLED] += [Told(one, one.session.starts_at) for one in self._booked({pk})]
            last_on = self.fresh.ask.from_on - timedelta(days=1)
            end_enrollment(actor=self.actor, enrollment=self.other.places[pk], last_on=last_on, now=self.now)

    def join(self) -> None:
        new = self.after.sections - self.before.sections
        if new:
            places = [Place(self.fresh.rows.groups[pk], self.fresh.ask.from_on) for pk in new]
            enroll_in(actor=self.actor, episode=self.other.episode, places=places, now=self.now)
            self.told[What.CHANGED] += [Told(one, one.session.starts_at) for one in self._booked(new)]

    def _booked(self, groups: Iterable[int]) -> list[Booking]:
        rows = Booking.objects.active().filter(
            patient=self.patient,
            session__group__in=list(groups),
            session__starts_at__gt=self.now,
            session__occurs_on__gte=self.fresh.ask.from_on,
        )
        return list(rows.select_related("session__site", "patient").order_by("session__starts_at"))

    def move(self, visit: "_Visit") -> None:
        """The series from its first hour on or after the day, whole."""
        coming = visit.series.sessions.filter(
            status=TherapySession.Status.SCHEDULED,
            starts_at__gt=self.now,
            occurs_on__gte=self.fresh.ask.from_on,
        )
        first = coming.select_related("site", "lead", "room").order_by("starts_at").first()
        if first is None:
            raise Refused(CHANGED.format(name=self.other.episode.patient.called))
        edited = change(
            actor=self.actor,
            session=first,
            scope=Scope.LATER,
            changes=self._changes(first, visit),
            choices={},
            now=self.now,
        )
        for what, rows in told_of_edited(edited).items():
            self.told[what] += rows

    def _changes(self, first: TherapySession, visit: "_Visit") -> Changes:
        old, new, rows = visit.old, visit.new, self.fresh.rows
        changes: Changes = {}
        if new.day != old.day:
            changes["on"] = first.occurs_on + timedelta(days=new.day - old.day)
        if new.starts != old.starts:
            changes["starts"] = time(*divmod(new.starts, 60))
        if new.mode != old.mode:
            changes["mode"] = str(new.mode)
        if new.office != old.office:
            changes["room"] = rows.rooms[new.office] if new.office else None
        if new.clinician != old.clinician:
            changes["lead"] = rows.staff[new.clinician]
        return changes

    def sign(self) -> None:
        left = self.before.sections - self.after.sections
        record(
            self.actor,
            "scheduling.make_room",
            self.other.episode,
            groups=len(left),
            visits=len(self.visits),
        )


@dataclass(frozen=True)
class _Visit:
    whose: _Moving
    series: Series
    old: Appointment
    new: Appointment

    def waits_for(self, other: "_Visit") -> bool:
        """The other one's hour now is in the way of where this one goes."""
        shared = self.new.clinician == other.old.clinician or self.whose is other.whose
        shared = shared or (self.new.office is not None and self.new.office == other.old.office)
        return shared and self.new.day == other.old.day and bool(self.new.mask & other.old.mask)


def _in_turn(visits: list[_Visit]) -> Iterable[_Visit]:
    """Who moves into another one's hour comes after that one has left it."""
    left = list(visits)
    while left:
        free = (one for one in left if not any(one.waits_for(other) for other in left if other is not one))
        following = next(free, left[0])
        left.remove(following)
        yield following
