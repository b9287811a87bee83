"""Free seats are offered: each to exactly one person in line, for a day, and accepted by one enrollment.

The bell asks every minute; nobody has to tell it. It passes over who could not take the seat. PostgreSQL
holds one open offer to a seat and to a person, and its clock says when an offer has ended.
"""

import logging
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from scheduling import offer_mail
from scheduling.clashes import refused_in_words
from scheduling.enrolling import enroll
from scheduling.group_seats import FreeSeats, unpromised_seats
from scheduling.models import Enrollment, Group, SeatOffer, WaitlistEntry
from scheduling.passed_over import why_not
from scheduling.turns import hold_group, lock_episode, lock_group, taking_turns
from scheduling.waitlist import close_entry, close_offers, not_yet_offered, settle
from scheduling.words import when_words

logger = logging.getLogger(__name__)
_ANSWER, _OUTCOME = SeatOffer.Answer, WaitlistEntry.Outcome


def offer_free_seats(*, now: datetime) -> int:
    """Look at every group that someone waits for; how many seats were offered."""
    waited_for = Group.objects.filter(waitlist__ended_at__isnull=True).order_by("pk").distinct()
    offered = 0
    for pk in waited_for.values_list("pk", flat=True):
        try:
            offered += len(_offer_in(pk, now))
        except Refused as busy:
            logger.warning("the waitlist of group %s waits for the next round: %s", pk, busy.sentence)
    return offered


@taking_turns
def _offer_in(group_pk: int, now: datetime) -> list[SeatOffer]:
    group = lock_group(group_pk)
    settle(group, local_day(now, group.track.site.time_zone))
    waiting = list(not_yet_offered(group)) if group.track.is_active else []
    made: list[SeatOffer] = []
    judged: dict[date, dict[int, str]] = {}
    while waiting and (free := unpromised_seats(group, now)):
        if free.from_on not in judged:
            judged[free.from_on] = why_not(waiting, group, free.from_on, now)
        able = [entry for entry in waiting if entry.pk not in judged[free.from_on]]
        if not able:
            break
        made.append(_make(None, group, able[0], free))
        waiting.remove(able[0])
    return made


@taking_turns
def offer_seat(*, actor: User, entry: WaitlistEntry, now: datetime) -> SeatOffer:
    """A free seat to this person, out of turn. Offered already is the same offer.

    Refused 409 without a seat, and with what keeps this person from taking it.
    """
    lock_episode(entry.episode_id)
    group = lock_group(entry.group_id)
    settle(group, local_day(now, group.track.site.time_zone))
    entry = WaitlistEntry.objects.select_related("episode__patient__site").get(pk=entry.pk)
    held = entry.offers.filter(answered_at__isnull=True).first()
    if held is not None:
        return held
    if entry.ended_at is not None:
        raise Refused(f"{entry.episode.patient.called} is not on this waitlist any more.")
    free = unpromised_seats(group, now)
    if free is None:
        raise Refused(_no_seat(group))
    if said := why_not([entry], group, free.from_on, now).get(entry.pk):
        raise Refused(said)
    return _make(actor, group, entry, free)


def _make(actor: User | None, group: Group, entry: WaitlistEntry, free: FreeSeats) -> SeatOffer:
    """An offer in a locked group, of a seat that is free, to someone who can take it."""
    with refused_in_words():
        offer = SeatOffer.objects.create(
            entry=entry,
            group=group,
            seat=free.numbers[0],
            from_on=free.from_on,
            expires_at=Now() + timedelta(hours=settings.SEAT_OFFER_HOURS),
        )
    offer.refresh_from_db()
    offer.entry = entry
    offer_mail.tell(offer)
    record(actor, "scheduling.offer_seat", offer, site_id=group.track.site_id, group_id=group.pk)
    return offer


def _no_seat(group: Group) -> str:
    open_ones = SeatOffer.objects.open().filter(group=group).select_related("entry__episode__patient")
    promised = open_ones.order_by("expires_at").first()
    if promised is None:
        return f"{group.name} has no free seat in the coming two weeks."
    who = promised.entry.episode.patient.short_name
    until = when_words(promised.expires_at, group.track.site.time_zone)
    return f"The free seat in {group.name} is offered to {who} until {until}. Take that offer back first."


@taking_turns
def accept_offer(*, actor: User, offer: SeatOffer, now: datetime) -> Enrollment:
    """The seat is taken: one enrollment, however often it is sent. 409 for an offer that has ended.

    Refused as `enroll` refuses, for instance for a clash; the offer then stays as it is.
    """
    offer = _locked(offer)
    if offer.enrollment is not None:
        return offer.enrollment
    _require_standing(offer)
    site = offer.entry.episode.site
    enrollment = enroll(
        actor=actor,
        episode=offer.entry.episode,
        group=offer.group,
        from_on=max(offer.from_on, local_day(now, site.time_zone)),
        now=now,
    )
    close_entry(offer.entry, _OUTCOME.ENROLLED, _ANSWER.ACCEPTED, enrollment)
    record(actor, "scheduling.accept_offer", offer, site_id=site.pk, enrollment_id=enrollment.pk)
    return enrollment


@taking_turns
def decline_offer(*, actor: User, offer: SeatOffer, now: datetime) -> SeatOffer:
    """ "No thanks": the seat is free for the next in line, and this person waits no more."""
    offer = _locked(offer)
    if offer.answer == _ANSWER.DECLINED:
        return offer
    _require_standing(offer)
    close_entry(offer.entry, _OUTCOME.DECLINED, _ANSWER.DECLINED)
    record(actor, "scheduling.decline_offer", offer, site_id=offer.entry.episode.site_id)
    return offer


@taking_turns
def take_back_offer(*, actor: User, offer: SeatOffer, now: datetime) -> SeatOffer:
    """The clinic wants the seat for someone else; the person stays in line."""
    offer = _locked(offer)
    if offer.answer in (_ANSWER.WITHDRAWN, _ANSWER.EXPIRED):
        return offer
    _require_standing(offer)
    close_offers(SeatOffer.objects.filter(pk=offer.pk), _ANSWER.WITHDRAWN)
    record(actor, "scheduling.take_back_offer", offer, site_id=offer.entry.episode.site_id)
    return offer


def _locked(offer: SeatOffer) -> SeatOffer:
    """The offer behind its episode and its group, with a fresh look at its end."""
    lock_episode(offer.entry.episode_id)
    hold_group(offer.group_id)
    rows = SeatOffer.objects.select_for_update(of=("self",)).annotate(db_now=Now())
    related = ("entry__episode__patient", "entry__episode__site", "group__track__site", "enrollment")
    return rows.select_related(*related).get(pk=offer.pk)


def _require_standing(offer: SeatOffer) -> None:
    ended_at = when_words(offer.expires_at, offer.group.track.site.time_zone)
    if offer.answer == _ANSWER.ACCEPTED:
        raise Refused("This place was taken already.")
    if offer.answer == _ANSWER.DECLINED:
        raise Refused("This offer was declined.")
    if offer.answer == _ANSWER.WITHDRAWN:
        raise Refused("This offer was taken back.")
    if offer.answer == _ANSWER.EXPIRED or offer.expires_at <= offer.db_now:  # type: ignore[attr-defined]
        raise Refused(f"This offer ended {ended_at}.")
