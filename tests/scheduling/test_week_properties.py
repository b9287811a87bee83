"""Whatever is planned, edited, closed, reopened and materialised, in whatever zone: the week stays sound.

Random weeks on the real PostgreSQL. Kept after each deed: nobody and no room in two places, seats within
capacity, nothing in closed time, the wall clock of the pattern, and no row of the past touched or added;
materialising twice changes nothing. A verb may refuse; it may not break this.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iop_clinic.accounts.models import Site, User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.booking import book, cancel
from scheduling.calendar import materialise
from scheduling.closures import Closing, close, hit_by
from scheduling.coming_back import returns_of
from scheduling.edits import Scope, edit
from scheduling.enrolling import end_enrollment, enroll
from scheduling.models import Booking, Closure, CoFacilitator, Group, Room, TherapySession
from scheduling.moving import cancel_session
from scheduling.putting_back import Chosen, put_back
from scheduling.reopening import called_off_for, reopen
from scheduling.replanning import Answer, Deed
from scheduling.substitutes import with_people
from scheduling.visits import book_visit
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
ZONES = ["America/New_York", "America/Phoenix", "America/Denver", "Australia/Lord_Howe"]
# Saturdays: the clocks of one of the zones change on the next day, but on the last.
STARTS = [date(2026, 3, 7), date(2026, 4, 4), date(2026, 10, 3), date(2026, 10, 31), date(2026, 7, 11)]
WEEKS = 2


@dataclass
class World:
    """The same few people and rooms for every example; what is planned is rolled back after each."""

    site: Site
    actor: User
    leads: list[User]
    rooms: list[Room]
    episodes: list[Episode]
    groups: list[Group] = field(default_factory=list)
    first_on: date = STARTS[0]
    now: datetime = make.NOW

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.site.time_zone)


@pytest.fixture
def world() -> World:
    site = make.site()
    admitted = {"admitted_on": date(2026, 1, 1)}
    return World(
        site=site,
        actor=make.user(Role.SUPERVISOR),
        leads=[make.clinician() for _ in range(4)],
        rooms=[make.room(name=f"Room {n}") for n in range(3)],
        episodes=[make.episode(make.portal_patient(), **admitted) for _ in range(5)],
    )


TWO, THREE, FOUR, FIVE = (st.integers(0, top) for top in (1, 2, 3, 4))
QUARTERS = st.builds(time, st.sampled_from([1, 2, 9]), st.sampled_from([0, 30]))
PATTERNS = st.fixed_dictionaries(
    {
        "weekday": st.sampled_from([6, 6, 5]),
        "starts": QUARTERS,
        "minutes": st.sampled_from([30, 60, 90]),
        "capacity": st.integers(1, 4),
        "lead": FOUR,
        "room": TWO,
        "beside": FOUR,
    }
)
CLOSINGS = st.tuples(st.integers(0, 14), st.integers(0, 23), st.integers(1, 30))
DEEDS = st.one_of(
    st.tuples(st.just("materialise")),
    st.tuples(st.just("enroll"), THREE, THREE, st.integers(0, 14)),
    st.tuples(st.just("leave"), st.integers(0, 9), st.integers(0, 14)),
    st.tuples(st.just("move"), st.integers(0, 9), st.integers(-30, 30), st.one_of(st.none(), THREE)),
    st.tuples(st.just("edit"), st.integers(0, 9), st.sampled_from(list(Scope)), QUARTERS, st.integers(-1, 1)),
    st.tuples(
        st.just("staff"), st.integers(0, 9), st.sampled_from(list(Scope)), FOUR, FOUR, st.integers(1, 4)
    ),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("book"), st.integers(0, 9), FIVE),
    st.tuples(st.just("give_back"), st.integers(0, 9)),
    st.tuples(st.just("visit"), FIVE, FOUR, THREE, st.integers(1, 200)),
    st.tuples(st.just("close"), CLOSINGS),
    st.tuples(st.just("reopen"), st.integers(0, 2), st.integers(1, 2)),
    st.tuples(st.just("put_back"), st.integers(0, 9)),
)


# How long after the deed before it, and which deed.
STEPS = st.tuples(st.sampled_from([0, 3, 24, 24, 70]), DEEDS)


def pick(rows: Any, number: int, *by: str) -> Any:
    """One of the rows, whatever the number; None when there is none."""
    found = list(rows.order_by(*by, "pk"))
    return found[number % len(found)] if found else None


class Deeds:
    """Each verb as an example asks for it. Numbers choose among what there is."""

    def __init__(self, world: World) -> None:
        self.world = world

    def do(self, name: str, *said: Any) -> None:
        try:
            with transaction.atomic():
                getattr(self, name)(*said)
        except Refused as refusal:
            assert refusal.sentence

    def session(self, number: int) -> TherapySession | None:
        return pick(TherapySession.objects.all(), number, "starts_at")

    def day(self, offset: int) -> date:
        return self.world.first_on + timedelta(days=offset)

    def materialise(self) -> None:
        now, tz = self.world.now, self.world.tz
        said = {"day": now.astimezone(tz).date(), "weeks": WEEKS, "now": now}
        materialise(**said)
        before = everything()
        assert materialise(**said) == 0
        assert everything() == before, "materialising twice changed something"

    def enroll(self, who: int, number: int, offset: int) -> None:
        group = self.world.groups[number % len(self.world.groups)]
        episode = self.world.episodes[who]
        enroll(
            actor=self.world.actor, episode=episode, group=group, from_on=self.day(offset), now=self.world.now
        )

    def leave(self, number: int, offset: int) -> None:
        group = self.world.groups[number % len(self.world.groups)]
        place = pick(group.enrollments, number)
        if place is not None:
            end_enrollment(
                actor=self.world.actor, enrollment=place, last_on=self.day(offset), now=self.world.now
            )

    def move(self, number: int, hours: int, room: int | None) -> None:
        session = self.session(number)
        if session is not None:
            chosen = None if room is None else self.world.rooms[room]
            starts_at = session.starts_at + timedelta(hours=hours)
            move(
                actor=self.world.actor, session=session, starts_at=starts_at, room=chosen, now=self.world.now
            )

    def edit(self, number: int, scope: str, starts: time, days: int) -> None:
        session = self.session(number)
        if session is not None:
            changes: Any = {"starts": starts, "on": session.occurs_on + timedelta(days=days)}
            edit(actor=self.world.actor, session=session, scope=scope, changes=changes, now=self.world.now)

    def staff(self, number: int, scope: str, lead: int, beside: int, capacity: int) -> None:
        session, leads = self.session(number), self.world.leads
        if session is not None:
            changes: Any = {"lead": leads[lead], "capacity": capacity}
            changes |= {"co_facilitators": () if lead == beside else (leads[beside],)}
            edit(actor=self.world.actor, session=session, scope=scope, changes=changes, now=self.world.now)

    def cancel(self, number: int) -> None:
        session = self.session(number)
        if session is not None:
            cancel_session(actor=self.world.actor, session=session, reason="Ill", now=self.world.now)

    def book(self, number: int, who: int) -> None:
        session = self.session(number)
        if session is not None:
            book(
                actor=self.world.actor, session=session, episode=self.world.episodes[who], now=self.world.now
            )

    def give_back(self, number: int) -> None:
        held = pick(Booking.objects.active(), number)
        if held is not None:
            cancel(actor=self.world.actor, booking=held, reason="Ill", by_patient=True, now=self.world.now)

    def visit(self, who: int, lead: int, room: int, hours: int) -> None:
        book_visit(
            actor=self.world.actor,
            episode=self.world.episodes[who],
            kind="individual",
            starts_at=self.world.now.replace(minute=0, second=0) + timedelta(hours=hours),
            minutes=50,
            lead=self.world.leads[lead],
            room=self.world.rooms[room],
            times=2,
            now=self.world.now,
        )

    def close(self, closing: tuple[int, int, int]) -> None:
        offset, hour, hours = closing
        starts_at = datetime.combine(self.day(offset), time(hour), tzinfo=UTC)
        snow = Closing("Snow", "closure", starts_at, starts_at + timedelta(hours=hours))
        site, now = self.world.site, self.world.now
        answers = {one.pk: Answer(Deed.CANCEL, one.version) for one in hit_by(site, [snow], now)}
        close(actor=self.world.actor, site=site, closings=[snow], answers=answers, now=now)

    def reopen(self, number: int, every: int) -> None:
        """With every session it cancelled, or every second one."""
        closure = pick(Closure.objects.standing(), number)
        if closure is not None:
            gone = list(with_people(called_off_for(closure, self.world.now)).order_by("pk"))[::every]
            chosen = self.chosen(gone, without=closure)
            reopen(actor=self.world.actor, closure=closure, chosen=chosen, now=self.world.now)

    def put_back(self, number: int) -> None:
        session = pick(with_people(TherapySession.objects.filter(status="cancelled")), number, "starts_at")
        if session is not None:
            chosen = self.chosen([session])[session.pk]
            put_back(actor=self.world.actor, session=session, chosen=chosen, now=self.world.now)

    def chosen(self, sessions: list[TherapySession], without: Closure | None = None) -> dict[int, Chosen]:
        return {
            back.session.pk: Chosen(back.session.version, frozenset(one.pk for one in back.coming))
            for back in returns_of(sessions, without)
            if without is None or not back.in_the_way
        }


def rows(query: str, *said: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, said)
        return cursor.fetchall()


TABLES = ("therapysession", "booking", "facilitation", "enrollment", "group")


def everything() -> list[list[tuple[Any, ...]]]:
    """Every row of the week and of the outbox, as text."""
    tables = [f"scheduling_{name}" for name in TABLES] + ["iop_messages_message"]
    return [rows(f"SELECT t::text FROM {table} t ORDER BY id") for table in tables]


def the_past(now: datetime) -> list[list[tuple[Any, ...]]]:
    """Sessions that have begun, with their people and who leads them."""
    begun = "SELECT id FROM scheduling_therapysession WHERE starts_at <= %s"
    return [
        rows(f"SELECT t::text FROM scheduling_therapysession t WHERE id IN ({begun}) ORDER BY id", now),
        rows(f"SELECT t::text FROM scheduling_booking t WHERE session_id IN ({begun}) ORDER BY id", now),
        rows(f"SELECT t::text FROM scheduling_facilitation t WHERE session_id IN ({begun}) ORDER BY id", now),
    ]


PAIRS = """SELECT count(*) FROM {table} a
    JOIN {table} b ON a.id < b.id AND a.{key} = b.{key} AND a.during && b.during
    WHERE a.status = '{active}' AND b.status = '{active}'"""
UNSOUND = {
    "a patient in two places": PAIRS.format(table="scheduling_booking", key="patient_id", active="booked"),
    "a clinician in two places": PAIRS.format(
        table="scheduling_facilitation", key="staff_id", active="scheduled"
    ),
    "a room holding two sessions": PAIRS.format(
        table="scheduling_therapysession", key="room_id", active="scheduled"
    )
    + " AND NOT (a.shares_room OR b.shares_room)",
    "seats wrong or past capacity": """SELECT count(*) FROM scheduling_therapysession s
        WHERE s.booked_seats + s.held_seats > s.capacity OR s.booked_seats <>
            (SELECT count(*) FROM scheduling_booking WHERE session_id = s.id AND status = 'booked')
        OR s.held_seats <>
            (SELECT count(*) FROM scheduling_heldseat WHERE session_id = s.id AND freed_at IS NULL)""",
    "a booking at another time than its session": """SELECT count(*) FROM scheduling_booking b
        JOIN scheduling_therapysession s ON s.id = b.session_id WHERE b.during <> s.during""",
    "a seat in a cancelled session": """SELECT count(*) FROM scheduling_booking b
        JOIN scheduling_therapysession s ON s.id = b.session_id
        WHERE b.status = 'booked' AND s.status <> 'scheduled'""",
    "a session without its lead": """SELECT count(*) FROM scheduling_therapysession s
        WHERE (SELECT array_agg(staff_id) FROM scheduling_facilitation WHERE session_id = s.id AND is_lead)
        IS DISTINCT FROM ARRAY[s.lead_id]""",
    "a facilitator at another time than the session": """SELECT count(*) FROM scheduling_facilitation f
        JOIN scheduling_therapysession s ON s.id = f.session_id
        WHERE (f.during, f.status) <> (s.during, s.status)""",
    "a session that a closure cancelled and that is on": """SELECT count(*) FROM scheduling_therapysession s
        WHERE s.status = 'scheduled' AND s.called_off_for_id IS NOT NULL""",
    "a session in closed time": """SELECT count(*) FROM scheduling_therapysession s
        JOIN scheduling_closure c ON c.site_id = s.site_id AND c.during && s.during
        WHERE s.status = 'scheduled' AND c.reopened_at IS NULL""",
}


def the_week_is_sound(world: World) -> None:
    for fault, query in UNSOUND.items():
        assert rows(query) == [(0,)], fault
    for group in Group.objects.filter(pk__in=[one.pk for one in world.groups]):
        for session in followers(group, world.now):
            starts_as_the_pattern_says(session, group, world.tz)


def followers(group: Group, now: datetime) -> Iterator[TherapySession]:
    """Coming sessions of the pattern as it is, without those that were given a time of their own."""
    coming = group.sessions.scheduled().filter(starts_at__gt=now, pattern_on__isnull=False)
    for session in coming:
        since = group.pattern_from_on or group.from_on
        if "time" not in session.own and session.pattern_on is not None and session.pattern_on >= since:
            yield session


def starts_as_the_pattern_says(session: TherapySession, group: Group, tz: ZoneInfo) -> None:
    """Told by the standard library alone: the wall shows the time asked for, or the first that exists."""
    wall = session.starts_at.astimezone(tz)
    assert (wall.date(), wall.weekday()) == (session.pattern_on, group.weekday)
    asked = datetime.combine(wall.date(), group.starts, tzinfo=tz)
    if asked.astimezone(UTC).astimezone(tz).replace(tzinfo=None) == asked.replace(tzinfo=None):
        assert (wall.time(), wall.fold) == (group.starts, 0)
    else:
        minute_before = (session.starts_at - timedelta(minutes=1)).astimezone(tz)
        assert minute_before.time() < group.starts < wall.time()
    assert session.scheduled_minutes == group.minutes


def plan(world: World, tz_name: str, first_on: date, patterns: list[dict[str, Any]]) -> None:
    """The groups of one example, at a site in that zone, on the eve of its first day."""
    Site.objects.filter(pk=world.site.pk).update(time_zone=tz_name)
    world.site.refresh_from_db()
    world.first_on, world.now = first_on, datetime.combine(first_on, time(12), tzinfo=UTC)
    world.groups = []
    for n, pattern in enumerate(patterns):
        pattern = dict(pattern)
        lead, beside = world.leads[pattern.pop("lead")], world.leads[pattern.pop("beside")]
        room = world.rooms[pattern.pop("room")]
        group = make.group(lead=lead, room=room, name=f"Group {n}", from_on=date(2026, 1, 1), **pattern)
        if beside != lead:
            CoFacilitator.objects.create(group=group, staff=beside)
        world.groups.append(group)


@settings(
    max_examples=16,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    tz_name=st.sampled_from(ZONES),
    first_on=st.sampled_from(STARTS),
    patterns=st.lists(PATTERNS, min_size=3, max_size=3),
    places=st.lists(st.tuples(THREE, THREE, st.integers(0, 10)), min_size=4, max_size=6),
    closings=st.lists(CLOSINGS, max_size=1),
    steps=st.lists(STEPS, min_size=4, max_size=8),
)
def test_the_week_stays_sound_whatever_is_done_to_it(
    world: World,
    tz_name: str,
    first_on: date,
    patterns: list[dict[str, Any]],
    places: list[tuple[int, int, int]],
    closings: list[tuple[int, int, int]],
    steps: list[tuple[int, tuple[Any, ...]]],
) -> None:
    with transaction.atomic():
        plan(world, tz_name, first_on, patterns)
        doer = Deeds(world)
        opening = [("close", closing) for closing in closings] + [("enroll", *place) for place in places]
        script = [(0, deed) for deed in [*opening, ("materialise",)]] + steps + [(0, ("materialise",))]
        for hours, deed in script:
            world.now += timedelta(hours=hours)
            before = the_past(world.now)
            doer.do(*deed)
            assert the_past(world.now) == before, f"{deed[0]} touched what had begun"
            the_week_is_sound(world)
        transaction.set_rollback(True)
