"""Moving one session, as its page does: to a day and a wall-clock time, and to another room."""

from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.clock import zone
from scheduling.edits import Changes, Scope, edit
from scheduling.models import Room, TherapySession


def move(
    *,
    actor: User,
    session: TherapySession,
    starts_at: datetime,
    room: Room | None = None,
    version: int | None = None,
    now: datetime,
) -> list[TherapySession]:
    """This one, to an aware instant; as long as before, and in its room unless one is given."""
    wall = starts_at.astimezone(zone(session.site.time_zone))
    changes: Changes = {"on": wall.date(), "starts": wall.time()}
    if room is not None:
        changes["room"] = room
    return edit(actor=actor, session=session, scope=Scope.THIS, changes=changes, version=version, now=now)
