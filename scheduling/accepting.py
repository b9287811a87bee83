"""Accepting a planned week: all of its changes or none, against the rows as they are then.

The order of locks is that of `turns`; what frees seats and hours comes first, then what takes them. Visits
that move are all set aside first, so that two may change places.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import F

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local
from iop_clinic.refusal import Refused
from patients.models import Episode, RelatedPerson
from scheduling.changes import Told, What, tell_changes, told_of
from scheduling.evaluation import clashes_of, wanted_of
from scheduling.models import Booking, Group, PlanRun, Room, Series, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.moving import put_at, require_movable
from scheduling.place_rules import clashes_of_places
from scheduling.planner.check import check
from scheduling.planner.differences import Difference, Moved, differences
from scheduling.planner.problem import Appointment
from scheduling.planner.propose import Asked, asked_of
from scheduling.planner.written import from_ids
from scheduling.seats import free_seats, take_seats
from scheduling.site_week import site_week
from scheduling.substitutes import candidates_of, hand_over, with_people
from scheduling.turns import (
    keep_open,
    lock_episode,
    lock_group,
    lock_people_and_rooms,
    lock_sessions,
    taking_turns,
)
from scheduling.visits import book_visit

STALE = "The week has changed since it was planned. Nothing was booked. Plan it again."
REASON = "The week was planned anew."
ASIDE = timedelta(days=73_000)


@taking_turns
def accept_plan(*, actor: User, run: PlanRun, now: datetime) -> PlanRun:
    """Book the planned week. Twice changes nothing.

    Refused 409 when it is not ready, or when anything it rests on has changed since.
    """
    run = PlanRun.objects.select_for_update(of=("self",), no_key=True).select_related("site").get(pk=run.pk)
    if run.state == PlanRun.State.ACCEPTED:
        return run
    if not run.can_be_accepted:
        raise Refused("This plan is not ready to be accepted.")
    changes = differences(from_ids(run.before), from_ids(run.best))
    _lock(run, changes)
    asked = asked_of(site_week(run.site, run.week, now))
    _require_same(run, asked, changes)
    instead = {int(pk): staff for pk, staff in run.substitutes.items()}
    _Accepting(actor, asked, now).carry_out(changes, instead)
    run.state, run.accepted_by = PlanRun.State.ACCEPTED, actor
    run.save(update_fields=["state", "accepted_by"])
    record(actor, "scheduling.accept_plan", run, patients=[one.patient for one in changes])
    return run


def _lock(run: PlanRun, changes: Iterable[Difference]) -> None:
    """Everything the changes touch, in the house's order."""
    visits = [one for each in changes for one in _appointments(each)]
    pks = {pk for one in changes for pk in (*one.added, *one.dropped)} | {int(pk) for pk in run.substitutes}
    people = [one.patient for one in changes]
    keep_open(run.site_id)
    stays = Episode.objects.active_on(run.week.ends_on).filter(patient__in=people, site=run.site_id)
    for stay in stays.only("pk").order_by("pk"):
        lock_episode(stay.pk)
    for group in Group.objects.filter(sessions__in=pks).order_by("pk").distinct().only("pk"):
        lock_group(group.pk)
    staff = {one.clinician for one in visits} | set(run.substitutes.values())
    lock_people_and_rooms(staff, {one.office for one in visits if one.office})
    held = Booking.objects.active().filter(patient__in=people, session__site=run.site_id)
    theirs = held.filter(session__occurs_on__range=(run.week.starts_on, run.week.ends_on))
    lock_sessions(pks | set(theirs.values_list("session_id", flat=True)))


def _appointments(one: Difference) -> list[Appointment]:
    return [*one.made, *one.cancelled, *(visit for pair in one.moved for visit in pair)]


def _require_same(run: PlanRun, asked: Asked, changes: Iterable[Difference]) -> None:
    """409 unless everyone who changes has the week they were planned from, and the new one breaks no rule."""
    before, best = from_ids(run.before), from_ids(run.best)
    people = [one.patient for one in changes]
    if any(asked.week.get(pk) != before[pk] for pk in people):
        raise Refused(STALE)
    wanted = dict(asked.week) | {pk: best[pk] for pk in people}
    known = {one.id for one in asked.problem.sections}
    if any(not one.sections <= known for one in wanted.values()):
        raise Refused(STALE)
    broken = set(check(asked.problem, asked.week))
    if any(one not in broken for one in check(asked.problem, wanted)):
        raise Refused(STALE)


@dataclass
class _Accepting:
    """Under all locks. `told` is what became of whose bookings."""

    actor: User
    asked: Asked
    now: datetime
    told: dict[What, list[Told]] = field(default_factory=lambda: defaultdict(list))

    def carry_out(self, changes: Iterable[Difference], instead: Mapping[int, int]) -> None:
        for one in changes:
            self._free(one)
        self._hand_over(instead)
        self._move([(one.patient, pair) for one in changes for pair in one.moved])
        for one in changes:
            for visit in one.made:
                self._make(one.patient, visit)
        for one in changes:
            self._book(one)
        tell_changes(self.told, self.now)

    def _session(self, patient: int, visit: Appointment) -> TherapySession:
        return self._loaded([self.asked.visits[patient, visit.kind]])[0]

    def _loaded(self, pks: Iterable[int]) -> list[TherapySession]:
        related = ("site", "room", "lead", "group__track", "series__episode__patient")
        rows = TherapySession.objects.select_related(*related).filter(pk__in=list(pks))
        return list(rows.order_by("pk"))

    def _free(self, one: Difference) -> None:
        visits = [self.asked.visits[one.patient, visit.kind] for visit in one.cancelled]
        rows = Booking.objects.active().filter(patient=one.patient, session__in=[*one.dropped, *visits])
        bookings = list(rows.select_related("session__site", "patient"))
        status = Booking.Status.CANCELLED_BY_CLINIC
        freed = set(free_seats(bookings=bookings, status=status, reason=REASON, now=self.now))
        gone = [Told(booking, booking.session.starts_at) for booking in bookings if booking.pk in freed]
        self.told[What.CANCELLED] += gone
        for each in gone:
            record(self.actor, "scheduling.cancel", each.booking, site_id=each.booking.session.site_id)

    def _hand_over(self, instead: Mapping[int, int]) -> None:
        """Each of these sessions to its substitute, who must still be able to."""
        sessions = list(with_people(TherapySession.objects.scheduled().filter(pk__in=list(instead))))
        if len(sessions) < len(instead):
            raise Refused(STALE)
        offered = candidates_of(sessions, self.now)
        for session in sessions:
            to = next((one for one in offered[session.pk] if one.staff.pk == instead[session.pk]), None)
            if to is None:
                raise Refused(STALE)
            require_movable(session, None, self.now)
            self.told[What.CHANGED] += hand_over(actor=self.actor, session=session, to=to)

    def _move(self, moves: list[tuple[int, Moved]]) -> None:
        """All set aside, then each where it goes, when the rules of the week have nothing against it."""
        to = [(self._session(patient, old), new) for patient, (old, new) in moves]
        wanted = [
            wanted_of(one, starts_at=self._at(new), ends_at=self._at(new) + (one.ends_at - one.starts_at),
                      lead=self._lead(new), room=self._room(new))
            for one, new in to
        ]  # fmt: skip
        if clashes_of(wanted):
            raise Refused(STALE)
        for number, (session, _) in enumerate(to):  # each in a week of its own, in nobody's way
            far = ASIDE + timedelta(weeks=number)
            TherapySession.objects.filter(pk=session.pk).update(
                starts_at=F("starts_at") + far, ends_at=F("ends_at") + far
            )
        for session, new in to:
            if session.lead_id != new.clinician:
                session.lead, session.own = self._lead(new), sorted({"lead", *session.own})
                session.save(update_fields=["lead", "own"])
        for session, new in to:
            self._put(session, new)

    def _put(self, session: TherapySession, new: Appointment) -> None:
        starts_at, was_at = self._at(new), session.starts_at
        told = put_at(
            actor=self.actor, session=session, starts_at=starts_at, room=self._room(new), planned=True,
            now=self.now,
        )  # fmt: skip
        self.told[What.MOVED if starts_at != was_at else What.CHANGED] += told

    def _make(self, patient: int, visit: Appointment) -> None:
        episode = self.asked.rows.episodes[patient]
        kind = visit.kind.split()[0]
        made = book_visit(
            actor=self.actor,
            episode=episode,
            kind=kind,
            starts_at=self._at(visit),
            minutes=visit.ends - visit.starts,
            lead=self._lead(visit),
            room=self._room(visit),
            mode=Mode(visit.mode.value),
            relatives=_relatives(episode) if kind == Kind.FAMILY else (),
            now=self.now,
        )
        for session in self._loaded(made.sessions.values_list("pk", flat=True)):
            self.told[What.CHANGED] += told_of(session, session.starts_at)

    def _book(self, one: Difference) -> None:
        if not one.added:
            return
        episode, sessions = self.asked.rows.episodes[one.patient], self._loaded(one.added)
        if any(clashes_of_places([(episode.patient, sessions)])[0]):
            raise Refused(STALE)
        for booking in take_seats(actor=self.actor, sessions=sessions, episode=episode, now=self.now):
            self.told[What.CHANGED].append(Told(booking, booking.session.starts_at))
            record(self.actor, "scheduling.book", booking, site_id=booking.session.site_id)

    def _at(self, visit: Appointment) -> datetime:
        rows = self.asked.rows
        return at_local(rows.week.days[visit.day], time(*divmod(visit.starts, 60)), rows.site.time_zone)

    def _lead(self, visit: Appointment) -> User:
        return next(one for one in self.asked.rows.staff if one.pk == visit.clinician)

    def _room(self, visit: Appointment) -> Room | None:
        return next((one for one in self.asked.rows.rooms if one.pk == visit.office), None)


def _relatives(episode: Episode) -> list[RelatedPerson]:
    """Who took part in the last family visits of this stay."""
    last = Series.objects.filter(episode=episode, kind=Kind.FAMILY).order_by("-first_on", "-pk").first()
    return list(last.relatives.all()) if last else []
