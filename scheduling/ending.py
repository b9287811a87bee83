"""The end of a weekly group: places in it end with it, later sessions are cancelled with their bookings."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from patients.models import Episode
from scheduling.group_shape import refusal
from scheduling.models import Enrollment, Group, SeatOffer, TherapySession, WaitlistEntry
from scheduling.moving import cancel_sessions
from scheduling.turns import lock_group, taking_turns
from scheduling.waitlist import close_entry
from scheduling.words import day_words

REASON = "The group has ended."


@dataclass(frozen=True)
class Ending:
    """What an end would touch: places that end, sessions that are cancelled, people in line."""

    places: int
    sessions: int
    waiting: int


def what_ends(group: Group, last_on: date, now: datetime) -> Ending:
    return Ending(
        places=_places_after(group, last_on).count(),
        sessions=_sessions_after(group, last_on, now).count(),
        waiting=_waiting(group).count(),
    )


@taking_turns
def end_group(*, actor: User, group: Group, last_on: date, now: datetime) -> Group:
    """Its last day. 422 before its first, or before a day on which it has met already.

    People in line are taken off the list. A last day it has had before stays unless this one is earlier.
    """
    episodes = _places_after(group, last_on).values("episode")
    list(Episode.objects.select_for_update(no_key=True).only("pk").filter(pk__in=episodes).order_by("pk"))
    group = lock_group(group.pk)
    _require_last_day(group, last_on, now)
    if group.to_on is not None and group.to_on <= last_on:
        return group
    group.to_on = last_on
    group.save(update_fields=["to_on"])
    places = end_places(_places_after(group, last_on), last_on)
    later = _sessions_after(group, last_on, now)
    sessions = cancel_sessions(actor=actor, sessions=later, reason=REASON, now=now)
    for entry in _waiting(group):
        close_entry(entry, WaitlistEntry.Outcome.REMOVED, SeatOffer.Answer.WITHDRAWN)
    record(
        actor, "scheduling.end_group", group,
        site_id=group.track.site_id, enrollments=places, sessions=len(sessions),
    )  # fmt: skip
    return group


def _require_last_day(group: Group, last_on: date, now: datetime) -> None:
    if last_on < group.from_on:
        raise refusal(f"The group begins on {day_words(group.from_on)}.", "last_on")
    begun = group.sessions.filter(status=TherapySession.Status.SCHEDULED, starts_at__lte=now)
    met = begun.filter(occurs_on__gt=last_on).order_by("-occurs_on").first()
    if met is not None:
        raise refusal(f"The group met on {day_words(met.occurs_on)}. Choose that day or later.", "last_on")


def end_places(places: QuerySet[Enrollment], last_on: date) -> int:
    """Places end on the last day. Those that would begin after it never do; an offered one stays on file.

    The caller has locked their groups.
    """
    count = places.count()
    later = places.filter(from_on__gt=last_on)
    offered = SeatOffer.objects.filter(enrollment__in=later).values_list("enrollment", flat=True)
    for place in later.filter(pk__in=list(offered)):
        place.to_on = place.from_on
        place.save(update_fields=["to_on"])
    later.exclude(pk__in=list(offered)).delete()
    places.filter(from_on__lte=last_on).update(to_on=last_on)
    return count


def _places_after(group: Group, last_on: date) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=last_on), group=group)


def _sessions_after(group: Group, last_on: date, now: datetime) -> QuerySet[TherapySession]:
    return TherapySession.objects.scheduled().filter(group=group, starts_at__gt=now, occurs_on__gt=last_on)


def _waiting(group: Group) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.waiting().filter(group=group)
