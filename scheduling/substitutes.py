"""Who could lead a session instead: free, there and allowed to, those who know its patients first.

What someone needs to lead a session are the rules of the week (`evaluation`). Patients of a session know
whoever led a session of theirs in the last 60 days.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local, day_span, overlap_minutes, week_of
from iop_clinic.durations import in_hours
from iop_clinic.refusal import Refused
from iop_clinic.roles import ALLOWED, Permission, Role
from scheduling.changes import Told, What, tell_change, told_of
from scheduling.clashes import refused_in_words, session_clash
from scheduling.evaluation import LEAD_RULES, PEOPLE, Wanted, broken_by, wanted_of
from scheduling.facts import Facts, gather
from scheduling.models import Absence, Booking, Facilitation, TherapySession
from scheduling.moving import require_movable
from scheduling.turns import lock_people_and_room, lock_session, taking_turns

KNOWN_DAYS = 60
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Candidate:
    """Someone who may lead the session, or `why_not`. `knows` of the `expected` patients; minutes led."""

    staff: User
    knows: int
    expected: int
    weekly_minutes: int
    why_not: str
    day_words: str
    right_words: str
    is_beside: bool = False

    @property
    def knows_words(self) -> str:
        """ "Has led 9 of 11 of them" """
        if self.expected == 0:
            return "Nobody is booked"
        if self.expected == 1:
            return "Has met the patient" if self.knows else "Has not met the patient"
        if self.knows == 0:
            return f"New to all {self.expected}"
        return f"Has led {self.knows} of {self.expected} of them"


def who_may_lead(sites: Iterable[Site]) -> QuerySet[User]:
    rows = User.objects.filter(
        sites__in=list(sites), is_active=True, role__in=ALLOWED[Permission.WRITE_NOTES]
    )
    return rows.distinct()


def uncovered(site: Site) -> QuerySet[TherapySession]:
    """Sessions on the calendar whose lead is away then: they need a substitute."""
    away = Absence.objects.standing().filter(staff=OuterRef("lead"), during__overlap=OuterRef("during"))
    return TherapySession.objects.scheduled().filter(Exists(away), site=site)


def candidates(session: TherapySession, now: datetime) -> list[Candidate]:
    """Everyone who leads sessions at the site but the lead: the best first, those who cannot last."""
    return candidates_of([session], now)[session.pk]


def candidates_of(sessions: Sequence[TherapySession], now: datetime) -> dict[int, list[Candidate]]:
    """By session number. A constant number of queries, given `with_people`."""
    if not sessions:
        return {}
    wanted = {session.pk: wanted_of(session) for session in sessions}
    people = _people(sessions)
    tries = {
        pk: [(person, _led_by(one, person)) for person in people[one.site.pk] if person.pk != one.lead.pk]
        for pk, one in wanted.items()
    }
    every = [tried for row in tries.values() for _, tried in row]
    facts = gather(every) if every else Facts()
    known = _known(wanted.values(), now)
    led = _led(list(wanted.values()))
    return {
        session.pk: _ranked(
            _candidate(person, tried, facts, known, led) for person, tried in tries[session.pk]
        )
        for session in sessions
    }


def stand_ins(tries: Sequence[Wanted], facts: Facts, now: datetime) -> list[Candidate]:
    """Those who lead these tries of one session that is not on the calendar yet, the best first.

    Two queries, given `profile` and `licenses` of the leads.
    """
    if not tries:
        return []
    known, led = _known(tries[:1], now), _led(tries[:1])
    return _ranked(_candidate(one.lead, one, facts, known, led) for one in tries)


def with_people(rows: QuerySet[TherapySession]) -> QuerySet[TherapySession]:
    """With everything that the rules and the pages ask of a session."""
    related = ("site", "room", "lead", "group__track", "series__episode__patient")
    return rows.select_related(*related).prefetch_related(*PEOPLE)


def _people(sessions: Iterable[TherapySession]) -> dict[int, list[User]]:
    sites = {session.site for session in sessions}
    there = who_may_lead(sites).select_related("profile").prefetch_related("sites", "licenses")
    found: dict[int, list[User]] = {site.pk: [] for site in sites}
    for person in there:
        for site in person.sites.all():
            if site.pk in found:
                found[site.pk].append(person)
    return found


def _led_by(wanted: Wanted, person: User) -> Wanted:
    """As if this person led it alone: whether others beside them can come is not about them."""
    return replace(wanted, lead=person, co_facilitators=())


def _ranked(found: Iterable[Candidate]) -> list[Candidate]:
    return sorted(
        found,
        key=lambda one: (
            bool(one.why_not),
            -one.knows,
            one.weekly_minutes,
            one.staff.full_name,
            one.staff.pk,
        ),
    )


def _candidate(
    person: User, wanted: Wanted, facts: Facts, known: dict[int, set[int]], led: dict[int, list[Span]]
) -> Candidate:
    clashes = [said for rule, said in broken_by(wanted, facts) if rule in LEAD_RULES]
    patients = {patient.pk for patient in wanted.patients}
    spans = [span for span in led.get(person.pk, []) if span != (wanted.starts_at, wanted.ends_at)]
    stored = facts.stored_of(wanted)
    return Candidate(
        staff=person,
        knows=len(patients & known.get(person.pk, set())),
        expected=len(patients),
        weekly_minutes=_minutes_within(_week(wanted), spans),
        why_not=clashes[0] if clashes else "",
        day_words=_day_words(person, wanted, facts, spans),
        right_words=_right_words(person, wanted),
        is_beside=stored is not None and person.pk in stored.staff,
    )


def _known(wanted: Iterable[Wanted], now: datetime) -> dict[int, set[int]]:
    """By clinician, the patients of these sessions who were booked with them lately."""
    patients = {patient.pk for one in wanted for patient in one.patients}
    lately = Booking.objects.active().filter(
        patient__in=patients,
        session__starts_at__gte=now - timedelta(days=KNOWN_DAYS),
        session__starts_at__lt=now,
        session__status=TherapySession.Status.SCHEDULED,
    )
    pairs = lately.order_by().values_list("session__facilitations__staff", "patient").distinct()
    found: dict[int, set[int]] = defaultdict(set)
    for staff, patient in pairs:
        found[staff].add(patient)
    return found


def _week(wanted: Wanted) -> Span:
    return week_of(wanted.occurs_on, wanted.site.week_starts_weekday).span(wanted.site.time_zone)


def _led(wanted: Sequence[Wanted]) -> dict[int, list[Span]]:
    """By clinician, what they lead or help to lead in the weeks of these sessions."""
    weeks = [_week(one) for one in wanted]
    rows = Facilitation.objects.filter(
        status=TherapySession.Status.SCHEDULED,
        session__starts_at__gte=min(starts_at for starts_at, _ in weeks),
        session__starts_at__lt=max(ends_at for _, ends_at in weeks),
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for staff, starts_at, ends_at in rows.order_by().values_list(
        "staff", "session__starts_at", "session__ends_at"
    ):
        found[staff].append((starts_at, ends_at))
    return found


def _minutes_within(span: Span, spans: Iterable[Span]) -> int:
    return sum(overlap_minutes(*span, *one) for one in spans)


def _day_words(person: User, wanted: Wanted, facts: Facts, led: list[Span]) -> str:
    """ "3 h free that day", by their hours at the site; without any, what else they lead."""
    day, tz_name = wanted.occurs_on, wanted.site.time_zone
    hours = facts.hours.get(person.pk, [])
    if not hours:
        busy = _minutes_within(day_span(day, tz_name), led)
        return f"{in_hours(busy)} booked that day" if busy else "Nothing else that day"
    here = [one for one in hours if one.site_id == wanted.site.pk and one.weekday == day.weekday()]
    spans = [(at_local(day, one.starts, tz_name), at_local(day, one.ends, tz_name)) for one in here]
    free = sum(overlap_minutes(*span, *span) - _minutes_within(span, led) for span in spans)
    return f"{in_hours(free)} free that day" if free else "Not free that day"


def _right_words(person: User, wanted: Wanted) -> str:
    """ "LCSW, NJ license to 6/30/2027" """
    profile = getattr(person, "profile", None)
    words = [profile.credential if profile else Role(person.role).words]
    for held in person.licenses.all():
        if held.state_code == wanted.site.state_code:
            until = held.expires_on
            to = f" to {until.month}/{until.day}/{until.year}" if until else ""
            words.append(f"{held.state_code} license{to}")
    return ", ".join(words)


@taking_turns
def substitute(
    *, actor: User, session: TherapySession, staff: User, version: int | None = None, now: datetime
) -> TherapySession:
    """Someone else leads the session; a co-facilitator may. Who is booked is told that it has changed.

    Refused 409 for a session begun, cancelled or changed since `version`, and with why they cannot.
    """
    lock_people_and_room({session.lead_id, staff.pk}, None)
    session = lock_session(session.pk)
    require_movable(session, version, now)
    if session.lead_id == staff.pk:
        return session
    found = next((one for one in candidates(session, now) if one.staff.pk == staff.pk), None)
    if found is None:
        raise Refused(f"{staff.short_name} leads no sessions at {session.site.name}.")
    tell_change(hand_over(actor=actor, session=session, to=found), What.CHANGED, now)
    return session


def hand_over(*, actor: User, session: TherapySession, to: Candidate) -> list[Told]:
    """A locked session to this candidate; who to tell. 409 with why not."""
    if to.why_not:
        raise Refused(to.why_not)
    session.lead, session.version = to.staff, session.version + 1
    session.own = sorted({"lead", *session.own})
    with refused_in_words(lambda constraint: session_clash(session, constraint)):
        session.save(update_fields=["lead", "version", "own"])
    record(actor, "scheduling.substitute", session, staff_id=to.staff.pk, version=session.version)
    return told_of(session, session.starts_at)
