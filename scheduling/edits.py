"""Editing a session: this one, this and later, or all future. One that has begun is never rewritten.

Only what is asked for changes: a session that someone changed by itself keeps what it was given then
(`TherapySession.own`). Every edited session is looked at before anything is saved.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from scheduling.changes import Told, What, tell_changes
from scheduling.choices import Choices, going_ahead
from scheduling.clashes import moved_clash, refused_in_words, span_of
from scheduling.edit_shape import (
    PLANNED,
    TIME,
    TIME_KEYS,
    Changes,
    Edited,
    Scope,
    edited_of,
    shift_of,
)  # fmt: skip
from scheduling.evaluation import PEOPLE, Rule, clashes_of
from scheduling.group_override import standing_after
from scheduling.models import Booking, CoFacilitator, Facilitation, Group, Override, TherapySession
from scheduling.moving import require_movable
from scheduling.overrides import allow
from scheduling.seats import moved_again
from scheduling.session_shape import require_leads, require_shape
from scheduling.turns import keep_open, lock_group, lock_people_and_rooms, lock_sessions, taking_turns

__all__ = ["Changes", "Scope", "change", "edit", "told_of_edited"]

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
    choices: Choices | None = None,
    reason: str = "",
    lasting: bool = False,
    version: int | None = None,
    now: datetime,
) -> list[TherapySession]:
    """Change the session, and with LATER or ALL those of its group or series; the sessions changed.

    All or nothing. Clashing 409 holds every clash that is left; `choices` answer them by the day a session
    would be on (a skipped one stays as it is), `reason` is for those that go ahead anyway; with `lasting`
    the weeks its group makes later go ahead too. 409 for a session begun, cancelled or changed since
    `version`; 422 names the field; 403 without the right to go ahead.
    """
    edited = change(
        actor=actor, session=session, scope=scope, changes=changes, choices=choices or {}, reason=reason,
        lasting=lasting, version=version, now=now,
    )  # fmt: skip
    tell_changes(told_of_edited(edited), now)
    return [one.session for one in edited]


def change(
    *,
    actor: User,
    session: TherapySession,
    scope: str,
    changes: Changes,
    choices: Choices,
    reason: str = "",
    lasting: bool = False,
    version: int | None = None,
    now: datetime,
) -> list[Edited]:
    """As `edit`, in the caller's transaction; nobody is told yet."""
    keep_open(session.site_id)
    group = lock_group(session.group_id) if session.group_id else None
    _lock_scarce(session, changes, choices)
    chosen = _lock_chosen(session, scope, now)
    base = chosen[0]
    require_movable(base, version, now)
    shift = shift_of(base, scope, changes)
    edited = [edited_of(one, base, changes, shift, choices) for one in chosen]
    if edited[0].wanted.starts_at <= now:
        raise Refused("That time has passed.", status=422, starts="This time has passed.")
    edited = [one for one in edited if one.keys and one.wanted.starts_at > now]
    if not edited:
        return []
    for one in edited:
        require_shape(one.wanted, one.session.break_minutes)
    require_leads(base.site, (one.wanted.lead for one in edited if "lead" in one.keys))
    ahead = going_ahead(clashes_of([one.wanted for one in edited]), choices)
    override = allow(actor=actor, site=base.site, clashes=ahead, reason=reason)
    for one in edited:
        _mark(one.session, override, [clash.rule for clash in ahead if clash.wanted is one.wanted])
    for one in sorted(edited, key=lambda one: one.wanted.starts_at, reverse=shift > timedelta()):
        _save(one, scope, now)
    if group is not None and scope != Scope.THIS:
        _change_pattern(group, changes, shift, edited, override if lasting else None)
    record(actor, "scheduling.edit", base, scope=str(scope), sessions=len(edited), version=base.version)
    return edited


def _lock_scarce(session: TherapySession, changes: Changes, choices: Choices) -> None:
    """People by number, then rooms by number."""
    people = [session.lead, changes.get("lead"), *changes.get("co_facilitators", ())]
    people += [choice.lead for choice in choices.values()]
    rooms = [session.room, changes.get("room"), *(choice.room for choice in choices.values())]
    lock_people_and_rooms({one.pk for one in people if one}, {room.pk for room in rooms if room})


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


def _mark(session: TherapySession, override: Override | None, rules: list[Rule]) -> None:
    if rules:
        session.override = override
        session.shares_room = session.shares_room or Rule.ROOM_TAKEN in rules


def _save(one: Edited, scope: str, now: datetime) -> None:
    session, wanted = one.session, one.wanted
    if scope != Scope.THIS and session.pattern_on is not None:
        session.pattern_on += wanted.occurs_on - session.occurs_on
    session.starts_at, session.ends_at, session.occurs_on = wanted.starts_at, wanted.ends_at, wanted.occurs_on
    session.mode, session.room, session.lead = wanted.mode, wanted.room, wanted.lead
    session.capacity, session.version = wanted.capacity, session.version + 1
    session.own = _own(one, scope)
    with refused_in_words(lambda constraint: moved_clash(session, constraint)):
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
    chosen = {key for key in ("room", "lead") if getattr(one.choice, key) is not None}
    mine = {TIME if key in TIME_KEYS else key for key in (one.keys if scope == Scope.THIS else chosen)}
    before = set(one.session.own) - ({PLANNED} if TIME in mine else set())
    return sorted(mine | before)


def told_of_edited(edited: Iterable[Edited]) -> dict[What, list[Told]]:
    """Who is booked hears that it moved, or that someone else leads it or it is elsewhere."""
    kept = {one.session.pk: one for one in edited}
    moved, changed = [], []
    for booking in Booking.objects.active().filter(session__in=kept).select_related("patient"):
        one = kept[booking.session_id]
        booking.session = one.session
        if one.moves:
            moved.append(Told(booking, one.was_at))
        elif one.keys & {"lead", "room", "mode"}:
            changed.append(Told(booking, one.was_at))
    return {What.MOVED: moved, What.CHANGED: changed}


def _change_pattern(
    group: Group, changes: Changes, shift: timedelta, edited: list[Edited], override: Override | None
) -> None:
    """The weekly pattern says the same from the first changed session on."""
    changed = {*changes, "weekday"} if shift.days else set(changes)
    group.override = standing_after(group, changed, override)
    given = {name: changes[name] for name in PATTERN if name in changes}  # type: ignore[literal-required]
    for name, value in given.items():
        setattr(group, name, value)
    group.weekday = (group.weekday + shift.days) % 7
    first_on = min((one.session.pattern_on for one in edited if one.session.pattern_on), default=None)
    group.pattern_from_on = max(filter(None, (group.pattern_from_on, first_on)), default=None)
    with refused_in_words():
        group.save(update_fields=[*given, "weekday", "pattern_from_on", "override"])
    if "co_facilitators" in changes:
        CoFacilitator.objects.filter(group=group).delete()
        CoFacilitator.objects.bulk_create(
            CoFacilitator(group=group, staff=person) for person in changes["co_facilitators"]
        )
