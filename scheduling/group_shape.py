"""What a weekly group may look like when it is planned: names, times, place, people and seats."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local, local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import ALLOWED, Permission
from iop_clinic.wall import wall
from scheduling.models import Group, Room, Track
from scheduling.models.group import Kind, Mode, Weekday
from scheduling.session_shape import LONGEST_MINUTES, MOST_SEATS, require_room

GROUP_KINDS = (Kind.GROUP, Kind.PSYCHOEDUCATION, Kind.FAMILY, Kind.ACTIVITY)
PLANNED_AHEAD = timedelta(days=366)
SHORTEST_MINUTES = 15


@dataclass(frozen=True)
class GroupShape:
    """A weekly pattern as it was asked for; `weekday` 0 is Monday, `starts` the site's wall clock."""

    name: str
    kind: str
    weekday: int
    starts: time
    minutes: int
    lead: User
    from_on: date
    to_on: date | None = None
    room: Room | None = None
    mode: str = Mode.IN_PERSON
    capacity: int = 12
    minimum_size: int = 2
    break_minutes: int = 0
    curriculum: str = ""
    co_facilitators: tuple[User, ...] = field(default=())

    def as_row(self, track: Track) -> Group:
        """The group, not saved."""
        own: dict[str, Any] = {name: value for name, value in vars(self).items() if name != "co_facilitators"}
        return Group(track=track, **own | {"name": self.name.strip(), "curriculum": self.curriculum.strip()})


def require_shape(track: Track, shape: GroupShape, now: datetime) -> None:
    """Refused 422 at the field for what cannot be a group of this track."""
    _require_words(shape)
    _require_numbers(shape)
    _require_place(track, shape)
    _require_people(track, shape)
    _require_days(track, shape, now)


def require_words(name: str, minimum_size: int, capacity: int) -> None:
    """What may change at any time: a name, and fewest people within the seats."""
    if not name.strip():
        raise refusal("Give the group a name.", "name")
    if not 1 <= minimum_size <= capacity:
        raise refusal(f"From 1 to the {capacity} seats of the group.", "minimum_size")


def refusal(sentence: str, name: str) -> Refused:
    return Refused(sentence, status=422, **{name: sentence})


def _require_words(shape: GroupShape) -> None:
    if shape.kind not in GROUP_KINDS:
        raise refusal("Choose group, education, family or activity.", "kind")
    if not 1 <= shape.capacity <= MOST_SEATS:
        raise refusal(f"A group has 1 to {MOST_SEATS} seats.", "capacity")
    require_words(shape.name, shape.minimum_size, shape.capacity)


def _require_numbers(shape: GroupShape) -> None:
    if shape.weekday not in Weekday.values:
        raise refusal("Choose a weekday.", "weekday")
    if not SHORTEST_MINUTES <= shape.minutes <= LONGEST_MINUTES:
        raise refusal(f"A group lasts {SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes.", "minutes")
    if not 0 <= shape.break_minutes < shape.minutes:
        raise refusal("The breaks must be shorter than the group.", "break_minutes")


def _require_place(track: Track, shape: GroupShape) -> None:
    if shape.mode not in Mode.values:
        raise refusal("Choose in person or by video.", "mode")
    if shape.mode == Mode.IN_PERSON and shape.room is None:
        raise refusal("Choose a room, or make it a video group.", "room")
    require_room(track.site, shape.room)


def _require_people(track: Track, shape: GroupShape) -> None:
    if shape.lead in shape.co_facilitators:
        raise refusal(f"{shape.lead.short_name} leads the group already.", "co_facilitators")
    for person, name in ((shape.lead, "lead"), *((one, "co_facilitators") for one in shape.co_facilitators)):
        if not person.is_active or not person.sites.filter(pk=track.site_id).exists():
            raise refusal(f"{person.short_name} does not work at {track.site.name}.", name)
        if person.role not in ALLOWED[Permission.WRITE_NOTES]:
            raise refusal(f"{person.short_name} does not write notes, so cannot lead a group.", name)


def _require_days(track: Track, shape: GroupShape, now: datetime) -> None:
    today = local_day(now, track.site.time_zone)
    if shape.from_on < today:
        raise refusal("A new group begins today or later.", "from_on")
    if shape.from_on > today + PLANNED_AHEAD:
        raise refusal("Choose a first day within a year.", "from_on")
    begins_at = at_local(today, shape.starts, track.site.time_zone)
    if shape.from_on == today and shape.weekday == today.weekday() and begins_at <= now:
        said = f"Today’s start at {wall(begins_at, track.site.time_zone)} has passed. Choose a later day."
        raise refusal(said, "from_on")
    if shape.to_on is not None and shape.to_on < shape.from_on:
        raise refusal("The last day is before the first.", "to_on")
