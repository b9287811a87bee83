"""Tracks that people still on the way in wait for, and who waits, track by track, beside its free seats.

Their place in line ends with the referral; once admitted, planning their week takes over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.models import Referral
from patients.models.referral import OPEN_STAGES, Stage
from scheduling.group_pages import tracks_of
from scheduling.models import Enrollment, ReferralWish, Track

PAGE_ROWS = 50
PLACED_DAYS = timedelta(days=30)


@transaction.atomic
def wish_for_tracks(
    *, actor: User, referral: Referral, tracks: Iterable[Track], earliest_on: date, now: datetime
) -> list[ReferralWish]:
    """The tracks this referral waits for, from a day on; those not named any more are let go.

    Refused 409 for a referral that has ended, a track of another site or switched off; 422 for a day that is
    over or an age the track does not take. Whoever kept their wish keeps their place in line.
    """
    held = Referral.objects.select_for_update(no_key=True, of=("self",)).select_related("patient", "site")
    asked = held.get(pk=referral.pk)
    wanted = {track.pk: track for track in tracks}
    if asked.stage not in OPEN_STAGES:
        raise Refused("This referral has ended.")
    if earliest_on < local_day(now, asked.site.time_zone):
        raise Refused("Choose today or a later day.", status=422, earliest_on="Choose today or a later day.")
    for track in wanted.values():
        _require_takes(asked, track, earliest_on)
    wishes = ReferralWish.objects.filter(referral=asked)
    wishes.exclude(track__in=wanted).delete()
    wishes.update(earliest_on=earliest_on)
    ReferralWish.objects.bulk_create(
        (
            ReferralWish(referral=asked, track=track, earliest_on=earliest_on, added_by=actor, added_at=now)
            for track in wanted.values()
        ),
        ignore_conflicts=True,
    )
    record(actor, "scheduling.wish_for_tracks", asked, tracks=len(wanted))
    return list(wishes.all())


def _require_takes(referral: Referral, track: Track, day: date) -> None:
    if track.site_id != referral.site_id or not track.is_active:
        raise Refused(f"{track.name} takes nobody of this site at the moment.")
    age = referral.patient.age_on(day)
    if not track.takes_age(age):
        said = f"{track.name} is for ages {track.ages}; {referral.patient.called} is {age} then."
        raise Refused(said, status=422, tracks=said)


@dataclass(frozen=True)
class WaitingTrack:
    """A track with who waits for it on this page; seats are those of its groups that still meet."""

    track: Track
    rows: list[ReferralWish]
    seats_free: int
    in_line: int


def waiting_of(site: Site, day: date) -> QuerySet[ReferralWish]:
    """Open referrals, and people lately admitted who have no place in that track yet; first come, first."""
    placed = Enrollment.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=day),
        group__track=OuterRef("track"),
        episode=OuterRef("referral__episode"),
    )
    admitted = Q(
        referral__stage=Stage.ADMITTED,
        referral__episode__ended_on__isnull=True,
        referral__episode__admitted_on__gte=day - PLACED_DAYS,
    )
    rows = ReferralWish.objects.filter(Q(referral__stage__in=OPEN_STAGES) | admitted, track__site=site)
    rows = rows.exclude(Exists(placed)).annotate(urgent=Q(referral__urgency=Referral.Urgency.URGENT))
    return rows.select_related("referral__patient", "track").order_by(
        "track__name", "-urgent", "referral__received_on", "pk"
    )


def waiting_page(site: Site, day: date, number: str) -> tuple[Page[ReferralWish], list[WaitingTrack]]:
    """A page of wishes under their tracks, with the seats and waitlists of each track; four queries."""
    page = Paginator(waiting_of(site, day), PAGE_ROWS).get_page(number)
    by_track: dict[int, list[ReferralWish]] = {}
    for wish in page.object_list:
        wish.waited = wish.referral.days_waiting(day)  # type: ignore[attr-defined]
        by_track.setdefault(wish.track_id, []).append(wish)
    tracks = {track.pk: track for track in tracks_of(site, day)}
    return page, [_under(tracks[pk], rows) for pk, rows in by_track.items() if pk in tracks]


def _under(track: Track, rows: list[ReferralWish]) -> WaitingTrack:
    weekly: list[Any] = track.weekly  # type: ignore[attr-defined]
    free = sum(max(0, group.capacity - group.enrolled) for group in weekly)
    return WaitingTrack(track, rows, free, sum(group.waiting for group in weekly))
