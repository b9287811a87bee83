"""The hours ledger of an episode's week: rows in, `sessions.hours` counts (domain reference 0.2 rule 2)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week
from patients.models import Episode, LevelOfCareStay
from patients.weeks import own_weeks
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
    zones = {episode.pk: episode.site.time_zone for episode in episodes}
    return _ledgers(zones, dict.fromkeys(zones, week), now)


def ledgers_at(*, site: Site, weeks: Mapping[int, Week], now: datetime) -> dict[int, Ledger]:
    """The week given for each of these episodes of one site by its id: three statements."""
    return _ledgers(dict.fromkeys(weeks, site.time_zone), weeks, now)


def _ledgers(zones: Mapping[int, str], weeks: Mapping[int, Week], now: datetime) -> dict[int, Ledger]:
    """The week of each episode, on the wall of its zone."""
    if not weeks:
        return {}
    stays = _stays_of(weeks)
    first_on, last_on = min(weeks.values()).starts_on, max(weeks.values()).ends_on
    entries = _entries(episode__in=list(zones), session__occurs_on__range=(first_on, last_on))
    return {
        pk: week_ledger(
            [entry for entry in entries.get(pk, ()) if entry.day in weeks[pk]],
            goal_minutes=goal_in(stays.get(pk, ()), weeks[pk]),
            now=now,
            tz_name=tz_name,
        )
        for pk, tz_name in zones.items()
    }


def weeks_of(*, episode: Episode, now: datetime) -> list[tuple[Week, Ledger]]:
    """Every week of the patient in this episode that has a booking, the latest first: five statements."""
    tz_name, own = episode.site.time_zone, own_weeks(episode.patient)
    entries = _entries(episode=episode.pk).get(episode.pk, [])
    stays = list(episode.stays.order_by("from_on"))
    weeks = sorted({own.of(entry.day) for entry in entries}, reverse=True)
    held = {week: [entry for entry in entries if entry.day in week] for week in weeks}
    return [
        (week, week_ledger(held[week], goal_minutes=goal_in(stays, week), now=now, tz_name=tz_name))
        for week in weeks
    ]


def goal_in(stays: Iterable[LevelOfCareStay], week: Week) -> int:
    """Prescribed minutes of the stay in force that week; the later one when the level changes in it.

    The week of admission and of discharge keep the whole weekly prescription: nothing is prorated.
    """
    in_force = [
        s for s in stays if s.from_on <= week.ends_on and (s.to_on or week.starts_on) >= week.starts_on
    ]
    return in_force[-1].prescribed_minutes if in_force else 0


def _stays_of(weeks: Mapping[int, Week]) -> dict[int, list[LevelOfCareStay]]:
    """The stays around these weeks by episode, the earlier first; one statement."""
    first_on, last_on = min(weeks.values()).starts_on, max(weeks.values()).ends_on
    near = LevelOfCareStay.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=first_on), from_on__lte=last_on
    )
    stays: dict[int, list[LevelOfCareStay]] = {}
    for stay in near.filter(episode__in=list(weeks)).order_by("from_on"):
        stays.setdefault(stay.episode_id, []).append(stay)
    return stays


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
