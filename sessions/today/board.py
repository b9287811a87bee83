"""The Today page as one value: what is polled (lanes, roster, calls), and the census read once."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from iop_clinic.accounts.models import Site, User
from iop_clinic.roles import Permission, may
from patients.models import FollowUp
from patients.weeks import all_own_weeks
from scheduling.models import TherapySession
from sessions.ledger import ledgers_at
from sessions.today.ahead import Ahead, ahead_of
from sessions.today.census import Census, census_of
from sessions.today.day import ClinicDay, read_day
from sessions.today.figures import figures_of
from sessions.today.flags import flags_of, open_follow_ups
from sessions.today.lanes import Lanes, lanes_of
from sessions.today.rail import Call, calls_today
from sessions.today.roster import Roster, roster_of
from sessions.today.switcher import Choice, choose, switcher
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
    ahead: Ahead | None

    @property
    def stamp(self) -> str:
        return sha256(repr(self).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Board:
    """The page: what is live, and the line under the date. The rest of the rail comes later (`rail_of`)."""

    live: Live
    census: Census
    open_risks: int | None

    @property
    def patients(self) -> frozenset[int]:
        """Whose names the page shows."""
        return frozenset(self.live.patients)


def live_today(site: Site, user: User, chosen_id: int | None, now: datetime) -> Live:
    """The polled part: ten statements; one more for what comes next when the day is over."""
    return _live(read_day(site, now), chosen_id, user, open_follow_ups(site, now))


def today(site: Site, user: User, chosen_id: int | None, now: datetime) -> Board:
    """The page: eleven statements, however many people and sessions."""
    day, follow_ups = read_day(site, now), open_follow_ups(site, now)
    risks = sum(1 for follow_up in follow_ups if follow_up.kind == FollowUp.Kind.RISK)
    return Board(
        live=_live(day, chosen_id, user, follow_ups),
        census=census_of(site, day),
        open_risks=risks if may(user.role, Permission.SEE_CLINICAL) else None,
    )


def _live(day: ClinicDay, chosen_id: int | None, user: User, follow_ups: list[FollowUp]) -> Live:
    session = choose(day, chosen_id, user)
    calls = calls_today(follow_ups, day, user.role)
    return Live(
        day_words=f"{day.day:%A, %B} {day.day.day}",
        now_words=wall(day.now, day.tz_name),
        lanes=lanes_of(day, session.pk if session else None),
        choices=switcher(day, session),
        roster=_roster(day, session, user, follow_ups) if session else None,
        calls=calls,
        patients=tuple(sorted({call.patient_id for call in calls} | _named(day, session))),
        ahead=ahead_of(day),
    )


def _named(day: ClinicDay, session: TherapySession | None) -> set[int]:
    """Who stands on the chosen roster, or alone in a block of the lanes."""
    shown = [one for one in day.sessions if one == session or one.capacity == 1]
    return {place.patient_id for one in shown for place in day.places_of(one)}


def _roster(day: ClinicDay, session: TherapySession, user: User, follow_ups: list[FollowUp]) -> Roster:
    places = day.places_of(session)
    own = all_own_weeks(place.patient_id for place in places)
    weeks = {place.episode_id: own[place.patient_id].of(day.day) for place in places}
    ledgers = ledgers_at(site=day.site, weeks=weeks, now=day.now)
    flags = flags_of(
        [place.patient_id for place in places],
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
