"""What any session must look like before it is put on the calendar, or changed on it."""

from collections.abc import Iterable

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import minutes_between
from iop_clinic.refusal import Refused
from scheduling.models import Room
from scheduling.models.group import Kind, Mode
from scheduling.wanted import Wanted

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 480
MOST_SEATS = 100


def require_shape(wanted: Wanted, break_minutes: int = 0) -> None:
    """422 with the field for what no session of this site can be. Asks no query; see `require_leads`."""
    minutes = minutes_between(wanted.starts_at, wanted.ends_at)
    if wanted.kind not in Kind.values:
        raise _no("Choose what kind of session it is.", "kind")
    if wanted.mode not in Mode.values:
        raise _no("Choose in person or by video.", "mode")
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise _no(f"A session lasts {SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes.", "minutes")
    if not 0 <= break_minutes < minutes:
        raise _no("The breaks must be shorter than the session.", "minutes")
    if not 1 <= wanted.capacity <= MOST_SEATS:
        raise _no(f"A session has 1 to {MOST_SEATS} seats.", "capacity")
    if wanted.mode == Mode.IN_PERSON and wanted.room is None:
        raise _no("Choose a room, or make it a video session.", "room")
    require_room(wanted.site, wanted.room)
    if wanted.lead in wanted.co_facilitators:
        raise _no(f"{wanted.lead.short_name} leads it already.", "co_facilitators")


def require_room(site: Site, room: Room | None) -> None:
    """422 for a room of another site, or one that is not used any more."""
    if room is not None and (room.site_id != site.pk or not room.is_active):
        raise _no("That room is not in use at this site.", "room")


def require_leads(site: Site, leads: Iterable[User]) -> None:
    """422 for someone who does not work at this site. One query for each person."""
    for lead in set(leads):
        if not lead.is_active or not lead.sites.filter(pk=site.pk).exists():
            raise _no(f"{lead.short_name} does not work at {site.name}.", "lead")


def _no(sentence: str, field: str) -> Refused:
    return Refused(sentence, status=422, **{field: sentence})
