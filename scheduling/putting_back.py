"""Putting cancelled sessions back where they were, with who had a seat: all that was chosen, or none.

Who has a seat again hears of it once. A co-facilitator who is elsewhere by now is left off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.changes import Told, What, tell_change, told_of
from scheduling.clashes import moved_clash, refused_in_words
from scheduling.coming_back import Return, returns_of
from scheduling.models import Booking, Facilitation, Group, TherapySession
from scheduling.reminders import plan_reminders
from scheduling.replanning import CHANGED, LOOK_AGAIN, Unsettled, require_settled
from scheduling.substitutes import with_people
from scheduling.turns import keep_open, lock_people_and_rooms, lock_sessions, taking_turns

_STATUS = TherapySession.Status
BEGUN = "It would have begun already."


@dataclass(frozen=True)
class Chosen:
    """A cancelled session as it was at `version`, and the bookings that get their seat again."""

    version: int
    seats: frozenset[int]


@taking_turns
def put_back(*, actor: User, session: TherapySession, chosen: Chosen, now: datetime) -> TherapySession:
    """One cancelled session is on again. Twice changes nothing.

    Unsettled 409 holds what is in the way, or that it was changed since it was looked at.
    """
    keep_open(session.site_id)
    _lock({session.pk: chosen})
    session.refresh_from_db(fields=["status"])
    if session.status == _STATUS.CANCELLED:
        told = bring_back(actor=actor, chosen={session.pk: chosen}, now=now)
        tell_change(told, What.BACK, now)
    return session


def bring_back(*, actor: User, chosen: Mapping[int, Chosen], now: datetime) -> list[Told]:
    """These sessions in the caller's transaction, which keeps their site open; who to tell."""
    _lock(chosen)
    sessions = list(with_people(TherapySession.objects.filter(pk__in=chosen)).order_by("starts_at", "pk"))
    if {one.pk for one in sessions if one.status == _STATUS.CANCELLED} != set(chosen):
        raise Unsettled(CHANGED, {})
    backs = returns_of(sessions)
    found = {back.session.pk: _problems(back, chosen[back.session.pk], now) for back in backs}
    require_settled({pk: problems for pk, problems in found.items() if problems})
    told: list[Told] = []
    for back in backs:
        try:
            told += _restore(actor, back.session, chosen[back.session.pk].seats, now)
        except Refused as refused:
            require_settled({back.session.pk: [refused.sentence]})
    return told


def _lock(chosen: Mapping[int, Chosen]) -> None:
    rows = TherapySession.objects.filter(pk__in=chosen).order_by()
    episodes = Booking.objects.filter(session__in=chosen).values("episode")
    list(Episode.objects.select_for_update(no_key=True).only("pk").filter(pk__in=episodes).order_by("pk"))
    groups = rows.values("group")
    list(Group.objects.select_for_update(no_key=True).only("pk").filter(pk__in=groups).order_by("pk"))
    people = Facilitation.objects.filter(session__in=chosen).values_list("staff_id", flat=True)
    rooms = rows.filter(room__isnull=False).values_list("room_id", flat=True)
    lock_people_and_rooms(people, {pk for pk in rooms if pk})
    lock_sessions(chosen)


def _problems(back: Return, chosen: Chosen, now: datetime) -> list[str]:
    if back.session.version != chosen.version:
        return [LOOK_AGAIN]
    if back.session.has_begun(now):
        return [BEGUN]
    whys = {booking.pk: why for booking, why in back.staying}
    coming = {booking.pk for booking in back.coming}
    left = [whys.get(pk, LOOK_AGAIN) for pk in sorted(chosen.seats - coming)]
    return list(dict.fromkeys([*back.in_the_way, *left]))


def _restore(actor: User, session: TherapySession, seats: frozenset[int], now: datetime) -> list[Told]:
    elsewhere = Facilitation.objects.filter(
        staff=OuterRef("staff"), status=_STATUS.SCHEDULED, during__overlap=OuterRef("during")
    )
    Facilitation.objects.filter(Exists(elsewhere), session=session, is_lead=False).delete()
    session.status, session.version = _STATUS.SCHEDULED, session.version + 1
    session.cancel_reason, session.called_off_for = "", None
    with refused_in_words(lambda constraint: moved_clash(session, constraint)):
        session.save(update_fields=["status", "version", "cancel_reason", "called_off_for"])
        session.bookings.filter(pk__in=seats).update(
            status=Booking.Status.BOOKED,
            version=F("version") + 1,
            booked_by=actor,
            booked_at=now,
            confirmed_at=None,
            cancelled_at=None,
            cancel_reason="",
            went_with_session=False,
        )
    told = told_of(session, session.starts_at)
    plan_reminders([one.booking for one in told], now)
    record(actor, "scheduling.put_back", session, bookings=len(told), version=session.version)
    return told
