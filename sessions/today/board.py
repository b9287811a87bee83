"""The whole Today page as one value: what is polled (lanes, roster, calls), and what is read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from iop_clinic.accounts.models import Site, User
from iop_clinic.roles import Permission, may
from patients.models import Episode, FollowUp
from scheduling.models import TherapySession
from sessions.hours import Ledger
from sessions.ledger import ledgers_of
from sessions.today.census import Census, active_on_day, census_of, episodes_of_week
from sessions.today.day import ClinicDay, read_day
from sessions.today.figures import figures_of
from sessions.today.flags import flags_of, open_follow_ups
from sessions.today.lanes import Lanes, lanes_of
from sessions.today.rail import SHORT_ROWS, Call, ShortRow, calls_today, short_of_hours
from sessions.today.roster import Roster, roster_of
from sessions.today.switcher import Choice, choose, switcher
from sessions.unsigned import Owed, owed_by_writer
from sessions.wall import wall


@dataclass(frozen=True)
class Live:
    """What changes while people arrive. `stamp` says whether it did."""

    day_words: str
    now_words: str
    lanes: Lanes
    choices: tuple[Choice, ...]
    roster: Roster | None
    calls: tuple[Call, ...]
    patients: tuple[int, ...]

    @property
    def stamp(self) -> str:
        return sha256(repr(self).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Board:
    """The page: what is live, and the quiet parts beside it."""

    live: Live
    census: Census
    open_risks: int | None
    short: tuple[ShortRow, ...]
    short_count: int
    owed: tuple[Owed, ...]

    @property
    def patients(self) -> frozenset[int]:
        """Whose names the page shows."""
        return frozenset((*self.live.patients, *(row.patient_id for row in self.short)))

    @property
    def owed_count(self) -> int:
        return sum(row.count for row in self.owed)


def live_today(site: Site, user: User, chosen_id: int | None, now: datetime) -> Live:
    """The polled part: nine statements."""
    day = read_day(site, now)
    session = choose(day, chosen_id, user)
    ledgers = ledgers_of(episodes=_on_roster(day, session), week=day.week, now=now)
    return _live(day, session, user, ledgers, open_follow_ups(site))


def today(site: Site, user: User, chosen_id: int | None, now: datetime) -> Board:
    """Everything: eleven statements, however many people and sessions."""
    day = read_day(site, now)
    session = choose(day, chosen_id, user)
    episodes = episodes_of_week(site, day)
    ledgers = ledgers_of(episodes=episodes, week=day.week, now=now)
    follow_ups = open_follow_ups(site)
    short = short_of_hours(active_on_day(episodes, day), ledgers)
    risks = sum(1 for follow_up in follow_ups if follow_up.kind == FollowUp.Kind.RISK)
    return Board(
        live=_live(day, session, user, ledgers, follow_ups),
        census=census_of(episodes, day),
        open_risks=risks if may(user.role, Permission.SEE_CLINICAL) else None,
        short=tuple(short[:SHORT_ROWS]),
        short_count=len(short),
        owed=owed_by_writer(site, now),
    )


def _on_roster(day: ClinicDay, session: TherapySession | None) -> list[Episode]:
    """The episodes of the chosen session, as far as a ledger needs them; no statement."""
    places = day.places_of(session) if session is not None else []
    return [Episode(pk=place.episode_id, site=day.site) for place in places]


def _live(
    day: ClinicDay,
    session: TherapySession | None,
    user: User,
    ledgers: Mapping[int, Ledger],
    follow_ups: list[FollowUp],
) -> Live:
    calls = calls_today(follow_ups, day, user.role)
    return Live(
        day_words=f"{day.day:%A, %B} {day.day.day}",
        now_words=wall(day.now, day.tz_name),
        lanes=lanes_of(day, session.pk if session else None),
        choices=switcher(day, session),
        roster=_roster(day, session, user, ledgers, follow_ups) if session else None,
        calls=calls,
        patients=tuple(sorted({call.patient_id for call in calls} | _named(day, session))),
    )


def _named(day: ClinicDay, session: TherapySession | None) -> set[int]:
    """Who stands on the chosen roster, or alone in a block of the lanes."""
    shown = [one for one in day.sessions if one == session or one.capacity == 1]
    return {place.patient_id for one in shown for place in day.places_of(one)}


def _roster(
    day: ClinicDay,
    session: TherapySession,
    user: User,
    ledgers: Mapping[int, Ledger],
    follow_ups: list[FollowUp],
) -> Roster:
    flags = flags_of(
        [place.patient_id for place in day.places_of(session)],
        role=user.role,
        follow_ups=follow_ups,
        day=day.day,
        tz_name=day.tz_name,
    )
    return roster_of(
        day,
        session,
        figures={pk: figures_of(ledger) for pk, ledger in ledgers.items()},
        flags=flags,
        may_record=may(user.role, Permission.RECORD_ATTENDANCE),
    )
