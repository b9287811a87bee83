"""A place with a last day goes on: to a later one, or without one, with a seat in every session from then."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from scheduling.choices import Choices, going_ahead
from scheduling.clashes import refused_in_words
from scheduling.enrolling import not_begun, require_enrollable
from scheduling.models import Booking, Enrollment, Override
from scheduling.overrides import allow
from scheduling.place_rules import clashes_of_place
from scheduling.seats import take_seats
from scheduling.turns import lock_episode, lock_group, lock_sessions, taking_turns
from scheduling.waitlist import require_unpromised_seat
from scheduling.wanted import Clash
from scheduling.words import day_words


@taking_turns
def prolong_enrollment(
    *,
    actor: User,
    enrollment: Enrollment,
    to_on: date | None,
    choices: Choices | None = None,
    reason: str = "",
    now: datetime,
) -> Enrollment:
    """The last day becomes `to_on`, or none; every session not begun between is booked. Twice is once.

    All or nothing: Clashing 409 holds each date in the way; `choices` skip a date, or go ahead where a rule
    allows it, for a `reason` (403 without the right). Refused 422 for a day that is not later, 409 for a
    place that is over, or where a later place of the same person stands.
    """
    chosen: Choices = choices or {}
    episode, group = lock_episode(enrollment.episode_id), lock_group(enrollment.group_id)
    enrollment = Enrollment.objects.select_for_update(of=("self",)).get(pk=enrollment.pk)
    enrollment.group, enrollment.episode = group, episode
    if enrollment.to_on == to_on:
        return enrollment
    first_on = _first_day(enrollment, to_on, now)
    require_enrollable(episode, group, first_on, to_on)
    _require_no_later_place(enrollment, to_on)
    require_unpromised_seat(group, episode, first_on, now, to_on)
    enrollment.to_on = to_on
    with refused_in_words():
        enrollment.save(update_fields=["to_on"])
    without = [day for day, choice in chosen.items() if choice.skip]
    sessions = lock_sessions(not_begun(group, now, first_on, to_on or episode.ended_on, without))
    ahead = going_ahead(clashes_of_place(episode.patient, sessions), chosen)
    override = allow(actor=actor, site=episode.site, clashes=ahead, reason=reason)
    booked = take_seats(actor=actor, sessions=sessions, episode=episode, now=now)
    _mark(booked, override, ahead)
    record(
        actor,
        "scheduling.prolong_enrollment",
        enrollment,
        site_id=episode.site_id,
        group_id=group.pk,
        bookings=len(booked),
    )
    return enrollment


def _first_day(enrollment: Enrollment, to_on: date | None, now: datetime) -> date:
    """The day after the last one so far."""
    last_on, name = enrollment.to_on, enrollment.group.name
    if last_on is None:
        raise Refused(f"The place in {name} has no last day. End it instead.")
    if last_on < local_day(now, enrollment.episode.site.time_zone):
        raise Refused(f"The place in {name} ended on {day_words(last_on)}. Take a new one.")
    if to_on is not None and to_on < last_on:
        said = f"The place lasts until {day_words(last_on)} already. Choose a later day, or end it earlier."
        raise Refused(said, status=422, to_on=said)
    return last_on + timedelta(days=1)


def _require_no_later_place(enrollment: Enrollment, to_on: date | None) -> None:
    later = Enrollment.objects.filter(
        Q(from_on__lte=to_on) if to_on else Q(),
        episode=enrollment.episode_id,
        group=enrollment.group_id,
        from_on__gt=enrollment.from_on,
    )
    found = later.exclude(pk=enrollment.pk).order_by("from_on").first()
    if found is not None:
        who, name = enrollment.episode.patient.called, enrollment.group.name
        said = f"{who} has another place in {name} from {day_words(found.from_on)}. Choose a day before it."
        raise Refused(said, to_on=said)


def _mark(booked: Iterable[Booking], override: Override | None, ahead: list[Clash]) -> None:
    """The seats that went ahead against a rule say so."""
    going = {clash.wanted.session_pk for clash in ahead}
    pks = [booking.pk for booking in booked if booking.session_id in going]
    Booking.objects.filter(pk__in=pks).update(override=override)
