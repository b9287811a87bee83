"""Editing a session: this one, this and later, or all future. One that has begun is never rewritten.

Only what is asked for changes: a session that someone changed by itself keeps what it was given then
(`TherapySession.own`). Every edited session is looked at before anything is saved.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from scheduling.changes import Told, What, tell_change
from scheduling.clashes import member_clash, refused_in_words, session_clash, span_of
from scheduling.edit_shape import (
    TIME,
    TIME_KEYS,
    Changes,
    Edited,
    EditRefused,
    Scope,
    Way,
    edited_of,
    require_shape,
    shift_of,
)  # fmt: skip
from scheduling.evaluation import PEOPLE, Clash, Rule, clashes_of
from scheduling.models import Booking, CoFacilitator, Facilitation, Group, Override, Room, TherapySession
from scheduling.moving import cancel_session, require_movable
from scheduling.seats import moved_again
from scheduling.turns import lock_group, lock_people_and_room, lock_sessions, taking_turns

__all__ = ["Changes", "EditRefused", "Scope", "Way", "edit"]

SAVED = [
    "starts_at", "ends_at", "occurs_on", "pattern_on", "mode", "room", "lead", "capacity", "version",
    "override", "shares_room", "own",
]  # fmt: skip
PATTERN = ("starts", "minutes", "mode", "room", "lead", "capacity")


@taking_turns
def edit(
    *,
    actor: User,
    session: TherapySession,
    scope: str,
    changes: Changes,
    ways: Mapping[int, Way] | None = None,
    reason: str = "",
    version: int | None = None,
    now: datetime,
) -> list[TherapySession]:
    """Change the session, and with LATER or ALL those of its group or series; the sessions changed.

    All or nothing. EditRefused 409 lists what clashes; `ways` answers it by session number, `reason`
    overrides what may be overridden. 409 for a session begun, cancelled or changed since `version`;
    422 names the field.
    """
    ways = ways or {}
    group = lock_group(session.group_id) if session.group_id else None
    _lock_scarce(session, changes, ways)
    chosen = _lock_chosen(session, scope, now)
    base = chosen[0]
    require_movable(base, version, now)
    shift = shift_of(base, scope, changes)
    edited = [edited_of(one, base, changes, shift, ways.get(one.pk, Way())) for one in chosen]
    if edited[0].wanted.starts_at <= now:
        raise Refused("That time has passed.", status=422, starts="This time has passed.")
    edited = [one for one in edited if one.is_changed and one.wanted.starts_at > now]
    if not edited:
        return []
    override = _settle(actor, edited, reason)
    for one in sorted(edited, key=lambda one: one.wanted.starts_at, reverse=shift > timedelta()):
        _save(actor, one, override, scope, now)
    _tell(edited, now)
    if group is not None and scope != Scope.THIS:
        _change_pattern(group, changes, shift, edited)
    record(actor, "scheduling.edit", base, scope=str(scope), sessions=len(edited), version=base.version)
    return [one.session for one in edited]


def _lock_scarce(session: TherapySession, changes: Changes, ways: Mapping[int, Way]) -> None:
    """People by number, then rooms by number."""
    people = [session.lead, changes.get("lead"), *changes.get("co_facilitators", ())]
    people += [way.lead for way in ways.values()]
    lock_people_and_room({person.pk for person in people if person}, None)
    rooms = [session.room, changes.get("room"), *(way.room for way in ways.values())]
    wanted = Room.objects.select_for_update(no_key=True).filter(pk__in={room.pk for room in rooms if room})
    list(wanted.only("pk").order_by("pk"))


def _lock_chosen(session: TherapySession, scope: str, now: datetime) -> list[TherapySession]:
    """The session first, then the others of the scope that have not begun, by time."""
    pks = {session.pk}
    if scope != Scope.THIS and (session.group_id or session.series_id):
        family = {"group": session.group_id} if session.group_id else {"series": session.series_id}
        others = TherapySession.objects.scheduled().filter(starts_at__gt=now, **family)
        if scope == Scope.LATER:
            others = others.filter(starts_at__gte=session.starts_at)
        pks |= set(others.values_list("pk", flat=True))
    lock_sessions(pks)
    rows = TherapySession.objects.filter(pk__in=pks).select_related(
        "site", "room", "lead", "group", "series__episode__patient"
    )
    found = rows.prefetch_related(*PEOPLE).order_by("starts_at", "pk")
    return sorted(found, key=lambda one: one.pk != session.pk)


def _settle(actor: User, edited: list[Edited], reason: str) -> Override | None:
    """None when nothing is in the way; the reasoned choice when that is enough; else EditRefused."""
    going = [one for one in edited if one.way.what != Way.CANCEL]
    require_shape(going)
    by_pk: dict[int | None, list[Clash]] = {}
    for clash in clashes_of([one.wanted for one in going]):
        by_pk.setdefault(clash.wanted.session_pk, []).append(clash)
    if not by_pk:
        return None
    found = [clash for several in by_pk.values() for clash in several]
    settled = bool(reason.strip()) and may(actor.role, Permission.OVERRIDE_CLASH)
    if not settled or not all(clash.can_override for clash in found):
        clashing = [replace(one, clashes=tuple(by_pk.get(one.session.pk, ()))) for one in going]
        raise EditRefused([one for one in clashing if one.clashes], len(going))
    for one in going:
        if any(clash.rule == Rule.ROOM_TAKEN for clash in by_pk.get(one.session.pk, ())):
            one.session.shares_room = True
    rules = sorted({str(clash.rule) for clash in found})
    return Override.objects.create(rules=rules, reason=reason.strip()[:200], allowed_by=actor)


def _save(actor: User, one: Edited, override: Override | None, scope: str, now: datetime) -> None:
    session, wanted = one.session, one.wanted
    if one.way.what == Way.CANCEL:
        cancel_session(actor=actor, session=session, reason="It could not change with the others.", now=now)
        return
    if scope != Scope.THIS and session.pattern_on is not None:
        session.pattern_on += wanted.occurs_on - session.occurs_on
    session.starts_at, session.ends_at, session.occurs_on = wanted.starts_at, wanted.ends_at, wanted.occurs_on
    session.mode, session.room, session.lead = wanted.mode, wanted.room, wanted.lead
    session.capacity, session.version = wanted.capacity, session.version + 1
    session.override = override or session.override
    session.own = _own(one, scope)
    with refused_in_words(lambda constraint: _name_it(session, constraint)):
        if "co_facilitators" in one.keys:
            session.facilitations.filter(is_lead=False).delete()
        session.save(update_fields=SAVED)
        if "co_facilitators" in one.keys:
            Facilitation.objects.bulk_create(
                Facilitation(session=session, during=span_of(session), status=session.status, staff=person)
                for person in wanted.co_facilitators
            )
    if one.moves:
        moved_again(session, now)


def _own(one: Edited, scope: str) -> list[str]:
    """What its group or series no longer changes: what this session was given by itself."""
    mine = one.keys if scope == Scope.THIS else one.way.keys
    return sorted({TIME if key in TIME_KEYS else key for key in mine} | set(one.session.own))


def _name_it(session: TherapySession, constraint: str) -> str:
    if constraint == "booking_patient_in_one_place":
        return member_clash(session)
    return session_clash(session, constraint)


def _tell(edited: Iterable[Edited], now: datetime) -> None:
    """Who is booked hears that it moved, or that someone else leads it or it is elsewhere."""
    kept = {one.session.pk: one for one in edited if one.way.what != Way.CANCEL}
    moved, changed = [], []
    for booking in Booking.objects.active().filter(session__in=kept).select_related("patient"):
        one = kept[booking.session_id]
        booking.session = one.session
        if one.moves:
            moved.append(Told(booking, one.was_at))
        elif one.keys & {"lead", "room", "mode"}:
            changed.append(Told(booking, one.was_at))
    tell_change(moved, What.MOVED, now)
    tell_change(changed, What.CHANGED, now)


def _change_pattern(group: Group, changes: Changes, shift: timedelta, edited: list[Edited]) -> None:
    """The weekly pattern says the same from the first changed session on."""
    given = {name: changes[name] for name in PATTERN if name in changes}  # type: ignore[literal-required]
    for name, value in given.items():
        setattr(group, name, value)
    group.weekday = (group.weekday + shift.days) % 7
    first_on = min((one.session.pattern_on for one in edited if one.session.pattern_on), default=None)
    group.pattern_from_on = max(filter(None, (group.pattern_from_on, first_on)), default=None)
    with refused_in_words():
        group.save(update_fields=[*given, "weekday", "pattern_from_on"])
    if "co_facilitators" in changes:
        CoFacilitator.objects.filter(group=group).delete()
        CoFacilitator.objects.bulk_create(
            CoFacilitator(group=group, staff=person) for person in changes["co_facilitators"]
        )
