"""One site's day as rows: its sessions, who has a place in them, what attendance says; three statements."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, local_day, week_of
from scheduling.models import Booking, TherapySession
from sessions.models import Attendance

# What the lanes and the roster say of a session; the pages of a large clinic read hundreds.
_SHOWN = (
    "title",
    "kind",
    "mode",
    "starts_at",
    "ends_at",
    "break_minutes",
    "capacity",
    "booked_seats",
    "room__name",
    "room__position",
    "lead__given_name",
    "lead__family_name",
    "group__track__tone",
)


class Place(NamedTuple):
    """A booking of the day that is not one the clinic took back."""

    pk: int
    session_id: int
    episode_id: int
    patient_id: int
    status: str
    late_until: datetime | None
    cancel_reason: str
    given_name: str
    preferred_name: str
    family_name: str

    @property
    def is_active(self) -> bool:
        return self.status == Booking.Status.BOOKED

    @property
    def called(self) -> str:
        return self.preferred_name or self.given_name

    @property
    def full_name(self) -> str:
        return f"{self.called} {self.family_name}"

    @property
    def short_name(self) -> str:
        return f"{self.called} {self.family_name[:1]}."


class Mark(NamedTuple):
    """What attendance says of one booking, and when it was said."""

    booking_id: int
    arrived_at: datetime | None
    left_at: datetime | None
    absence: str
    reason: str
    recorded_at: datetime
    left_recorded_at: datetime | None

    @property
    def marked_at(self) -> datetime:
        return self.left_recorded_at or self.recorded_at


@dataclass(frozen=True)
class ClinicDay:
    """What happens at a site today, as of `now`."""

    site: Site
    day: date
    now: datetime
    sessions: list[TherapySession]
    places: dict[int, list[Place]]
    marks: dict[int, Mark]

    @property
    def tz_name(self) -> str:
        return self.site.time_zone

    @property
    def week(self) -> Week:
        return week_of(self.day, self.site.week_starts_weekday)

    @property
    def expected(self) -> int:
        """How many people are expected today."""
        return len({p.patient_id for places in self.places.values() for p in places if p.is_active})

    def places_of(self, session: TherapySession) -> list[Place]:
        return self.places.get(session.pk, [])


def read_day(site: Site, now: datetime) -> ClinicDay:
    """The site's local day at `now`."""
    day = local_day(now, site.time_zone)
    sessions = list(
        TherapySession.objects.scheduled()
        .filter(site=site, occurs_on=day)
        .select_related("room", "lead", "group__track")
        .only(*_SHOWN)
        .order_by("starts_at", "pk")
    )
    places: dict[int, list[Place]] = {}
    for place in _places(sessions):
        places.setdefault(place.session_id, []).append(place)
    return ClinicDay(site, day, now, sessions, places, _marks(sessions))


def _places(sessions: list[TherapySession]) -> list[Place]:
    kept = (Booking.Status.BOOKED, Booking.Status.CANCELLED_BY_PATIENT)
    rows = Booking.objects.filter(session__in=sessions, status__in=kept).order_by(
        "patient__given_name", "patient__family_name", "pk"
    )
    columns = (
        "pk",
        "session_id",
        "episode_id",
        "patient_id",
        "status",
        "running_late_until",
        "cancel_reason",
    )
    names = ("patient__given_name", "patient__preferred_name", "patient__family_name")
    return [Place(*row) for row in rows.values_list(*columns, *names)]


def _marks(sessions: list[TherapySession]) -> dict[int, Mark]:
    rows = Attendance.objects.filter(booking__session__in=sessions)
    columns = ("booking_id", "arrived_at", "left_at", "absence", "reason", "recorded_at", "left_recorded_at")
    return {row[0]: Mark(*row) for row in rows.values_list(*columns)}
