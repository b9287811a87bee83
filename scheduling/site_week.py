"""One dated week of one site as rows: everything that planning it asks, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, F, Max, Q
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import License, Site, User
from iop_clinic.clock import Week, zone
from patients.models import Consent, Episode, KeptApart, LevelOfCareStay
from scheduling.from_above import credited_minutes, payer_day_minutes
from scheduling.models import (
    Absence,
    Booking,
    Closure,
    Enrollment,
    Facilitation,
    Room,
    SeatOffer,
    TherapySession,
    Track,
    UnavailableHours,
    WorkingHours,
)
from scheduling.models.group import Kind
from scheduling.substitutes import who_may_lead

T = TypeVar("T")
WHOLE_DAY = 24 * 60
PAST_WEEKS = 2
Span = tuple[int, int, int]  # day of the week from 0, minutes after midnight


@dataclass(frozen=True)
class SiteWeek:
    """By the number of whom or what they are about. `stays` and `episodes` are of patients in care then."""

    site: Site
    week: Week
    now: datetime
    sessions: dict[int, TherapySession]
    bookings: list[Booking]
    elsewhere: dict[int, list[Span]]
    facilitated: list[Facilitation]
    episodes: dict[int, Episode]
    stays: dict[int, LevelOfCareStay]
    places: dict[int, set[int]]
    tracks: list[Track]
    unavailable: dict[int, list[UnavailableHours]]
    consents: dict[int, list[Consent]]
    staff: list[User]
    licenses: dict[int, list[License]]
    hours: dict[int, list[WorkingHours]]
    absences: dict[int, list[Absence]]
    closures: list[Closure]
    rooms: list[Room]
    promised: dict[int, int]
    past_minutes: dict[int, dict[int, int]]
    family_on: dict[int, date] = field(default_factory=dict)
    apart: dict[int, set[int]] = field(default_factory=dict)  # by patient, whom they are kept apart from
    payer_minutes: dict[int, int] = field(default_factory=dict)  # by patient, of a day that counts
    credited: dict[int, dict[date, int]] = field(default_factory=dict)  # by patient and day that is over

    def spans(self, starts_at: datetime, ends_at: datetime) -> list[Span]:
        """Wall minutes of each day of the week that these instants touch."""
        tz = zone(self.site.time_zone)
        starts, ends = starts_at.astimezone(tz), ends_at.astimezone(tz)
        found = []
        for number, day in enumerate(self.week):
            if starts.date() <= day <= ends.date():
                first = starts.hour * 60 + starts.minute if starts.date() == day else 0
                last = ends.hour * 60 + ends.minute if ends.date() == day else WHOLE_DAY
                if first < last:
                    found.append((number, first, last))
        return found

    def day_of(self, day: date) -> int:
        return (day - self.week.starts_on).days

    @property
    def now_span(self) -> tuple[int, int]:
        """The day of the week it is now, below 0 before the week, and the minute of that day."""
        wall = self.now.astimezone(zone(self.site.time_zone))
        return self.day_of(wall.date()), wall.hour * 60 + wall.minute


def site_week(site: Site, week: Week, now: datetime) -> SiteWeek:
    """Rows of this site alone; of its clinicians also what they lead elsewhere."""
    begins, ends = week.span(site.time_zone)
    around = TimestamptzRange(begins, ends)
    rows = TherapySession.objects.scheduled().filter(
        site=site, occurs_on__range=(week.starts_on, week.ends_on)
    )
    sessions = {one.pk: one for one in rows.select_related("group__track", "series", "lead", "room")}
    episodes = _episodes(site, week)
    staff = list(who_may_lead([site]).order_by("pk"))
    led = Facilitation.objects.filter(status=TherapySession.Status.SCHEDULED, during__overlap=around)
    held = Booking.objects.active().filter(session__status=TherapySession.Status.SCHEDULED)
    patients = list(episodes)
    return SiteWeek(
        site=site,
        week=week,
        now=now,
        sessions=sessions,
        bookings=list(held.filter(session__in=sessions).order_by("pk")),
        elsewhere=_elsewhere(held.filter(patient__in=patients, during__overlap=around), site, week),
        facilitated=list(led.filter(Q(staff__in=staff) | Q(session__in=sessions))),
        episodes=episodes,
        stays=_stays(episodes, week),
        places=_places(episodes, week),
        tracks=list(Track.objects.filter(site=site, is_active=True)),
        unavailable=_by(UnavailableHours.objects.filter(patient__in=patients), "patient_id"),
        consents=_by(_to_video(patients), "patient_id"),
        staff=staff,
        licenses=_by(License.objects.filter(user__in=staff), "user_id"),
        hours=_by(WorkingHours.objects.filter(staff__in=staff), "staff_id"),
        absences=_by(Absence.objects.standing().filter(staff__in=staff, during__overlap=around), "staff_id"),
        closures=list(Closure.objects.standing().filter(site=site, during__overlap=around)),
        rooms=list(Room.objects.filter(site=site, is_active=True).order_by("seats", "position", "pk")),
        promised=_promised(site),
        past_minutes=_past_minutes(patients, week),
        family_on=_family_on(patients, week),
        apart=_apart(patients),
        payer_minutes=payer_day_minutes(episodes.values(), week.starts_on),
        credited=credited_minutes(episodes.values(), week, now) if begins < now else {},
    )


def _by(rows: Iterable[T], name: str) -> dict[int, list[T]]:
    found: dict[int, list[T]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _episodes(site: Site, week: Week) -> dict[int, Episode]:
    """By patient, who is in care on some day of the week; of two stays in it the later one."""
    rows = Episode.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=week.starts_on), site=site)
    rows = rows.filter(admitted_on__lte=week.ends_on).select_related("patient").order_by("admitted_on")
    return {one.patient_id: one for one in rows}


def _stays(episodes: dict[int, Episode], week: Week) -> dict[int, LevelOfCareStay]:
    """By patient. Of two levels in one week the later one says how much."""
    until = Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on)
    rows = LevelOfCareStay.objects.filter(until, episode__in=episodes.values(), from_on__lte=week.ends_on)
    whose = {one.pk: pk for pk, one in episodes.items()}
    return {whose[one.episode_id]: one for one in rows.order_by("from_on")}


def _places(episodes: dict[int, Episode], week: Week) -> dict[int, set[int]]:
    """By patient, the tracks in whose groups they have a place."""
    until = Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on)
    rows = Enrollment.objects.filter(until, episode__in=episodes.values(), from_on__lte=week.ends_on)
    found: dict[int, set[int]] = defaultdict(set)
    for patient, track in rows.order_by().values_list("episode__patient", "group__track"):
        found[patient].add(track)
    return found


def _elsewhere(held: Any, site: Site, week: Week) -> dict[int, list[Span]]:
    """By patient, when they are booked at another site."""
    tz, found = zone(site.time_zone), defaultdict(list)
    rows = held.exclude(session__site=site).values_list("patient", "session__starts_at", "session__ends_at")
    for patient, starts_at, ends_at in rows.order_by():
        starts, ends = starts_at.astimezone(tz), ends_at.astimezone(tz)
        last = ends.hour * 60 + ends.minute if ends.date() == starts.date() else WHOLE_DAY
        if starts.date() in week:
            day = (starts.date() - week.starts_on).days
            found[patient].append((day, starts.hour * 60 + starts.minute, last))
    return found


def _to_video(patients: list[int]) -> Any:
    return Consent.objects.standing().filter(patient__in=patients, kind=Consent.Kind.TELEHEALTH)


def _promised(site: Site) -> dict[int, int]:
    """By group, seats that are offered to someone who waits."""
    rows = SeatOffer.objects.standing().filter(group__track__site=site).order_by()
    return dict(rows.values("group").annotate(count=Count("pk")).values_list("group", "count"))


def _apart(patients: list[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    pairs = KeptApart.objects.standing().filter(first__in=patients, second__in=patients)
    for one, other in pairs.order_by().values_list("first", "second"):
        found[one].add(other)
        found[other].add(one)
    return found


def _past_minutes(patients: list[int], week: Week) -> dict[int, dict[int, int]]:
    """By patient and week (1 is the last one), countable minutes that were booked."""
    first_on = week.starts_on - timedelta(weeks=PAST_WEEKS)
    rows = Booking.objects.active().filter(
        patient__in=patients,
        session__status=TherapySession.Status.SCHEDULED,
        session__counts_toward_hours=True,
        session__occurs_on__gte=first_on,
        session__occurs_on__lt=week.starts_on,
    )
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    lasting = F("session__ends_at") - F("session__starts_at")
    for patient, on, lasts, rest in rows.order_by().values_list(
        "patient", "session__occurs_on", lasting, "session__break_minutes"
    ):
        ago = -(-(week.starts_on - on).days // 7)
        found[patient][ago] += int(lasts.total_seconds()) // 60 - rest
    return found


def _family_on(patients: list[int], week: Week) -> dict[int, date]:
    """By patient, the day of the last family visit before this week."""
    rows = TherapySession.objects.scheduled().filter(
        kind=Kind.FAMILY, series__episode__patient__in=patients, occurs_on__lt=week.starts_on
    )
    grouped = rows.order_by().values("series__episode__patient").annotate(last_on=Max("occurs_on"))
    return dict(grouped.values_list("series__episode__patient", "last_on"))
