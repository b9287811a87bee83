"""What an edit of sessions asks for, and what each would become. Pure but for the rows it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict

from django.db.models import TextChoices

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local, zone
from iop_clinic.refusal import Refused
from scheduling.evaluation import Clash, Wanted, wanted_of
from scheduling.models import Room, TherapySession
from scheduling.models.group import Mode

TIME = "time"
TIME_KEYS = frozenset({"on", "starts", "minutes"})
MOST_DAYS = 6


class Scope(TextChoices):
    THIS = "this", "This one"
    LATER = "later", "This and later"
    ALL = "all", "All future"


class Changes(TypedDict, total=False):
    """What should be different; a key that is left out stays as it is. Wall clock of the site."""

    on: date
    starts: time
    minutes: int
    mode: str
    room: Room | None
    lead: User
    co_facilitators: tuple[User, ...]
    capacity: int


@dataclass(frozen=True)
class Way:
    """The way round chosen for one session: leave it as it is, cancel it, another room or clinician."""

    LEAVE, CANCEL = "leave", "cancel"

    what: str = ""
    room: Room | None = None
    lead: User | None = None

    @property
    def keys(self) -> frozenset[str]:
        """What it gives the session besides the edit."""
        return frozenset(key for key in ("room", "lead") if getattr(self, key) is not None)


@dataclass(frozen=True)
class Edited:
    """One session, what it would become, and what is in the way of that."""

    session: TherapySession
    wanted: Wanted
    keys: frozenset[str]
    way: Way
    was_at: datetime
    clashes: tuple[Clash, ...] = ()

    @property
    def is_changed(self) -> bool:
        return bool(self.keys) or self.way.what == Way.CANCEL

    @property
    def moves(self) -> bool:
        return self.wanted.starts_at != self.was_at or "minutes" in self.keys


class EditRefused(Refused):
    """Some sessions clash: nothing was saved. `edited` holds them for the page that lists the ways round."""

    def __init__(self, edited: Sequence[Edited], of: int) -> None:
        count = len(edited)
        said = "1 session clashes" if count == 1 else f"{count} sessions clash"
        super().__init__(f"Not saved: {said}, of {of}. Choose a way round below.")
        self.edited = edited


def shift_of(base: TherapySession, scope: str, changes: Changes) -> timedelta:
    """How many days the sessions move; a whole pattern moves within its week."""
    shift = changes.get("on", base.occurs_on) - base.occurs_on
    if scope != Scope.THIS and abs(shift.days) > MOST_DAYS:
        said = "A weekly session moves by six days at most. Choose a day nearer to it."
        raise Refused(said, status=422, on=said)
    return shift


def edited_of(
    session: TherapySession, base: TherapySession, changes: Changes, shift: timedelta, way: Way
) -> Edited:
    """What this session would become: all that is asked for, but not what is its own."""
    own = set() if session.pk == base.pk else set(session.own)
    keys = set(changes) - own
    if way.what == Way.LEAVE:
        keys = set()
    if TIME_KEYS & keys and TIME in own:
        keys -= TIME_KEYS
    if way.what == Way.CANCEL:
        return Edited(session, wanted_of(session), frozenset(), way, session.starts_at)
    asked: dict[str, Any] = {key: value for key, value in changes.items() if key in keys}
    if way.room is not None:
        asked["room"] = way.room
    if way.lead is not None:
        asked["lead"] = way.lead
    return Edited(session, _wanted(session, asked, shift), frozenset(asked), way, session.starts_at)


def _wanted(session: TherapySession, asked: dict[str, Any], shift: timedelta) -> Wanted:
    wall = session.starts_at.astimezone(zone(session.site.time_zone))
    day = session.occurs_on + (shift if "on" in asked else timedelta())
    starts_at, lasts = session.starts_at, session.ends_at - session.starts_at
    if "on" in asked or "starts" in asked:
        starts_at = at_local(day, asked.get("starts", wall.time()), session.site.time_zone)
    if "minutes" in asked:
        lasts = timedelta(minutes=asked["minutes"])
    same = {key: value for key, value in asked.items() if key not in TIME_KEYS}
    return wanted_of(session, starts_at=starts_at, ends_at=starts_at + lasts, **same)


def require_shape(going: list[Edited]) -> None:
    """422 at the field for what no session may be."""
    for one in going:
        wanted, lasts = one.wanted, (one.wanted.ends_at - one.wanted.starts_at) // timedelta(minutes=1)
        if not 5 <= lasts <= 480 or lasts <= one.session.break_minutes:
            raise Refused("A session lasts 5 to 480 minutes.", status=422, minutes="5 to 480 minutes.")
        if not 1 <= wanted.capacity <= 100:
            raise Refused("A session has 1 to 100 seats.", status=422, capacity="1 to 100 seats.")
        if wanted.mode == Mode.IN_PERSON and wanted.room is None:
            raise Refused("Choose a room, or make it a video session.", status=422, room="Choose a room.")
        if wanted.room is not None and (wanted.room.site_id != wanted.site.pk or not wanted.room.is_active):
            raise Refused("That room is not in use at this site.", status=422, room="Choose another room.")
        if wanted.lead in wanted.co_facilitators:
            said = f"{wanted.lead.short_name} leads it already."
            raise Refused(said, status=422, co_facilitators=said)
