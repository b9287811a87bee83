"""Ways to make up time are offered to a patient, and their seats held, until one is chosen or time is up.

At most `SEAT_OFFER_HOURS`, and never past the begin of a session. Locks go episode, groups, sessions by
number, then the offer; PostgreSQL's clock says when an offer has ended.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import Week
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling import make_up_mail
from scheduling.clashes import refused_in_words
from scheduling.models import Booking, HeldSeat, MakeUpOffer, TherapySession
from scheduling.place_rules import clashes_of_place
from scheduling.seats import require_seat
from scheduling.turns import lock_episode, lock_group, lock_sessions, taking_turns
from scheduling.waitlist import require_unpromised_on
from scheduling.words import day_words, when_words

logger = logging.getLogger(__name__)
Way = Sequence[TherapySession]
ANSWER = MakeUpOffer.Answer
SEATS = Prefetch("seats", HeldSeat.objects.select_related("session__site", "session__room", "session__lead"))


@taking_turns
def offer_make_ups(
    *, actor: User, episode: Episode, week: Week, ways: Sequence[Way], short_minutes: int, now: datetime
) -> MakeUpOffer:
    """ "Choose one of these": a seat is held in every session of these ways. Sent twice is one offer.

    Refused 422 without a way, 409 with what keeps this person from one, or where a seat has gone meanwhile.
    """
    asked = {session.pk for way in ways for session in way}
    if not asked or not all(ways):
        raise Refused("Choose at least one way.", status=422)
    episode = lock_episode(episode.pk)
    sessions = _lock(asked, list(MakeUpOffer.objects.overdue().filter(episode=episode)))
    mine = MakeUpOffer.objects.open().filter(episode=episode, week_starts_on=week.starts_on)
    if (standing := mine.first()) is not None:
        return standing
    known = [[sessions[session.pk] for session in way] for way in ways]
    for pk in sorted(asked):
        _require_free(episode, sessions[pk], week, now)
    for way in known:
        if clashes := clashes_of_place(episode.patient, way):
            raise Refused(clashes[0].sentence)
    return _make(actor, episode, week, known, short_minutes, now)


def _lock(asked: set[int], late: Sequence[MakeUpOffer]) -> dict[int, TherapySession]:
    """The sessions behind their groups, as they are once this person's late offers have ended."""
    held = HeldSeat.objects.filter(offer__in=late, freed_at__isnull=True) if late else HeldSeat.objects.none()
    groups = TherapySession.objects.filter(pk__in=asked, group__isnull=False).order_by()
    for pk in sorted(set(groups.values_list("group", flat=True))):
        lock_group(pk or 0)
    sessions = lock_sessions(asked | set(held.values_list("session", flat=True)))
    for offer in late:
        close(offer, ANSWER.EXPIRED)
    return {session.pk: session for session in (lock_sessions(asked) if late else sessions)}


def _require_free(episode: Episode, session: TherapySession, week: Week, now: datetime) -> None:
    """409 where the session is none for this person, or its last seat has gone."""
    if session.has_begun(now):
        raise Refused(f"{session.title} has begun already.")
    require_seat(episode, session)
    if not session.takes_several:
        raise Refused(f"{session.title} is one person’s own visit. Nobody is added to it.")
    if session.occurs_on not in week:
        raise Refused(f"{session.title} on {day_words(session.occurs_on)} is in another week.")
    if session.group_id is not None:
        require_unpromised_on(session, episode)
    if Booking.objects.active().filter(session=session, patient=episode.patient_id).exists():
        raise Refused(f"{episode.patient.called} is booked in {session.title} already.")


def _make(
    actor: User, episode: Episode, week: Week, ways: Sequence[Way], short_minutes: int, now: datetime
) -> MakeUpOffer:
    """An offer of locked sessions. It ends when the last way it holds begins, a day from now at most."""
    last = max(min(session.starts_at for session in way) for way in ways) - now
    with refused_in_words():
        offer = MakeUpOffer.objects.create(
            episode=episode,
            week_starts_on=week.starts_on,
            short_minutes=short_minutes,
            offered_by=actor,
            expires_at=Now() + min(timedelta(hours=settings.SEAT_OFFER_HOURS), last),
        )
        sessions = {session.pk: session for way in ways for session in way}
        HeldSeat.objects.bulk_create(
            HeldSeat(offer=offer, session=session, starts_at=session.starts_at, ways=_numbers(ways, session))
            for session in sessions.values()
        )
    offer.refresh_from_db()
    offer.episode = episode
    make_up_mail.tell(offer)
    record(actor, "scheduling.offer_make_ups", offer, site_id=episode.site_id, sessions=len(sessions))
    return offer


def _numbers(ways: Sequence[Way], session: TherapySession) -> list[int]:
    return [number for number, way in enumerate(ways, start=1) if session in way]


@taking_turns
def decline_make_ups(*, actor: User, offer: MakeUpOffer, now: datetime) -> MakeUpOffer:
    """ "No thanks": the seats go back. Twice changes nothing."""
    offer = locked(offer)
    if offer.answer == ANSWER.DECLINED:
        return offer
    require_standing(offer)
    close(offer, ANSWER.DECLINED)
    record(actor, "scheduling.decline_make_ups", offer, site_id=offer.episode.site_id)
    return offer


@taking_turns
def take_back_make_ups(*, actor: User, offer: MakeUpOffer, now: datetime) -> MakeUpOffer:
    """The clinic wants the seats for someone else. Twice, or after its end, changes nothing."""
    offer = locked(offer)
    if offer.answer in (ANSWER.WITHDRAWN, ANSWER.EXPIRED):
        return offer
    require_standing(offer)
    close(offer, ANSWER.WITHDRAWN)
    record(actor, "scheduling.take_back_make_ups", offer, site_id=offer.episode.site_id)
    return offer


def end_late_make_ups(*, now: datetime) -> int:
    """What time and others did to open offers: late ones end, and those no way of which is left.

    A seat that is part of no way any more is free again, too. How many offers ended.
    """
    ended = 0
    for offer in MakeUpOffer.objects.open().select_related("episode").prefetch_related(SEATS).order_by("pk"):
        try:
            ended += _settle(offer, now)
        except Refused as busy:
            logger.warning("make-up offer %s waits for the next round: %s", offer.pk, busy.sentence)
    return ended


@taking_turns
def _settle(offer: MakeUpOffer, now: datetime) -> bool:
    late = MakeUpOffer.objects.overdue().filter(pk=offer.pk).exists()
    held = [seat for seat in offer.seats.all() if seat.freed_at is None]
    kept = {seat.pk for seats in ways_left(held, now).values() for seat in seats}
    idle = [seat.pk for seat in held if seat.pk not in kept]
    over = late or not kept or offer.episode.ended_on is not None
    if not (over or idle):
        return False
    offer = locked(offer)
    if offer.answer:
        return False
    if not over:
        HeldSeat.objects.filter(pk__in=idle).update(freed_at=Now())
        return False
    close(offer, ANSWER.EXPIRED if late else ANSWER.WITHDRAWN)
    record(None, "scheduling.end_make_ups", offer, site_id=offer.episode.site_id)
    return True


def ways_left(seats: Iterable[HeldSeat], now: datetime) -> dict[int, list[HeldSeat]]:
    """By number each way that can still be chosen, of one offer's seats with their `session` by time."""
    ways: dict[int, list[HeldSeat]] = {}
    for seat in seats:
        for number in seat.ways:
            ways.setdefault(number, []).append(seat)
    possible = {number: of_way for number, of_way in ways.items() if all(s.is_possible(now) for s in of_way)}
    return dict(sorted(possible.items()))


def locked(offer: MakeUpOffer) -> MakeUpOffer:
    """The offer behind its episode and its sessions, with a fresh look at its end."""
    lock_episode(offer.episode_id)
    lock_sessions(HeldSeat.objects.filter(offer=offer).values_list("session", flat=True))
    rows = MakeUpOffer.objects.select_for_update(of=("self",)).annotate(db_now=Now())
    return rows.select_related("episode__patient__site", "episode__site").get(pk=offer.pk)


def require_standing(offer: MakeUpOffer) -> None:
    """409 for one that is answered or has ended by the database's clock."""
    if offer.answer == ANSWER.ACCEPTED:
        raise Refused("One of these was chosen already.")
    if offer.answer == ANSWER.DECLINED:
        raise Refused("This offer was declined.")
    if offer.answer == ANSWER.WITHDRAWN:
        raise Refused("This offer was taken back.")
    if offer.answer == ANSWER.EXPIRED or offer.expires_at <= offer.db_now:  # type: ignore[attr-defined]
        raise Refused(f"This offer ended {when_words(offer.expires_at, offer.episode.site.time_zone)}.")


def close(offer: MakeUpOffer, answer: str, way: int | None = None) -> None:
    """Answer a locked offer: every seat it holds is free again, and its e-mail is taken back."""
    HeldSeat.objects.filter(offer=offer, freed_at__isnull=True).update(freed_at=Now())
    MakeUpOffer.objects.filter(pk=offer.pk).update(answered_at=Now(), answer=answer, accepted_way=way)
    offer.answer, offer.accepted_way = answer, way
    make_up_mail.withdraw([offer.pk])
