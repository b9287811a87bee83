"""A patient's places in groups, changed together: some taken, some given an end. So a taper is one step.

Three days a week, then two from week five: three places, the third with a last day.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.enrolling import Place, end_enrollment, enroll_in
from scheduling.models import Enrollment, TherapySession
from scheduling.turns import hold_group, lock_episode, lock_sessions, taking_turns
from scheduling.words import day_words


@taking_turns
def change_places(
    *,
    actor: User,
    episode: Episode,
    take: Sequence[Place],
    ends: Mapping[Enrollment, date],
    reason: str = "",
    now: datetime,
) -> list[Enrollment]:
    """End these places on these days and take those, all of it or nothing; the places taken.

    Refused as `enroll_in` and `end_enrollment` refuse; 422 for a place that would end later than it does.
    """
    if not take and not ends:
        said = "Choose at least one group."
        raise Refused(said, status=422, groups=said)
    lock_episode(episode.pk)
    _lock_groups({one.group_id for one in ends} | {place.group.pk for place in take}, now)
    for enrollment, last_on in sorted(ends.items(), key=lambda one: one[0].group_id):
        _require_earlier(enrollment, last_on)
        end_enrollment(actor=actor, enrollment=enrollment, last_on=last_on, now=now)
    return enroll_in(actor=actor, episode=episode, places=take, reason=reason, now=now) if take else []


def _lock_groups(pks: set[int], now: datetime) -> None:
    """Every group, then every session of theirs, before the first place: ends and takes cross each other."""
    for pk in sorted(pks):
        hold_group(pk)
    coming = TherapySession.objects.scheduled().filter(group__in=pks, starts_at__gt=now)
    lock_sessions(coming.values_list("pk", flat=True))


def _require_earlier(enrollment: Enrollment, last_on: date) -> None:
    field, name = f"until_{enrollment.group_id}", enrollment.group.name
    if enrollment.to_on is not None and last_on > enrollment.to_on:
        said = (
            f"The place in {name} ends on {day_words(enrollment.to_on)}. Take a new one from the day after."
        )
        raise Refused(said, status=422, **{field: said})
    if last_on < enrollment.from_on:
        said = f"The place in {name} begins on {day_words(enrollment.from_on)}, after that day."
        raise Refused(said, status=422, **{field: said})
