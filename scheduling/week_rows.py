"""The sessions of a week as the board and the list read them: plain values, in one statement.

A mark that needs other tables (someone away, make-ups) is asked for in the same statement.
"""

from datetime import date, datetime
from typing import NamedTuple

from django.db import connection
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week
from patients.models import Patient
from scheduling.models import Closure, TherapySession
from scheduling.models.group import Kind, Mode

# In the order of `Row`. Written out, since building it from models takes longer than PostgreSQL's answer.
# A make-up: someone makes up other time in it, or people come though nobody has a place in the group.
_WEEK = """
    SELECT s.id, s.title, s.kind, s.mode, s.status, s.occurs_on, s.starts_at, s.ends_at, s.capacity,
        s.booked_seats, s.held_seats, s.counts_toward_hours, s.shares_room, s.room_id, room.name, s.lead_id,
        lead.given_name, lead.family_name,
        CASE WHEN g.lead_id <> s.lead_id AND 'lead' = ANY (s.own)
            THEN (SELECT given_name FROM accounts_user WHERE id = g.lead_id) ELSE '' END,
        s.group_id, g.minimum_size, g.track_id, track.name, track.tone,
        s.lead_id IN (
            SELECT staff_id FROM scheduling_absence
            WHERE during && tstzrange(%(starts_at)s, NULL) AND withdrawn_at IS NULL
        ) AND EXISTS (
            SELECT FROM scheduling_absence AS a
            WHERE a.staff_id = s.lead_id AND a.during && s.during AND a.withdrawn_at IS NULL
        ),
        s.booked_seats > 0 AND s.capacity > 1 AND (
            EXISTS (
                SELECT FROM scheduling_booking AS b
                WHERE b.session_id = s.id AND b.status = 'booked' AND b.makes_up_id IS NOT NULL
            )
            OR s.group_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM scheduling_enrollment AS e
                WHERE e.group_id = s.group_id AND e.from_on <= s.occurs_on
                AND (e.to_on IS NULL OR e.to_on >= s.occurs_on)
            )
        )
    FROM scheduling_therapysession AS s
    JOIN accounts_user AS lead ON lead.id = s.lead_id
    LEFT JOIN scheduling_room AS room ON room.id = s.room_id
    LEFT JOIN scheduling_group AS g ON g.id = s.group_id
    LEFT JOIN scheduling_track AS track ON track.id = g.track_id
    WHERE s.starts_at >= %(starts_at)s AND s.starts_at < %(ends_at)s AND {whose}
    ORDER BY s.starts_at, s.id
"""
_OF_SITE = """s.site_id = %(site)s AND (s.group_id IS NOT NULL OR s.status = 'scheduled')
    AND (%(visits)s OR s.group_id IS NOT NULL OR s.capacity > 1)"""
_OF_PATIENT = """s.id IN (
        SELECT session_id FROM scheduling_booking WHERE patient_id = %(patient)s AND status = 'booked'
    )"""


class Row(NamedTuple):
    """One session of the week. A visit has no group, track or fewest people.

    `stands_in_for`: "Ines" when someone else leads this one session of hers, else empty. A tuple, since
    a dataclass of so many fields takes five times as long to build.
    """

    pk: int
    title: str
    kind: str
    mode: str
    status: str
    occurs_on: date
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked_seats: int
    held_seats: int
    counts_toward_hours: bool
    shares_room: bool
    room_id: int | None
    room_name: str | None
    lead_id: int
    lead_given: str
    lead_family: str
    stands_in_for: str
    group_id: int | None
    minimum_size: int | None
    track_id: int | None
    track_name: str | None
    tone: str | None
    lead_is_away: bool
    is_make_up: bool

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def is_cancelled(self) -> bool:
        return self.status == TherapySession.Status.CANCELLED

    @property
    def is_video(self) -> bool:
        return self.mode == Mode.VIDEO

    @property
    def is_group(self) -> bool:
        """Several people's hour; the others are one patient's own."""
        return self.group_id is not None or self.capacity > 1

    @property
    def is_full(self) -> bool:
        return self.is_group and self.booked_seats + self.held_seats >= self.capacity

    @property
    def lead_short(self) -> str:
        return f"{self.lead_given} {self.lead_family[:1]}."

    @property
    def lead_full(self) -> str:
        return f"{self.lead_given} {self.lead_family}"

    @property
    def fewest(self) -> int:
        """How few people it still meets with, when fewer are booked; else 0."""
        fewest = self.minimum_size or 0
        return fewest if self.booked_seats < fewest else 0

    @property
    def kind_words(self) -> str:
        return str(Kind(self.kind).label)


def rows_of(site: Site, week: Week, patient: Patient | None = None, *, visits: bool = True) -> list[Row]:
    """The site's sessions of the week by time; with a patient, those they are booked in, at any site.

    Without `visits`, one person's own hours are left out; cancelled ones always are.
    """
    starts_at, ends_at = week.span(site.time_zone)
    asked: dict[str, int | datetime | None] = {"starts_at": starts_at, "ends_at": ends_at, "site": site.pk}
    asked |= {"visits": visits, "patient": patient.pk if patient else None}
    with connection.cursor() as cursor:
        cursor.execute(_WEEK.format(whose=_OF_PATIENT if patient else _OF_SITE), asked)
        return list(map(Row._make, cursor))


def closures_of(site: Site, week: Week) -> list[Closure]:
    """What of the week the site is closed, by time."""
    around = TimestamptzRange(*week.span(site.time_zone))
    return list(Closure.objects.standing().filter(site=site, during__overlap=around))
