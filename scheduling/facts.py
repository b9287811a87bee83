"""What the calendar knows around the wanted sessions, fetched in a constant number of queries.

Rows are asked for once for the whole time from the first wanted session to the last.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import QuerySet
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import License
from patients.models import Consent
from scheduling.models import (
    Absence,
    Booking,
    Closure,
    Facilitation,
    TherapySession,
    UnavailableHours,
    WorkingHours,
)
from scheduling.wanted import Wanted
from scheduling.words import when_words

T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """Time that a person or a room has given to a session. `is_settled`: it stands so already."""

    starts_at: datetime
    ends_at: datetime
    words: str
    is_settled: bool = True


@dataclass(frozen=True)
class Stored:
    """A wanted session's row as it is now: what a rule that was answered before rested on."""

    starts_at: datetime
    ends_at: datetime
    room_id: int | None
    capacity: int
    staff: frozenset[int] = frozenset()
    patients: frozenset[int] = frozenset()
    mode: str = ""
    held_seats: int = 0

    def is_then(self, wanted: Wanted) -> bool:
        return (self.starts_at, self.ends_at) == (wanted.starts_at, wanted.ends_at)


@dataclass
class Facts:
    """By the number of the person, room or session they are about."""

    staff: dict[int, list[Taken]] = field(default_factory=dict)
    rooms: dict[int, list[Taken]] = field(default_factory=dict)
    patients: dict[int, list[Taken]] = field(default_factory=dict)
    closures: dict[int, list[Closure]] = field(default_factory=dict)
    absences: dict[int, list[Absence]] = field(default_factory=dict)
    hours: dict[int, list[WorkingHours]] = field(default_factory=dict)
    unavailable: dict[int, list[UnavailableHours]] = field(default_factory=dict)
    licenses: dict[int, list[License]] = field(default_factory=dict)
    consents: dict[int, list[Consent]] = field(default_factory=dict)  # to video, by patient
    agreed: dict[int, list[Consent]] = field(default_factory=dict)  # to family sessions, by related person
    stored: dict[int, Stored] = field(default_factory=dict)
    beside: dict[int, set[int]] = field(default_factory=dict)  # by session, who is kept apart from someone

    def stored_of(self, wanted: Wanted) -> Stored | None:
        return None if wanted.session_pk is None else self.stored.get(wanted.session_pk)

    def take(self, wanted: Wanted) -> None:
        """Count a wanted session as if it were on the calendar, for those after it."""
        stored = self.stored_of(wanted)
        room_id = wanted.room.pk if wanted.room else None
        settled = stored is not None and stored.is_then(wanted) and stored.room_id == room_id
        words = f"{wanted.named}, {wanted.when}"
        taken = Taken(wanted.starts_at, wanted.ends_at, words, is_settled=settled)
        for person in wanted.staff:
            self.staff.setdefault(person.pk, []).append(taken)
        for patient in wanted.expected:
            self.patients.setdefault(patient.pk, []).append(taken)
        if room_id is not None:
            self.rooms.setdefault(room_id, []).append(taken)


def gather(wanted: Sequence[Wanted]) -> Facts:
    """Everything the rules ask about these sessions; the rows they would become count for nothing."""
    span, own = around(wanted), own_sessions(wanted)
    staff = {person.pk for one in wanted for person in one.staff}
    rooms = {one.room.pk for one in wanted if one.room}
    relatives = {person.pk for one in wanted for person in one.relatives}
    sites = {one.site.pk for one in wanted}
    leading = Facilitation.objects.filter(status=TherapySession.Status.SCHEDULED, staff__in=staff)
    roomed = TherapySession.objects.scheduled().filter(room__in=rooms)
    return replace(
        _about_patients(wanted),
        staff=taken_by(leading.filter(during__overlap=span).exclude(session__in=own), "staff_id"),
        rooms=taken_by(roomed.filter(during__overlap=span).exclude(pk__in=own), "room_id", ""),
        closures=_by(
            Closure.objects.standing().filter(site__in=sites, during__overlap=span),
            "site_id",
        ),
        absences=_by(Absence.objects.standing().filter(staff__in=staff, during__overlap=span), "staff_id"),
        hours=_by(WorkingHours.objects.filter(staff__in=staff), "staff_id"),
        licenses=_licenses(wanted),
        agreed=_by(_signed().filter(related_person__in=relatives), "related_person_id"),
        stored=_stored(own),
    )


def _about_patients(wanted: Sequence[Wanted]) -> Facts:
    """Where they are expected, when they cannot come, and whether they agreed to video."""
    present = {patient.pk for one in wanted for patient in one.expected}
    on_video = {patient.pk for one in wanted if one.is_video for patient in one.patients}
    booked = Booking.objects.active().filter(patient__in=present, during__overlap=around(wanted))
    agreed = _signed().filter(patient__in=on_video, kind=Consent.Kind.TELEHEALTH)
    return Facts(
        patients=taken_by(booked.exclude(session__in=own_sessions(wanted)), "patient_id"),
        unavailable=_by(UnavailableHours.objects.filter(patient__in=present), "patient_id"),
        consents=_by(agreed, "patient_id"),
    )


def around(wanted: Sequence[Wanted]) -> TimestamptzRange:
    return TimestamptzRange(min(one.starts_at for one in wanted), max(one.ends_at for one in wanted))


def own_sessions(wanted: Iterable[Wanted]) -> list[int]:
    return [one.session_pk for one in wanted if one.session_pk is not None]


def _licenses(wanted: Iterable[Wanted]) -> dict[int, list[License]]:
    return _by(License.objects.filter(user__in={one.lead.pk for one in wanted}), "user_id")


def _signed() -> QuerySet[Consent]:
    return Consent.objects.standing()


def taken_by(rows: Any, key: str, via: str = "session__") -> dict[int, list[Taken]]:
    """By the number under `key`, what these rows are taken by, in time order; `via` leads to the session."""
    found: dict[int, list[Taken]] = defaultdict(list)
    names = [f"{via}{name}" for name in ("starts_at", "ends_at", "title", "site__time_zone")]
    for pk, starts_at, ends_at, title, tz_name in rows.order_by().values_list(key, *names):
        found[pk].append(Taken(starts_at, ends_at, f"{title}, {when_words(starts_at, tz_name)}"))
    for taken in found.values():
        taken.sort(key=lambda one: one.starts_at)
    return found


def _by(rows: Iterable[T], key: str) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for row in rows:
        found.setdefault(getattr(row, key), []).append(row)
    return found


def _stored(own: list[int]) -> dict[int, Stored]:
    leads = _numbers(Facilitation.objects.filter(session__in=own), "staff_id")
    people = _numbers(Booking.objects.active().filter(session__in=own), "patient_id")
    rows = TherapySession.objects.filter(pk__in=own)
    return {
        pk: Stored(begins, ends, room, seats, leads.get(pk, _NOBODY), people.get(pk, _NOBODY), mode, held)
        for pk, begins, ends, room, seats, mode, held in rows.values_list(
            "pk", "starts_at", "ends_at", "room_id", "capacity", "mode", "held_seats"
        )
    }


_NOBODY: frozenset[int] = frozenset()


def _numbers(rows: Any, key: str) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for session_pk, pk in rows.order_by().values_list("session_id", key):
        found.setdefault(session_pk, set()).add(pk)
    return {session_pk: frozenset(pks) for session_pk, pks in found.items()}
