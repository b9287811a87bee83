"""The hours ledger of an episode's week: rows in, `sessions.hours` counts (domain reference 0.2 rule 2)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, week_of
from patients.models import Episode, LevelOfCareStay
from scheduling.models import Booking, TherapySession
from sessions.hours import Entry, Ledger, Slot, Visit, week_ledger
from sessions.models import Attendance

_COLUMNS = (
    "pk",
    "episode_id",
    "status",
    "session_id",
    "session__title",
    "session__occurs_on",
    "session__starts_at",
    "session__ends_at",
    "session__break_minutes",
    "session__counts_toward_hours",
)
# Arrived at, left at, absence.
Mark = tuple[datetime | None, datetime | None, str]
UNMARKED: Mark = (None, None, "")


def ledger_of(*, episode: Episode, week: Week, now: datetime) -> Ledger:
    """The week of one episode, in whole countable minutes."""
    return ledgers_of(episodes=[episode], week=week, now=now)[episode.pk]


def ledgers_of(*, episodes: Iterable[Episode], week: Week, now: datetime) -> dict[int, Ledger]:
    """The week of each episode by its id: three statements and one for sites not loaded yet."""
    episodes = list(episodes)
    prefetch_related_objects(episodes, "site")
    return _ledgers({episode.pk: episode.site.time_zone for episode in episodes}, week, now)


def ledgers_at(*, site: Site, episode_ids: Iterable[int], week: Week, now: datetime) -> dict[int, Ledger]:
    """The week of each of these episodes of one site by its id: three statements."""
    return _ledgers(dict.fromkeys(episode_ids, site.time_zone), week, now)


def _ledgers(zones: Mapping[int, str], week: Week, now: datetime) -> dict[int, Ledger]:
    """The week of each episode, on the wall of its zone."""
    goals = _goals_of(zones, week)
    entries = _entries(episode__in=list(zones), session__occurs_on__range=(week.starts_on, week.ends_on))
    return {
        pk: week_ledger(entries.get(pk, ()), goal_minutes=goals.get(pk, 0), now=now, tz_name=tz_name)
        for pk, tz_name in zones.items()
    }


def weeks_of(*, episode: Episode, now: datetime) -> list[tuple[Week, Ledger]]:
    """Every week of the episode that has a booking, the latest first: four statements."""
    site = episode.site
    by_week: dict[Week, list[Entry]] = {}
    for entry in _entries(episode=episode.pk).get(episode.pk, ()):
        by_week.setdefault(week_of(entry.day, site.week_starts_weekday), []).append(entry)
    stays = list(episode.stays.order_by("from_on"))
    return [
        (week, week_ledger(entries, goal_minutes=_goal(stays, week), now=now, tz_name=site.time_zone))
        for week, entries in sorted(by_week.items(), reverse=True)
    ]


def _goal(stays: list[LevelOfCareStay], week: Week) -> int:
    """As `_goals_of`, from rows already read."""
    in_force = [
        s for s in stays if s.from_on <= week.ends_on and (s.to_on or week.starts_on) >= week.starts_on
    ]
    return in_force[-1].prescribed_minutes if in_force else 0


def goal_minutes(*, episode: Episode, week: Week) -> int:
    """Prescribed minutes of the stay in force that week; the later one when the level changes in it.

    The week of admission and of discharge keep the whole weekly prescription: nothing is prorated.
    """
    return _goals_of([episode.pk], week).get(episode.pk, 0)


def _goals_of(episode_ids: Iterable[int], week: Week) -> dict[int, int]:
    stays = LevelOfCareStay.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on),
        episode__in=list(episode_ids),
        from_on__lte=week.ends_on,
    )
    return dict(stays.order_by("from_on").values_list("episode_id", "prescribed_minutes"))


def expected_bookings() -> QuerySet[Booking]:
    """Bookings that are part of a person's week: what the clinic cancelled is nobody's missed time."""
    kept = (Booking.Status.BOOKED, Booking.Status.CANCELLED_BY_PATIENT)
    return Booking.objects.filter(status__in=kept, session__status=TherapySession.Status.SCHEDULED)


def _entries(**which: object) -> dict[int, list[Entry]]:
    """Entries of the bookings `which` picks, by episode: two statements, one slot for all who share it."""
    marks = _marks(Attendance.objects.filter(**{f"booking__{name}": value for name, value in which.items()}))
    slots: dict[int, Slot] = {}
    entries: dict[int, list[Entry]] = {}
    rows = expected_bookings().filter(**which).order_by().values_list(*_COLUMNS)
    for pk, episode_id, status, session_id, title, day, *times in rows:
        slot = slots.get(session_id) or slots.setdefault(session_id, Slot(*times))
        entry = entry_of(slot, status, marks.get(pk, UNMARKED), label=title, day=day, key=pk)
        entries.setdefault(episode_id, []).append(entry)
    return entries


def marks_of(booking_ids: Iterable[int]) -> dict[int, Mark]:
    """What attendance says of each booking by its id; one statement."""
    return _marks(Attendance.objects.filter(booking__in=list(booking_ids)))


def attendance_of(column: str) -> Subquery:
    """A column of a booking's attendance, to annotate bookings with: no statement of its own."""
    return Subquery(Attendance.objects.filter(booking=OuterRef("pk")).values(column)[:1])


def _marks(attendance: QuerySet[Attendance]) -> dict[int, Mark]:
    rows = attendance.values_list("booking_id", "arrived_at", "left_at", "absence")
    return {pk: (arrived_at, left_at, absence) for pk, arrived_at, left_at, absence in rows}


def entry_of(slot: Slot, status: str, mark: Mark, **labels: object) -> Entry:
    """One booking as the core takes it; a place the patient gave back counts as an absence."""
    arrived_at, left_at, absence = mark
    if arrived_at is not None:
        return Entry(slot, Visit(arrived_at, left_at), None, **labels)  # type: ignore[arg-type]
    if status != Booking.Status.BOOKED:
        absence = status
    return Entry(slot, None, absence or None, **labels)  # type: ignore[arg-type]
