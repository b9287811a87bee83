"""The hours ledger of an episode's week: rows in, `sessions.hours` counts (domain reference 0.2 rule 2)."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet, prefetch_related_objects

from iop_clinic.clock import Week, week_of
from patients.models import Episode, LevelOfCareStay
from scheduling.models import Booking, TherapySession
from sessions.hours import Entry, Ledger, Slot, Visit, week_ledger
from sessions.models import Attendance

_COLUMNS = (
    "pk",
    "episode_id",
    "status",
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
    goals = _goals_of(episodes, week)
    entries = _entries_of(episodes, week)
    return {
        episode.pk: week_ledger(
            entries.get(episode.pk, ()),
            goal_minutes=goals.get(episode.pk, 0),
            now=now,
            tz_name=episode.site.time_zone,
        )
        for episode in episodes
    }


def weeks_of(*, episode: Episode, now: datetime) -> list[tuple[Week, Ledger]]:
    """Every week of the episode that has a booking, the latest first: four statements."""
    site = episode.site
    by_week: dict[Week, list[Entry]] = {}
    for entry in _entries(expected_bookings().filter(episode=episode.pk)).get(episode.pk, ()):
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
    return _goals_of([episode], week).get(episode.pk, 0)


def _goals_of(episodes: list[Episode], week: Week) -> dict[int, int]:
    stays = LevelOfCareStay.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on),
        episode__in=[episode.pk for episode in episodes],
        from_on__lte=week.ends_on,
    )
    return dict(stays.order_by("from_on").values_list("episode_id", "prescribed_minutes"))


def expected_bookings() -> QuerySet[Booking]:
    """Bookings that are part of a person's week: what the clinic cancelled is nobody's missed time."""
    kept = (Booking.Status.BOOKED, Booking.Status.CANCELLED_BY_PATIENT)
    return Booking.objects.filter(status__in=kept, session__status=TherapySession.Status.SCHEDULED)


def _entries_of(episodes: list[Episode], week: Week) -> dict[int, list[Entry]]:
    return _entries(
        expected_bookings().filter(
            episode__in=[episode.pk for episode in episodes],
            session__occurs_on__range=(week.starts_on, week.ends_on),
        )
    )


def _entries(wanted: QuerySet[Booking]) -> dict[int, list[Entry]]:
    """Entries of these bookings by episode: two statements."""
    rows = list(wanted.order_by().values_list(*_COLUMNS))
    marks = marks_of(row[0] for row in rows)
    entries: dict[int, list[Entry]] = {}
    for pk, episode_id, status, title, day, starts_at, ends_at, breaks, counts in rows:
        slot = Slot(starts_at, ends_at, breaks, counts)
        entry = entry_of(slot, status, marks.get(pk, UNMARKED), label=title, day=day, key=pk)
        entries.setdefault(episode_id, []).append(entry)
    return entries


def marks_of(booking_ids: Iterable[int]) -> dict[int, Mark]:
    """What attendance says of each booking by its id; one statement."""
    rows = Attendance.objects.filter(booking__in=list(booking_ids)).values_list(
        "booking_id", "arrived_at", "left_at", "absence"
    )
    return {pk: (arrived_at, left_at, absence) for pk, arrived_at, left_at, absence in rows}


def entry_of(slot: Slot, status: str, mark: Mark, **labels: object) -> Entry:
    """One booking as the core takes it; a place the patient gave back counts as an absence."""
    arrived_at, left_at, absence = mark
    if arrived_at is not None:
        return Entry(slot, Visit(arrived_at, left_at), None, **labels)  # type: ignore[arg-type]
    if status != Booking.Status.BOOKED:
        absence = status
    return Entry(slot, None, absence or None, **labels)  # type: ignore[arg-type]
