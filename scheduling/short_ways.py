"""Ways to reach the week's hours for everyone who is short, as the planner ranks them.

Which minutes are missing is the floor above's knowledge (its ledger), and so are the days of care.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from iop_clinic.clock import Week, zone
from patients.models import Authorization, Episode
from scheduling.covered_days import approved_for, uncovered
from scheduling.lost_time import countable_minutes
from scheduling.models import Booking, TherapySession
from scheduling.open_seats import Around, open_sessions
from scheduling.planner.making_up import make_up
from scheduling.planner.problem import ALL_DAY, DAYS, TICK, Patient, PatientWeek, Problem, Section, Weights

MOST = 5
MINUTES = 24 * 60
AT_ONCE = 3  # how many ways one offer holds unless someone chooses otherwise


@dataclass(frozen=True)
class Short:
    """Someone short in their `week`: an episode with its `patient`, what is missing, days of care so far."""

    episode: Episode
    week: Week
    minutes: int
    care_days: frozenset[date] = frozenset()


@dataclass(frozen=True)
class ShortWay:
    """Sessions by time, with the seats free in each, that would give `minutes` together.

    `uncovered` are days that no authorization reaches.
    """

    sessions: tuple[TherapySession, ...]
    seats_free: tuple[int, ...]
    minutes: int
    short_minutes: int
    extra_trips: int = 0
    uncovered: tuple[date, ...] = ()

    @property
    def key(self) -> str:
        """What a form names it by: "12" or "12-15"."""
        return "-".join(str(session.pk) for session in self.sessions)

    @property
    def still_short_minutes(self) -> int:
        return max(0, self.short_minutes - self.minutes)

    @property
    def is_covered(self) -> bool:
        return not self.uncovered


def ways_for_short(people: Iterable[Short], now: datetime, most: int = MOST) -> dict[int, list[ShortWay]]:
    """By number of the episode the best ways left in their week, the best first. Constant query count.

    Within free seats that are not promised, the person's own hours, consents, and the track's ages and
    Part 2. What goes beyond an authorization comes last.
    """
    asked = list(people)
    found: dict[int, list[ShortWay]] = {one.episode.pk: [] for one in asked}
    first_on = min((one.week.starts_on for one in asked), default=date.min)
    last_on = max((one.week.ends_on for one in asked), default=date.min)
    sessions = open_sessions((one.episode.site_id for one in asked), first_on, last_on, now)
    if not sessions:
        return found
    around = Around([one.episode for one in asked], sessions)
    free = [session for session in sessions if session.takes_several and around.seats_free(session) > 0]
    approved = approved_for(one.episode.patient_id for one in asked)
    for one in asked:
        mine = [session for session in free if session.occurs_on in one.week]
        able = [session for session in mine if _is_open(around, one.episode, session)]
        ways = _ways(one, able, around, approved.get(one.episode.patient_id, []))
        found[one.episode.pk] = sorted(ways, key=lambda way: not way.is_covered)[:most]
    return found


def _is_open(around: Around, episode: Episode, session: TherapySession) -> bool:
    """They were not expected there; a make-up that was given up may be taken again."""
    status, makes_up = around.held(episode, session) or ("", 0)
    again = status != Booking.Status.BOOKED and makes_up is not None
    return again and around.would_do(episode, session)


def _ways(
    one: Short, able: Sequence[TherapySession], around: Around, approved: list[Authorization]
) -> Iterator[ShortWay]:
    """As the planner ranks them: of what is covered day by day first, then of everything."""
    covered = [session for session in able if not uncovered([session.occurs_on], approved, one.care_days)]
    some = [covered] if len(covered) == len(able) else [covered, able]
    picks = [pick for which in some for pick in _planned(one, which, around)]
    for sessions in dict.fromkeys(picks):
        trips = {s.occurs_on for s in sessions if around.is_extra_trip(one.episode, s)}
        days = uncovered((s.occurs_on for s in sessions), approved, one.care_days)
        minutes = sum(map(countable_minutes, sessions))
        free = tuple(map(around.seats_free, sessions))
        yield ShortWay(sessions, free, minutes, one.minutes, len(trips), tuple(days))


def _planned(one: Short, able: Sequence[TherapySession], around: Around) -> list[tuple[TherapySession, ...]]:
    """Each way's sessions by time. What they have already stands outside the problem: days that cost no
    extra trip are kept as nothing but a day, and what is missing is all that is prescribed."""
    whose = one.episode.patient_id
    no_trip = {s.occurs_on for s in able} - {
        s.occurs_on for s in able if around.is_extra_trip(one.episode, s)
    }
    there = [_section(-n - 1, n, 0, TICK, 0) for n, on in enumerate(one.week) if on in no_trip]
    sections = [_of(one, n, session) for n, session in enumerate(able, start=1)]
    patient = Patient(
        id=whose,
        free=(ALL_DAY,) * DAYS,
        goal_minutes=one.minutes,
        least_days=len(there),
        most_days=DAYS,
        tracks=frozenset({0}),
        kept=PatientWeek(frozenset(it.id for it in there)),
    )
    longest = max((it.minutes for it in sections), default=0)  # without one of them a fuller day does, too
    problem = Problem(
        (*there, *sections),
        (),
        (),
        (patient,),
        Weights(idle_minute=0.0),
        most_idle=MINUTES,
        most_day_minutes=one.minutes + longest,
        most_over=longest,
    )
    weeks = (way.week.sections - patient.kept.sections for way in make_up(problem, {}, whose, k=MOST))
    return [tuple(able[n - 1] for n in sorted(week)) for week in weeks]


def _of(one: Short, number: int, session: TherapySession) -> Section:
    """Numbered by time, so that of equals the earlier comes first."""
    tz = zone(session.site.time_zone)
    starts = session.starts_at.astimezone(tz)
    day = (session.occurs_on - one.week.starts_on).days
    first = starts.hour * 60 + starts.minute
    lasts = int((session.ends_at - session.starts_at).total_seconds()) // 60
    return _section(number, day, first, min(first + lasts, MINUTES), countable_minutes(session))


def _section(number: int, day: int, starts: int, ends: int, minutes: int) -> Section:
    return Section(number, number, day, starts, ends, minutes, track=0, seats=1)


def worth_offering(ways: Iterable[ShortWay], most: int = AT_ONCE) -> list[ShortWay]:
    """The first few that are covered: those that reach the hours, or the best one where none does."""
    covered = [way for way in ways if way.is_covered]
    reaching = [way for way in covered if not way.still_short_minutes]
    return reaching[:most] or covered[:1]


def share_out(wishes: Mapping[int, Sequence[ShortWay]], most: int = AT_ONCE) -> dict[int, list[ShortWay]]:
    """At most so many ways to each person, in turns: everyone's first before anyone's second.

    Pure. `wishes` by number of the episode, who is first in line first. A seat that is held for someone
    already costs no second one.
    """
    given: dict[int, list[ShortWay]] = {pk: [] for pk in wishes}
    waiting = {pk: list(ways) for pk, ways in wishes.items()}
    left: dict[int, int] = {}
    for way in (way for ways in wishes.values() for way in ways):
        left |= {session.pk: free for session, free in zip(way.sessions, way.seats_free, strict=True)}
    for _ in range(most):
        for pk, ways in waiting.items():
            mine = {session.pk for way in given[pk] for session in way.sessions}
            given[pk] += _first_left(ways, mine, left)
    return given


def _first_left(ways: list[ShortWay], mine: set[int], left: dict[int, int]) -> list[ShortWay]:
    """The first way with a seat left in each of its sessions, if any; those before it are tried no more."""
    while ways:
        way = ways.pop(0)
        new = {session.pk for session in way.sessions} - mine
        if all(left[pk] > 0 for pk in new):
            left.update({pk: left[pk] - 1 for pk in new})
            return [way]
    return []
