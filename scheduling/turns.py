"""Taking turns: what is scarce is locked in one order, and a wait that is too long ends in a sentence.

The order is episode, group, lead, room, sessions by number, bookings. Locks are the weak kind that
foreign keys pass. PostgreSQL's constraints stay the last word (reliability notes, 3(a)).
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import ForeignKey, Model

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.models import Booking, Group, Room, TherapySession

P = ParamSpec("P")
T = TypeVar("T")
Row = TypeVar("Row", bound=Model)
# Lock not available, deadlock found, cannot serialize.
BUSY_STATES = {"55P03", "40P01", "40001"}
BUSY = "Someone else is changing this at the same moment. Nothing was saved. Try again."


def taking_turns(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb in one transaction; one that waits too long for another is refused in words."""

    @wraps(verb)
    def in_turn(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in BUSY_STATES:
                raise
            raise Refused(BUSY) from error

    return in_turn


def keep_open(site_pk: int) -> None:
    """Nobody closes the site while this transaction lasts; many may hold this at once. Taken first.

    Whoever closes time of the site locks its row before asking which sessions stand in it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM accounts_site WHERE id = %s FOR SHARE", [site_pk])


def lock_episode(pk: int) -> Episode:
    rows = Episode.objects.select_for_update(of=("self",), no_key=True).select_related("patient", "site")
    return rows.get(pk=pk)


def keep_running(booking_pk: int) -> None:
    """The episode of this booking does not end while this transaction lasts; many may hold this at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM patients_episode WHERE id ="
            " (SELECT episode_id FROM scheduling_booking WHERE id = %s) FOR SHARE",
            [booking_pk],
        )


def lock_group(pk: int) -> Group:
    rows = Group.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("track__site", "room", "lead", "override").get(pk=pk)


def hold_group(pk: int) -> None:
    """Lock the group only to take turns; nothing of it is read."""
    Group.objects.select_for_update(no_key=True).only("pk").get(pk=pk)


def lock_lead_and_room(lead_id: int, room_id: int | None) -> None:
    User.objects.select_for_update(no_key=True).only("pk").get(pk=lead_id)
    if room_id is not None:
        Room.objects.select_for_update(no_key=True).only("pk").get(pk=room_id)


def lock_people_and_room(staff_ids: Iterable[int], room_id: int | None) -> None:
    """Lead and co-facilitators by number, then the room."""
    people = User.objects.select_for_update(no_key=True).only("pk").filter(pk__in=set(staff_ids))
    list(people.order_by("pk"))
    if room_id is not None:
        Room.objects.select_for_update(no_key=True).only("pk").get(pk=room_id)


def lock_people_and_rooms(staff_ids: Iterable[int], room_ids: Iterable[int]) -> None:
    """Each by number, people before rooms."""
    lock_people_and_room(staff_ids, None)
    rooms = Room.objects.select_for_update(no_key=True).only("pk").filter(pk__in=set(room_ids))
    list(rooms.order_by("pk"))


def lock_sessions(pks: Iterable[int]) -> list[TherapySession]:
    """By number, so that two writers of the same sessions never wait for each other."""
    rows = TherapySession.objects.select_for_update(of=("self",), no_key=True)
    related = ("site", "room", "lead", "group__track")
    return list(rows.select_related(*related).filter(pk__in=list(pks)).order_by("pk"))


def lock_again(row: Row) -> Row:
    """The row as it is now, locked; what it belongs to stays as the caller read it, where it is still the
    same, and is not asked for once more.
    """
    locked = type(row)._base_manager.select_for_update(no_key=True).get(pk=row.pk)
    for field in (one for one in row._meta.concrete_fields if isinstance(one, ForeignKey)):
        if field.is_cached(row) and getattr(row, field.attname) == getattr(locked, field.attname):
            field.set_cached_value(locked, field.get_cached_value(row))
    return locked


def lock_session(pk: int) -> TherapySession:
    rows = TherapySession.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("site", "room", "lead", "group").get(pk=pk)


def lock_booking(pk: int) -> Booking:
    """The booking and, before it, its session."""
    lock_session(Booking.objects.values_list("session_id", flat=True).get(pk=pk))
    rows = Booking.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("session__site", "session__room", "patient").get(pk=pk)
