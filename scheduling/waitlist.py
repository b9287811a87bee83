"""Who waits for a seat in a weekly group: getting in line, leaving it, and the seats promised to it."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling import offer_mail
from scheduling.clashes import refused_in_words
from scheduling.group_seats import places_in, seats_from
from scheduling.models import Enrollment, Group, SeatOffer, TherapySession, WaitlistEntry
from scheduling.seats import require_track_takes
from scheduling.turns import lock_episode, lock_group, taking_turns
from scheduling.words import when_words

_OFFER, _ENTRY = SeatOffer.Answer, WaitlistEntry.Outcome


@taking_turns
def add_to_waitlist(
    *, actor: User, episode: Episode, group: Group, priority: int, reason: str, now: datetime
) -> WaitlistEntry:
    """A place in line, by priority and then by time. Refused 409 for who is in line or in the group."""
    episode, group = lock_episode(episode.pk), lock_group(group.pk)
    track, today = group.track, local_day(now, group.track.site.time_zone)
    if not reason.strip():
        raise Refused("Say why.", status=422, reason="Say why, in a few words.")
    if priority not in WaitlistEntry.Priority.values:
        raise Refused("Choose a priority.", status=422, priority="Choose one.")
    if episode.ended_on is not None:
        raise Refused(f"{episode.patient.called} was discharged.")
    if track.site_id != episode.site_id:
        raise Refused(f"{group.name} is at another site.")
    if not track.is_active or (group.to_on is not None and group.to_on < today):
        raise Refused(f"{group.name} takes nobody at the moment.")
    require_track_takes(episode, track, today)
    if places_in(group, today).filter(episode=episode).exists():
        raise Refused(f"{episode.patient.called} has a place in {group.name} already.")
    with refused_in_words():
        entry = WaitlistEntry.objects.create(
            group=group, episode=episode, priority=priority, reason=reason.strip()[:200], added_by=actor
        )
    record(actor, "scheduling.add_to_waitlist", entry, site_id=episode.site_id, group_id=group.pk)
    return entry


@taking_turns
def remove_from_waitlist(*, actor: User, entry: WaitlistEntry) -> WaitlistEntry:
    """Off the list; an open offer is taken back. Twice changes nothing."""
    lock_group(entry.group_id)
    entry = WaitlistEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if entry.ended_at is None:
        close_entry(entry, _ENTRY.REMOVED, _OFFER.WITHDRAWN)
        record(actor, "scheduling.remove_from_waitlist", entry, group_id=entry.group_id)
    return entry


def close_entry(
    entry: WaitlistEntry, outcome: str, answer: str, enrollment: Enrollment | None = None
) -> None:
    """End the wait of a locked group's entry, and its open offer with this answer."""
    close_offers(entry.offers.all(), answer, enrollment)
    WaitlistEntry.objects.filter(pk=entry.pk).update(ended_at=Now(), outcome=outcome)
    entry.refresh_from_db(fields=["ended_at", "outcome"])


def close_offers(
    offers: "QuerySet[SeatOffer]", answer: str, enrollment: Enrollment | None = None
) -> list[int]:
    """Answer the open ones among these, and take back their e-mails."""
    pks = list(offers.filter(answered_at__isnull=True).values_list("pk", flat=True))
    SeatOffer.objects.filter(pk__in=pks).update(answered_at=Now(), answer=answer, enrollment=enrollment)
    offer_mail.withdraw(pks)
    return pks


def settle(group: Group, today: date) -> None:
    """What time and others did to a locked group's list: late offers end, and pointless waits too."""
    close_offers(SeatOffer.objects.overdue().filter(group=group), _OFFER.EXPIRED)
    places = {place.episode_id: place for place in places_in(group, today)}
    for entry in group.waitlist.waiting().select_related("episode"):
        if entry.episode.ended_on is not None:
            close_entry(entry, _ENTRY.REMOVED, _OFFER.WITHDRAWN)
        elif entry.episode_id in places:
            close_entry(entry, _ENTRY.ENROLLED, _OFFER.ACCEPTED, places[entry.episode_id])


def require_unpromised_seat(
    group: Group, episode: Episode, from_on: date, now: datetime, to_on: date | None = None
) -> None:
    """409 when every free seat of a locked group is promised to someone else on its waitlist."""
    standing = SeatOffer.objects.standing().filter(group=group).exclude(entry__episode=episode)
    offers = list(standing.order_by("expires_at"))
    if not offers:
        return
    days = seats_from(group, now, from_on, to_on)
    left = days[0][1] if days else 0
    if 0 < left <= len(offers):
        raise Refused(_promised_words(group.name, left, offers[0], group.track.site))


def require_unpromised_on(session: TherapySession, episode: Episode) -> None:
    """409 when every seat left in this one session of a locked group is promised to someone else."""
    standing = SeatOffer.objects.standing().filter(group=session.group_id, from_on__lte=session.occurs_on)
    offers = list(standing.exclude(entry__episode=episode).order_by("expires_at"))
    if offers and session.seats_free <= len(offers):
        raise Refused(_promised_words(session.title, session.seats_free, offers[0], session.site))


def _promised_words(name: str, left: int, first: SeatOffer, site: Site) -> str:
    until = when_words(first.expires_at, site.time_zone)
    seats = "The free seat" if left == 1 else "Every free seat"
    return f"{seats} in {name} is promised to someone on the waitlist, until {until}."


def in_line(group: Group) -> "QuerySet[WaitlistEntry]":
    """Who waits, the next one first: by priority, then by time waited."""
    waiting = WaitlistEntry.objects.waiting().filter(group=group, episode__ended_on__isnull=True)
    return waiting.select_related("episode__patient__site", "added_by").order_by("priority", "added_at", "pk")


def not_yet_offered(group: Group) -> "QuerySet[WaitlistEntry]":
    """Those in line who never had an offer: one that was let pass is not repeated without a person."""
    return in_line(group).filter(~Exists(SeatOffer.objects.filter(entry=OuterRef("pk"))))
