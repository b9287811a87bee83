"""What is asked about one more person in sessions that stay as they are: one statement, for `book` is
done all day long.

Rows are told apart by their first column; a column that means nothing there is null.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db import connection

from iop_clinic.accounts.models import License
from patients.models import Consent
from scheduling.facts import Facts, Stored, Taken, around, own_sessions
from scheduling.models import Booking, TherapySession, UnavailableHours
from scheduling.wanted import Wanted
from scheduling.words import when_words

_ASKED = """
    SELECT 'booked', b.patient_id, b.session_id, s.starts_at, s.ends_at, NULL::time, NULL::time,
        NULL::date, NULL::date, s.title, c.time_zone
    FROM scheduling_booking b JOIN scheduling_therapysession s ON s.id = b.session_id
        JOIN accounts_site c ON c.id = s.site_id
    WHERE b.status = 'booked' AND b.patient_id = ANY(%(people)s) AND b.during && %(around)s
    UNION ALL
    SELECT 'unavailable', patient_id, weekday, NULL, NULL, starts, ends, from_on, to_on, why, NULL
    FROM scheduling_unavailablehours WHERE patient_id = ANY(%(people)s)
    UNION ALL
    SELECT 'consent', patient_id, NULL, NULL, NULL, NULL, NULL, signed_on, expires_on, NULL, NULL
    FROM patients_consent
    WHERE patient_id = ANY(%(on_video)s) AND kind = 'telehealth'
        AND signed_on IS NOT NULL AND revoked_at IS NULL
    UNION ALL
    SELECT 'license', user_id, NULL, NULL, NULL, NULL, NULL, NULL, expires_on, state_code, NULL
    FROM accounts_license WHERE user_id = ANY(%(video_leads)s)
    UNION ALL
    SELECT 'apart', first_id, second_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM patients_keptapart
    WHERE ended_at IS NULL AND (first_id = ANY(%(people)s) OR second_id = ANY(%(people)s))"""


class _Row(NamedTuple):
    """`about`: the patient, or a license's clinician; `number`: the session, weekday or other person."""

    kind: str
    about: int
    number: int
    starts_at: datetime
    ends_at: datetime
    starts: time
    ends: time
    from_on: date
    to_on: date | None
    words: str
    time_zone: str


def gather_for_places(wanted: Sequence[Wanted], sessions: Iterable[TherapySession]) -> Facts:
    """What the rules of a place ask. One statement, and one more where people are kept apart.

    Of the people booked already, only those who are asked about are known.
    """
    rows, own = _rows(wanted), set(own_sessions(wanted))
    facts = Facts(beside=_beside(rows["apart"], own, wanted))
    there: dict[int, set[int]] = defaultdict(set)
    for row in rows["booked"]:
        if row.number in own:
            there[row.number].add(row.about)
        else:
            facts.patients.setdefault(row.about, []).append(_taken(row))
    for row in rows["unavailable"]:
        facts.unavailable.setdefault(row.about, []).append(_unavailable(row))
    for row in rows["consent"]:
        signed = Consent(patient_id=row.about, signed_on=row.from_on, expires_on=row.to_on)
        facts.consents.setdefault(row.about, []).append(signed)
    for row in rows["license"]:
        held = License(user_id=row.about, state_code=row.words, expires_on=row.to_on)
        facts.licenses.setdefault(row.about, []).append(held)
    facts.stored = {one.pk: _stored(one, there[one.pk]) for one in sessions}
    return facts


def _rows(wanted: Sequence[Wanted]) -> dict[str, list[_Row]]:
    """By their kind, those of time in its order."""
    by_video = [one for one in wanted if one.is_video]
    asked: dict[str, Any] = {
        "people": list(_people(wanted)),
        "around": around(wanted),
        "on_video": list(_people(by_video)),
        "video_leads": list({one.lead.pk for one in by_video}),
    }
    found: dict[str, list[_Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, asked)
        for row in map(_Row._make, cursor):
            found[row.kind].append(row)
    found["booked"].sort(key=lambda row: row.starts_at)
    return found


def _people(wanted: Iterable[Wanted]) -> set[int]:
    return {patient.pk for one in wanted for patient in one.patients}


def _beside(apart: list[_Row], own: set[int], wanted: Sequence[Wanted]) -> dict[int, set[int]]:
    """By session, those asked about who would sit with someone they are kept apart from."""
    if not apart:
        return {}
    pairs = [(row.about, row.number) for row in apart]
    people, asked = {pk for pair in pairs for pk in pair}, _people(wanted)
    rows = Booking.objects.active().filter(session__in=own, patient__in=people).order_by()
    found: dict[int, set[int]] = defaultdict(set)
    for session_pk, there in rows.values_list("session_id", "patient_id"):
        found[session_pk] |= {sum(pair) - there for pair in pairs if there in pair} & asked
    return found


def _taken(row: _Row) -> Taken:
    return Taken(row.starts_at, row.ends_at, f"{row.words}, {when_words(row.starts_at, row.time_zone)}")


def _unavailable(row: _Row) -> UnavailableHours:
    return UnavailableHours(
        patient_id=row.about,
        weekday=row.number,
        starts=row.starts,
        ends=row.ends,
        from_on=row.from_on,
        to_on=row.to_on,
        why=row.words,
    )


def _stored(one: TherapySession, there: Iterable[int]) -> Stored:
    return Stored(
        one.starts_at, one.ends_at, one.room_id, one.capacity, patients=frozenset(there), mode=one.mode
    )
