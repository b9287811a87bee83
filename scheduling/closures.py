"""Closing a site for a time, together with what becomes of every session in it.

The site's row is locked first, so that no session slips in; PostgreSQL refuses one that would. A session
that has begun stays. Opening again is beside this, in `reopening`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from scheduling.changes import Told, What, tell_changes
from scheduling.clashes import refused_in_words
from scheduling.evaluation import Clash, Rule, clashes_of, wanted_of
from scheduling.models import Closure, Override, TherapySession
from scheduling.moving import call_off, put_at
from scheduling.overrides import allow
from scheduling.replanning import Answers, Deed, locked, require_answers, require_settled
from scheduling.session_shape import require_room
from scheduling.turns import lock_people_and_rooms, taking_turns

LONGEST = timedelta(days=92)
NO_REASON = "Say why it may, or choose another time or room."


@dataclass(frozen=True)
class Closing:
    """Time in which the site shall be closed: aware instants."""

    name: str
    kind: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Moving:
    """A session that moves, and what is in the way of that."""

    session: TherapySession
    starts_at: datetime
    clashes: tuple[Clash, ...]


def hit_by(site: Site, closings: Sequence[Closing], now: datetime) -> QuerySet[TherapySession]:
    """Coming sessions of the site in one of these times."""
    if not closings:
        return TherapySession.objects.none()
    inside = Q()
    for one in closings:
        inside |= Q(during__overlap=TimestamptzRange(one.starts_at, one.ends_at))
    return TherapySession.objects.scheduled().filter(inside, site=site, starts_at__gt=now)


@taking_turns
def close(
    *,
    actor: User,
    site: Site,
    closings: Sequence[Closing],
    answers: Answers,
    reason: str = "",
    now: datetime,
) -> list[Closure]:
    """Close the site, and cancel or move each session in that time; each patient is told once of it all.

    All or nothing, looked at anew. Unsettled 409 when other sessions are hit than were answered, or with
    what is in the way of a move; `reason` overrides what may be. 409 for time closed already; 422 for
    impossible times.
    """
    _require_possible(closings, now)
    Site.objects.select_for_update(no_key=True).only("pk").get(pk=site.pk)
    hit = hit_by(site, closings, now)
    _lock_scarce(hit, answers)
    sessions = locked(hit)
    require_answers(sessions, answers)
    closures = [_close_time(actor, site, closing) for closing in closings]
    told: dict[What, list[Told]] = {What.CANCELLED: [], What.MOVED: []}
    for session in sessions:
        if answers[session.pk].deed == Deed.CANCEL:
            why = next(one for one in closures if _overlap(session, one))
            told[What.CANCELLED] += call_off(
                actor=actor, session=session, reason=f"Closed: {why.name}", closure=why, now=now
            )
    told[What.MOVED] += _move(actor, site, sessions, answers, reason, now)
    tell_changes(told, now)
    for closure in closures:
        record(actor, "scheduling.close", closure, sessions=len(sessions))
    return closures


def _require_possible(closings: Sequence[Closing], now: datetime) -> None:
    if not closings:
        raise Refused("Choose at least one day.", status=422)
    for one in closings:
        if one.ends_at <= one.starts_at:
            raise Refused("It would end before it starts.", status=422, to_on="This is before the start.")
        if one.ends_at <= now:
            raise Refused("That time has passed.", status=422, to_on="This time has passed.")
        if one.ends_at - one.starts_at > LONGEST:
            raise Refused("That is more than three months.", status=422, to_on="Three months at most.")


def _lock_scarce(hit: QuerySet[TherapySession], answers: Answers) -> None:
    """Who leads the sessions that move, and the rooms they are in and go to."""
    moving = hit.filter(pk__in=[pk for pk, answer in answers.items() if answer.deed == Deed.MOVE])
    people = moving.order_by().values_list("facilitations__staff", flat=True)
    rooms = set(moving.order_by().values_list("room", flat=True))
    rooms |= {answer.room.pk for answer in answers.values() if answer.room}
    lock_people_and_rooms({pk for pk in people if pk}, {pk for pk in rooms if pk})


def _close_time(actor: User, site: Site, closing: Closing) -> Closure:
    closure = Closure(
        site=site,
        name=closing.name,
        kind=closing.kind,
        starts_at=closing.starts_at,
        ends_at=closing.ends_at,
        closed_by=actor,
    )
    with refused_in_words(lambda constraint: _closed_already(closure)):
        closure.save(force_insert=True)
    return closure


def _closed_already(wanted: Closure) -> str:
    then = TimestamptzRange(wanted.starts_at, wanted.ends_at)
    other = Closure.objects.standing().filter(site=wanted.site, during__overlap=then).first()
    return f"{wanted.site.name} is closed then already: {other.name}." if other else ""


def _overlap(session: TherapySession, closure: Closure) -> bool:
    return session.starts_at < closure.ends_at and closure.starts_at < session.ends_at


def _move(
    actor: User,
    site: Site,
    sessions: Sequence[TherapySession],
    answers: Answers,
    reason: str,
    now: datetime,
) -> list[Told]:
    """Look at all that move together, then move them; who to tell."""
    going = _going([one for one in sessions if answers[one.pk].deed != Deed.CANCEL], answers, now)
    found = [clash for one in going for clash in one.clashes]
    if found:
        _require_overridable(actor, going, reason)
    override = allow(actor=actor, site=site, clashes=found, reason=reason)
    told: list[Told] = []
    problems: dict[int, list[str]] = {}
    for one in going:
        try:
            told += _put(actor, one, answers, override, now)
        except Refused as refused:
            problems[one.session.pk] = [refused.sentence]
    require_settled(problems)
    return told


def _going(sessions: Sequence[TherapySession], answers: Answers, now: datetime) -> list[Moving]:
    problems: dict[int, list[str]] = {}
    wanted = []
    for session in sessions:
        answer = answers[session.pk]
        if answer.deed != Deed.MOVE or answer.starts_at is None:
            problems[session.pk] = ["Choose what becomes of it."]
        elif answer.starts_at <= now:
            problems[session.pk] = ["That time has passed."]
        else:
            lasts = session.ends_at - session.starts_at
            times = {"starts_at": answer.starts_at, "ends_at": answer.starts_at + lasts}
            wanted.append((session, wanted_of(session, room=answer.room or session.room, **times)))
    require_settled(problems)
    clashes: Mapping[int | None, list[Clash]] = _by_session(clashes_of([one for _, one in wanted]))
    return [Moving(one, to.starts_at, tuple(clashes.get(one.pk, ()))) for one, to in wanted]


def _by_session(clashes: Sequence[Clash]) -> dict[int | None, list[Clash]]:
    found: dict[int | None, list[Clash]] = {}
    for clash in clashes:
        found.setdefault(clash.wanted.session_pk, []).append(clash)
    return found


def _require_overridable(actor: User, going: Sequence[Moving], reason: str) -> None:
    """Unsettled, unless a reason by who may give one is enough for everything in the way."""
    problems = {one.session.pk: [clash.sentence for clash in one.clashes] for one in going if one.clashes}
    may_override = may(actor.role, Permission.OVERRIDE_CLASH)
    enough = may_override and all(clash.can_override for one in going for clash in one.clashes)
    if not enough:
        require_settled(problems)
    if not reason.strip():
        require_settled(problems, reason=NO_REASON)


def _put(actor: User, one: Moving, answers: Answers, override: Override | None, now: datetime) -> list[Told]:
    room, rules = answers[one.session.pk].room, {clash.rule for clash in one.clashes}
    require_room(one.session.site, room)
    return put_at(
        actor=actor,
        session=one.session,
        starts_at=one.starts_at,
        room=room,
        override=override if rules else None,
        shares_room=Rule.ROOM_TAKEN in rules,
        now=now,
    )
