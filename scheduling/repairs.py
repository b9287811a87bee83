"""Repairing a week: substitutes first, then another week for those whom leave or a closure hits.

At once it is a run that is ready to look at; nothing is booked until someone accepts it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import Week, local_day, week_of
from scheduling.lost_time import countable_minutes
from scheduling.models import Booking, PlanRun, TherapySession
from scheduling.plan_runs import require_ahead
from scheduling.planner.problem import NOTHING, PatientWeek, Problem, Section, ticks
from scheduling.planner.propose import Asked, asked_of
from scheduling.planner.repairing import Cancelled, after, repair
from scheduling.planner.same_rooms import in_same_rooms
from scheduling.planner.written import as_ids
from scheduling.site_week import SiteWeek, site_week
from scheduling.substitutes import candidates_of, uncovered, with_people
from scheduling.turns import taking_turns


@dataclass(frozen=True)
class Trouble:
    """A week as it was before (`problem`, `week`), what is off in it, and who leads which session instead."""

    asked: Asked
    problem: Problem
    week: Mapping[int, PatientWeek]
    off: tuple[Cancelled, ...]
    substitutes: Mapping[int, int]

    @property
    def now(self) -> Problem:
        return after(self.problem, self.off)


def week_on_of(site: Site, instant: datetime) -> date:
    """The first day of the site's week that holds the instant."""
    return week_of(local_day(instant, site.time_zone), site.week_starts_weekday).starts_on


def trouble_of(site: Site, week: Week, now: datetime) -> Trouble:
    """A constant number of queries."""
    rows = site_week(site, week, now)
    asked = asked_of(rows)
    sessions = _open(rows, now)
    instead = _substitutes(sessions, now)
    lost = _lost(rows, now)
    gone = {one.session_id: _as_section(rows, one.session) for one in lost}
    before = dict(asked.week)
    for one in lost:
        if one.patient_id in before:
            mine = before[one.patient_id]
            before[one.patient_id] = replace(mine, sections=mine.sections | {one.session_id})
    problem = _led_by(asked.problem, rows, sessions, instead)
    problem = replace(problem, sections=(*problem.sections, *gone.values()))
    off = tuple(Cancelled(one.pk) for one in sessions if one.pk not in instead)
    return Trouble(asked, problem, before, off, instead)


def _open(rows: SiteWeek, now: datetime) -> list[TherapySession]:
    """Coming groups of the week whose lead is away, the fullest first."""
    waiting = uncovered(rows.site).filter(pk__in=list(rows.sessions), starts_at__gt=now, group__isnull=False)
    return sorted(with_people(waiting), key=lambda one: (-one.booked_seats, one.starts_at, one.pk))


def _substitutes(sessions: list[TherapySession], now: datetime) -> dict[int, int]:
    """For each the best who can; nobody twice at a time."""
    offered, found = candidates_of(sessions, now), {}
    taken: list[tuple[int, TherapySession]] = []
    for session in sessions:
        for one in offered[session.pk]:
            busy = any(
                pk == one.staff.pk and other.starts_at < session.ends_at and session.starts_at < other.ends_at
                for pk, other in taken
            )
            if not (one.why_not or busy):
                taken.append((one.staff.pk, session))
                found[session.pk] = one.staff.pk
                break
    return found


def _led_by(
    problem: Problem, rows: SiteWeek, sessions: Iterable[TherapySession], instead: Mapping[int, int]
) -> Problem:
    """Who leads a group instead sees nobody alone meanwhile."""
    free = {one.id: list(one.free) for one in problem.clinicians}
    for session in sessions:
        for day, starts, ends in rows.spans(session.starts_at, session.ends_at):
            if session.pk in instead:
                free[instead[session.pk]][day] &= ~ticks(starts, ends)
    clinicians = (replace(one, free=tuple(free[one.id])) for one in problem.clinicians)
    return replace(problem, clinicians=tuple(clinicians))


def _lost(rows: SiteWeek, now: datetime) -> list[Booking]:
    """Coming bookings of the week that went with their session when the site was closed."""
    found = Booking.objects.filter(
        went_with_session=True,
        session__site=rows.site,
        session__called_off_for__isnull=False,
        session__starts_at__gt=now,
        session__occurs_on__range=(rows.week.starts_on, rows.week.ends_on),
    )
    return list(found.select_related("session__group"))


def _as_section(rows: SiteWeek, session: TherapySession) -> Section:
    """One without seats: whoever was in it needs something else."""
    spans = rows.spans(session.starts_at, session.ends_at)
    day, starts, ends = spans[0]
    track = session.group.track_id if session.group else 0
    minutes = countable_minutes(session)
    return Section(session.pk, session.group_id or 0, day, starts, ends, minutes, track, seats=0)


@taking_turns
def propose_repair(*, actor: User, site: Site, week: Week, now: datetime) -> PlanRun:
    """A run with the repair in it, ready to be looked at. 409 for a week gone by."""
    require_ahead(site, week, now)
    trouble = trouble_of(site, week, now)
    repaired = repair(trouble.problem, trouble.week, trouble.off)
    touched = {pk: repaired.week[pk] for pk in repaired.touched}
    best = in_same_rooms(trouble.now, trouble.asked.week, dict(trouble.asked.week) | touched)
    best = dict(trouble.asked.week) | {pk: best.get(pk, NOTHING) for pk in touched}
    run = PlanRun.objects.create(
        site=site,
        week_on=week.starts_on,
        kind=PlanRun.Kind.REPAIR,
        state=PlanRun.State.DONE,
        seconds=0,
        asked_by=actor,
        before=as_ids(trouble.asked.week),
        best=as_ids(best),
        substitutes=trouble.substitutes,
        ended_at=Now(),
    )
    record(actor, "scheduling.propose_repair", run, patients=list(touched))
    return run
