"""Writing groups with tracks and rooms, enrolments, and past attendance with sessions and bookings."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local, day_span
from patients.models import Episode, Patient
from scheduling.calendar import session_of
from scheduling.enrolling import enroll
from scheduling.models import Booking, Enrollment, Group, Room, TherapySession, Track
from scheduling.models.group import Kind, Mode
from sessions.importing.check_attendance import minute_of
from sessions.importing.copying import copy, take_numbers
from sessions.importing.known import GroupRef, Known
from sessions.importing.reading import Row
from sessions.importing.there import There
from sessions.models import Attendance

Tell = Callable[[int], None]
BOOKING_COLUMNS = (
    "id", "public_id", "session_id", "during", "patient_id", "episode_id", "status", "version",
    "booked_by_id", "booked_at", "cancel_reason",
)  # fmt: skip
ATTENDANCE_COLUMNS = (
    "booking_id", "arrived_at", "left_at", "absence", "reason", "source", "recorded_by_id", "recorded_at",
    "left_recorded_at", "version",
)  # fmt: skip
SEATS_OF_A_NEW_ROOM = 12


def write_groups(rows: list[Row], known: Known) -> list[int]:
    tracks: dict[tuple[int, str], Track] = {}
    rooms: dict[tuple[int, str], Room] = {}
    groups = [_group(row, known, tracks, rooms) for row in rows]
    Group.objects.bulk_create(groups)
    for group, row in zip(groups, rows, strict=True):
        known.groups[row["group_id"]].group_id = group.pk
    return [group.pk for group in groups]


def _group(
    row: Row,
    known: Known,
    tracks: dict[tuple[int, str], Track],
    rooms: dict[tuple[int, str], Room],
) -> Group:
    site = known.sites[row["site"].lower()]
    key = (site.pk, row["track"])
    if key not in tracks:
        defaults = {"tone": row["part_of_day"], "is_part2": bool(row["part2"]), "youngest_age": 0}
        tracks[key], _ = Track.objects.get_or_create(site=site, name=row["track"], defaults=defaults)
    place = (site.pk, row["room"] or "")
    if row["room"] and place not in rooms:
        seats = max(SEATS_OF_A_NEW_ROOM, row["seats"])
        found = Room.objects.filter(site=site, name__iexact=row["room"]).first()
        rooms[place] = found or Room.objects.create(site=site, name=row["room"], seats=seats)
    return Group(
        track=tracks[key],
        name=row["name"],
        kind=row["kind"] or Kind.GROUP,
        weekday=row["weekday"],
        starts=row["starts"],
        minutes=row["minutes"],
        break_minutes=row["break_minutes"] or 0,
        mode=Mode.IN_PERSON if row["room"] else Mode.VIDEO,
        room=rooms.get(place),
        lead_id=known.staff[row["lead"]].pk,
        capacity=row["seats"],
        from_on=row["from"],
        to_on=row["to"],
    )


def write_enrolments(rows: list[Row], known: Known, actor: User, now: datetime) -> list[int]:
    """Places in groups. Where sessions ahead exist already the verb books them; else they are made later."""
    ahead = TherapySession.objects.filter(starts_at__gt=now, group__isnull=False)
    with_sessions = set(ahead.values_list("group_id", flat=True).distinct())
    made: dict[int, Enrollment] = {}
    for number, row in enumerate(rows):
        group_pk, person = known.groups[row["group_id"]].pk, known.patients[row["patient_id"]]
        last_on = row["to"] or person.ended_on
        if group_pk in with_sessions:
            made[number] = enroll(
                actor=actor,
                episode=Episode(pk=person.episode_pk),
                group=Group(pk=group_pk),
                from_on=row["from"],
                to_on=last_on,
                now=now,
            )
            continue
        made[number] = Enrollment(
            episode_id=person.episode_pk,
            group_id=group_pk,
            from_on=row["from"],
            to_on=last_on,
            enrolled_by=actor,
        )
    Enrollment.objects.bulk_create((one for one in made.values() if one.pk is None), batch_size=1000)
    return [made[number].pk for number in range(len(rows))]


class Writer:
    """Attendance in three steps: missing sessions, missing bookings by COPY, the marks by COPY."""

    def __init__(self, rows: list[Row], known: Known, there: There, actor: User, now: datetime) -> None:
        self.rows, self.known, self.there, self.actor, self.now = rows, known, there, actor, now
        self._midnights: dict[tuple[str, date], tuple[datetime, bool]] = {}

    def write(self, tell: Tell) -> None:
        """`tell` hears of each row twice: when it is booked and when its times are written."""
        self._write_sessions()
        numbers = self._write_bookings(tell)
        copy(Attendance, ATTENDANCE_COLUMNS, self._mark_rows(numbers), lambda done: tell(len(numbers) + done))
        self._record()

    def _write_sessions(self) -> None:
        refs = self.known.groups
        missing = {
            (row["group_id"], row["date"])
            for row in self.rows
            if self.there.session(refs[row["group_id"]], row["date"]) is None
        }
        groups = Group.objects.select_related("track__site", "room", "lead").in_bulk(
            {refs[key].pk for key, _ in missing}
        )
        fresh = [session_of(groups[refs[key].pk], day) for key, day in sorted(missing)]
        TherapySession.objects.bulk_create(fresh, batch_size=1000)
        for session in fresh:
            self.there.sessions[session.group_id, session.occurs_on] = session  # type: ignore[index]

    def _instant(self, site: str, day: date, minute: int) -> datetime:
        """Wall-clock minutes of a local day as an instant; the plain sum on days without a clock change."""
        tz_name = self.known.sites[site].time_zone
        if (site, day) not in self._midnights:
            starts_at, ends_at = day_span(day, tz_name)
            self._midnights[site, day] = (starts_at, ends_at - starts_at == timedelta(days=1))
        midnight, is_plain = self._midnights[site, day]
        if is_plain:
            return midnight + timedelta(minutes=minute)
        return at_local(day, time(minute // 60, minute % 60), tz_name)

    def _held(self, row: Row) -> tuple[GroupRef, TherapySession]:
        group = self.known.groups[row["group_id"]]
        session = self.there.session(group, row["date"])
        assert session is not None
        return group, session

    def _write_bookings(self, tell: Tell) -> list[int]:
        """The booking of each row, in their order: the one there, or a new one."""
        numbers: list[int] = []
        fresh: list[Row] = []
        for row in self.rows:
            person = self.known.patients[row["patient_id"]]
            booking = self.there.booking(self.known.groups[row["group_id"]], row["date"], person)
            numbers.append(0 if booking is None else booking[0])
            if booking is None:
                fresh.append(row)
        taken = take_numbers(Booking, len(fresh))
        copy(Booking, BOOKING_COLUMNS, self._booking_rows(fresh, taken), tell)
        waiting = iter(taken)
        return [number or next(waiting) for number in numbers]

    def _booking_rows(self, rows: list[Row], numbers: list[int]) -> Iterator[tuple[Any, ...]]:
        for row, number in zip(rows, numbers, strict=True):
            person = self.known.patients[row["patient_id"]]
            _, session = self._held(row)
            during = f"[{session.starts_at.isoformat()},{session.ends_at.isoformat()})"
            yield (
                number, uuid.uuid4(), session.pk, during, person.patient_id, person.episode_id,
                Booking.Status.BOOKED.value, 1, self.actor.pk, self.now, "",
            )  # fmt: skip

    def _mark_rows(self, numbers: list[int]) -> Iterator[tuple[Any, ...]]:
        source = Attendance.Source.IMPORT.value
        for row, number in zip(self.rows, numbers, strict=True):
            site, day = self.known.groups[row["group_id"]].site, row["date"]
            arrived_at = self._at(site, day, row["arrived"])
            left_at = self._at(site, day, row["left"])
            yield (
                number, arrived_at, left_at, str(row["absence"] or ""), row["reason"] or "", source,
                self.actor.pk, self.now, self.now if left_at else None, 2 if left_at else 1,
            )  # fmt: skip

    def _at(self, site: str, day: date, wall_time: Any) -> datetime | None:
        return None if wall_time is None else self._instant(site, day, minute_of(wall_time))

    def _record(self) -> None:
        counts = Counter(row["patient_id"] for row in self.rows)
        ids = {self.known.patients[key].pk: count for key, count in counts.items()}
        for patient in Patient.objects.filter(pk__in=ids).only("pk", "site_id"):
            record(self.actor, "sessions.import_attendance", patient, rows=ids[patient.pk])
