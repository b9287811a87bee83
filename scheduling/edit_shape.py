"""What an edit of sessions asks for, and what each would become. Pure but for the rows it is given."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict

from django.db.models import TextChoices

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local, zone
from iop_clinic.refusal import Refused
from scheduling.choices import AS_ASKED, Choice, Choices
from scheduling.evaluation import Wanted, wanted_of
from scheduling.models import Room, TherapySession

TIME = "time"
PLANNED = "plan"  # beside TIME: the planner chose it, so it may choose again
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
class Edited:
    """One session, what it would become, what of it changes, and what was chosen for its day."""

    session: TherapySession
    wanted: Wanted
    keys: frozenset[str]
    choice: Choice
    was_at: datetime

    @property
    def moves(self) -> bool:
        return self.wanted.starts_at != self.was_at or "minutes" in self.keys


def shift_of(base: TherapySession, scope: str, changes: Changes) -> timedelta:
    """How many days the sessions move; a whole pattern moves within its week."""
    shift = changes.get("on", base.occurs_on) - base.occurs_on
    if scope != Scope.THIS and abs(shift.days) > MOST_DAYS:
        said = "A weekly session moves by six days at most. Choose a day nearer to it."
        raise Refused(said, status=422, on=said)
    return shift


def edited_of(
    session: TherapySession, base: TherapySession, changes: Changes, shift: timedelta, choices: Choices
) -> Edited:
    """What this session would become: all that is asked for, but not what is its own.

    `choices` are by the day it would be on; a skipped one stays as it is.
    """
    own = set() if session.pk == base.pk else set(session.own)
    keys = set(changes) - own - (TIME_KEYS if TIME in own else set())
    asked: dict[str, Any] = {key: value for key, value in changes.items() if key in keys}
    wanted = _wanted(session, asked, shift)
    choice = choices.get(wanted.occurs_on, AS_ASKED) if keys else AS_ASKED
    if choice.skip:
        return Edited(session, wanted_of(session), frozenset(), choice, session.starts_at)
    keys |= {key for key in ("room", "lead") if getattr(choice, key) is not None}
    return Edited(session, choice.of(wanted), frozenset(keys), choice, session.starts_at)


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
