"""The rules of the week, asked of whole sets of wanted sessions before anything is saved.

Hours, absences, closures, rooms and people are the clinic's own; licenses by the state the patient is in
and consent to video are domain reference 7.3, consent to relatives 7.4. A rule that may be overridden is
asked again only when what it rests on changes. PostgreSQL still decides at save.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local
from iop_clinic.roles import ALLOWED, Permission, Role
from iop_clinic.wall import wall
from patients.models import Consent, Patient
from scheduling.facts import Facts, Taken, gather
from scheduling.models import Booking, Facilitation, Room, TherapySession, WorkingHours
from scheduling.models.group import Kind
from scheduling.wanted import OVERRIDABLE, Clash, Rule, Wanted

__all__ = [
    "LEAD_RULES", "OVERRIDABLE", "PEOPLE", "Clash", "Rule", "Wanted", "clashes_of", "free_leads",
    "free_rooms", "wanted_of",
]  # fmt: skip

# Prefetch these on sessions whose people `wanted_of` will ask for.
PEOPLE = (
    Prefetch("bookings", Booking.objects.active().select_related("patient"), to_attr="expected_bookings"),
    Prefetch("facilitations", Facilitation.objects.select_related("staff"), to_attr="facilitated_by"),
)
Broken = Iterator[tuple[Rule, str]]
# About who leads a session: whoever leads it instead breaks none of these.
LEAD_RULES = {Rule.STAFF_BUSY, Rule.ABSENT, Rule.OUTSIDE_HOURS, Rule.CREDENTIAL, Rule.LICENSE}


def clashes_of(wanted: Sequence[Wanted]) -> list[Clash]:
    """Every rule these sessions would break, on the calendar and among themselves, in their order.

    Two of the wanted that are in each other's way are told at the later one. A constant number of queries.
    """
    if not wanted:
        return []
    facts, found = gather(wanted), []
    for one in wanted:
        found += [Clash(one, rule, sentence) for rule, sentence in broken_by(one, facts)]
        facts.take(one)
    return found


def broken_by(wanted: Wanted, facts: Facts) -> Broken:
    """Pure: the rules one session breaks, by what is known."""
    for rule in RULES:
        yield from rule(wanted, facts)


def broken_by_place(wanted: Wanted, facts: Facts) -> Broken:
    """Pure: what is in the way of these patients in a session that stays as it is, its seats aside."""
    for rule in RULES_OF_A_PLACE:
        yield from rule(wanted, facts)
    if wanted.is_video:
        yield from _license(wanted, facts)


def free_rooms(wanted: Wanted) -> list[Room]:
    """Rooms of the site with seats enough and nothing in them then."""
    then = TherapySession.objects.scheduled().filter(
        during__overlap=TimestamptzRange(wanted.starts_at, wanted.ends_at), room__isnull=False
    )
    own = () if wanted.session_pk is None else (wanted.session_pk,)
    taken = then.exclude(pk__in=own).values("room")
    rooms = Room.objects.filter(site=wanted.site, is_active=True, seats__gte=wanted.capacity)
    return list(rooms.exclude(pk__in=taken))


def free_leads(wanted: Sequence[Wanted], among: Iterable[User]) -> list[list[User]]:
    """For each wanted session, who of these people could lead it: free, there, and allowed to."""
    people = list(among)
    tries = [[(person, _led_by(one, person)) for person in people] for one in wanted]
    every = [tried for row in tries for _, tried in row]
    facts = gather(every) if every else Facts()
    return [
        [person for person, tried in row if not LEAD_RULES & {rule for rule, _ in broken_by(tried, facts)}]
        for row in tries
    ]


def _led_by(wanted: Wanted, person: User) -> Wanted:
    others = tuple(one for one in wanted.co_facilitators if one.pk != person.pk)
    return replace(wanted, lead=person, co_facilitators=others)


def wanted_of(session: TherapySession, **changes: Any) -> Wanted:
    """A session as it is, with some of it changed. Ask for many with `prefetch_related(*PEOPLE)`."""
    facilitations = getattr(session, "facilitated_by", None)
    if facilitations is None:
        facilitations = list(session.facilitations.select_related("staff"))
    bookings = getattr(session, "expected_bookings", None)
    if bookings is None:
        bookings = list(session.bookings.active().select_related("patient"))
    series = session.series
    alone = series is not None and not series.patient_present
    about = [series.episode.patient] if series and alone else [booking.patient for booking in bookings]
    as_it_is = Wanted(
        site=session.site,
        kind=session.kind,
        mode=session.mode,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        lead=session.lead,
        room=session.room,
        capacity=session.capacity,
        co_facilitators=tuple(row.staff for row in facilitations if not row.is_lead),
        patients=tuple(about),
        session_pk=session.pk,
        title=session.title,
        patients_present=not alone,
        relatives=tuple(series.relatives.all()) if series and series.kind == Kind.FAMILY else (),
    )
    return replace(as_it_is, **changes)


def _busy_staff(wanted: Wanted, facts: Facts) -> Broken:
    for person in wanted.staff:
        for other in _overlapping(wanted, facts.staff.get(person.pk, [])):
            yield Rule.STAFF_BUSY, f"{person.short_name} already leads {other.words}."


def _taken_room(wanted: Wanted, facts: Facts) -> Broken:
    if wanted.room is None:
        return
    stored = facts.stored_of(wanted)
    stays = stored is not None and stored.is_then(wanted) and stored.room_id == wanted.room.pk
    for other in _overlapping(wanted, facts.rooms.get(wanted.room.pk, [])):
        if not (stays and other.is_settled):
            yield Rule.ROOM_TAKEN, f"{wanted.room.name} is taken by {other.words}."


def _small_room(wanted: Wanted, facts: Facts) -> Broken:
    if wanted.room is None or wanted.is_video or wanted.capacity <= wanted.room.seats:
        return
    stored = facts.stored_of(wanted)
    if stored is None or (stored.room_id, stored.capacity) != (wanted.room.pk, wanted.capacity):
        said = f"{wanted.room.name} has {wanted.room.seats} seats; {wanted.named} needs {wanted.capacity}"
        yield Rule.ROOM_TOO_SMALL, f"{said} on {wanted.day}."


def _busy_patient(wanted: Wanted, facts: Facts) -> Broken:
    for patient in wanted.expected:
        for other in _overlapping(wanted, facts.patients.get(patient.pk, [])):
            yield Rule.PATIENT_BUSY, f"{wanted.called(patient)} has {other.words} at that time already."


def _unavailable_patient(wanted: Wanted, facts: Facts) -> Broken:
    stored, day, tz_name = facts.stored_of(wanted), wanted.occurs_on, wanted.site.time_zone
    for patient in wanted.expected:
        if stored is not None and stored.is_then(wanted) and patient.pk in stored.patients:
            continue
        for hours in facts.unavailable.get(patient.pk, []):
            span = at_local(day, hours.starts, tz_name), at_local(day, hours.ends, tz_name)
            if hours.holds_on(day) and wanted.overlaps(*span):
                why = f"{hours.get_why_display().lower()}, {_span_words(*span, tz_name)}"
                yield Rule.PATIENT_UNAVAILABLE, f"{wanted.called(patient)} cannot come {wanted.when} ({why})."


def _kept_apart(wanted: Wanted, facts: Facts) -> Broken:
    """Without a name: whoever books needs to know that it is so, not who it is."""
    for patient in wanted.expected:
        if patient.pk in facts.beside.get(wanted.session_pk or 0, ()):
            who = wanted.called(patient)
            yield Rule.KEPT_APART, f"{who} is kept apart from someone in {wanted.named}, {wanted.day}."


def _full(wanted: Wanted, facts: Facts) -> Broken:
    stored = facts.stored_of(wanted)
    booked, held = (stored.patients, stored.held_seats) if stored else (frozenset[int](), 0)
    if len(booked | {patient.pk for patient in wanted.expected}) + held <= wanted.capacity:
        return
    if held:
        kept = f"{len(booked)} people are booked in {wanted.named} on {wanted.day}, {held} held for an offer"
        yield Rule.FULL, f"{kept}; {wanted.capacity} seats are too few."
    elif len(booked) > wanted.capacity:
        few = f"{len(booked)} people are booked in {wanted.named} on {wanted.day}"
        yield Rule.FULL, f"{few}; {wanted.capacity} seats are too few."
    else:
        seats = f"{len(booked)} of {wanted.capacity} seats"
        yield Rule.FULL, f"{wanted.named} is full on {wanted.day} ({seats})."


def _closed(wanted: Wanted, facts: Facts) -> Broken:
    for closure in facts.closures.get(wanted.site.pk, []):
        if wanted.overlaps(closure.starts_at, closure.ends_at):
            yield Rule.CLOSED, f"{wanted.site.name} is closed on {wanted.day}: {closure.name}."


def _absent(wanted: Wanted, facts: Facts) -> Broken:
    for person in wanted.staff:
        away = facts.absences.get(person.pk, [])
        if any(wanted.overlaps(absence.starts_at, absence.ends_at) for absence in away):
            yield Rule.ABSENT, f"{person.short_name} is away {wanted.when}."


def _outside_hours(wanted: Wanted, facts: Facts) -> Broken:
    stored = facts.stored_of(wanted)
    for person in wanted.staff:
        if stored is not None and stored.is_then(wanted) and person.pk in stored.staff:
            continue
        known = facts.hours.get(person.pk, [])
        spans = _hours_on(wanted, known)
        if known and not any(starts <= wanted.starts_at and wanted.ends_at <= ends for starts, ends in spans):
            yield Rule.OUTSIDE_HOURS, _hours_words(wanted, person, spans)


def _hours_on(wanted: Wanted, known: list[WorkingHours]) -> list[tuple[datetime, datetime]]:
    """The day's working hours at the site as instants; hours that meet are one span."""
    day, tz_name = wanted.occurs_on, wanted.site.time_zone
    here = [h for h in known if h.site_id == wanted.site.pk and h.weekday == day.weekday()]
    spans: list[tuple[datetime, datetime]] = []
    for hours in sorted(here, key=lambda one: one.starts):
        starts, ends = at_local(day, hours.starts, tz_name), at_local(day, hours.ends, tz_name)
        if spans and starts <= spans[-1][1]:
            starts, ends = spans[-1][0], max(ends, spans.pop()[1])
        spans.append((starts, ends))
    return spans


def _hours_words(wanted: Wanted, person: User, spans: list[tuple[datetime, datetime]]) -> str:
    if not spans:
        return f"{person.short_name} does not work at {wanted.site.name} on {wanted.day}."
    there = " and ".join(_span_words(*span, wanted.site.time_zone) for span in spans)
    return f"{person.short_name} works {there} on {wanted.day}, not {_wanted_span(wanted)}."


def _credential(wanted: Wanted, facts: Facts) -> Broken:
    role = Role(wanted.lead.role)
    who = f"{wanted.lead.short_name}’s role is {role.words.lower()}"
    if wanted.kind == Kind.MEDICATION and role != Role.PRESCRIBER:
        yield Rule.CREDENTIAL, f"A medication visit is with a prescriber; {who}."
    elif role not in ALLOWED[Permission.WRITE_NOTES]:
        yield Rule.CREDENTIAL, f"A session is led by someone who may write its notes; {who}."


def _license(wanted: Wanted, facts: Facts) -> Broken:
    day, lead = wanted.occurs_on, wanted.lead
    held = {row.state_code: row for row in facts.licenses.get(lead.pk, [])}
    states: dict[str, Patient | None] = {} if wanted.is_video else {wanted.site.state_code: None}
    if wanted.is_video:
        states = {patient.state_code or wanted.site.state_code: patient for patient in wanted.patients[::-1]}
    for state, patient in states.items():
        row = held.get(state)
        if row is None and patient is not None:
            there = f"where {wanted.called(patient)} is by video on {wanted.day}"
            yield Rule.LICENSE, f"{lead.short_name} has no license for {state}, {there}."
        elif row is not None and row.expires_on is not None and row.expires_on < day:
            ended = f"{row.expires_on.month}/{row.expires_on.day}/{row.expires_on.year}"
            yield Rule.LICENSE, f"{lead.short_name}’s {state} license ends {ended}, before {wanted.day}."


def _consent(wanted: Wanted, facts: Facts) -> Broken:
    stored = facts.stored_of(wanted)
    known = stored.patients if stored is not None and stored.mode == wanted.mode else frozenset()
    for patient in wanted.patients if wanted.is_video else ():
        if patient.pk not in known and not _in_force(facts.consents.get(patient.pk, []), wanted.occurs_on):
            said = f"{wanted.called(patient)} has no consent to video sessions in force on {wanted.day}."
            yield Rule.CONSENT, said
    for person in wanted.relatives:
        if not _in_force(facts.agreed.get(person.pk, []), wanted.occurs_on):
            said = f"There is no consent to family sessions with {person.name} in force on {wanted.day}."
            yield Rule.CONSENT, said


def _in_force(signed: list[Consent], day: date) -> bool:
    begun = [one for one in signed if one.begun_on(day)]
    return any(one.expires_on is None or day <= one.expires_on for one in begun)


RULES: tuple[Callable[[Wanted, Facts], Broken], ...] = (
    _closed, _absent, _busy_staff, _outside_hours, _credential, _license,
    _taken_room, _small_room, _full, _busy_patient, _unavailable_patient, _consent,
)  # fmt: skip
RULES_OF_A_PLACE = (_busy_patient, _unavailable_patient, _kept_apart, _consent)


def _overlapping(wanted: Wanted, taken: list[Taken]) -> list[Taken]:
    return [one for one in taken if wanted.overlaps(one.starts_at, one.ends_at)]


def _span_words(starts_at: datetime, ends_at: datetime, tz_name: str) -> str:
    return f"{wall(starts_at, tz_name)} to {wall(ends_at, tz_name)}"


def _wanted_span(wanted: Wanted) -> str:
    return _span_words(wanted.starts_at, wanted.ends_at, wanted.site.time_zone)
