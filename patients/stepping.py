"""Another level of care inside an episode: PHP to IOP, fewer days, outpatient, or back up, from a day on.

A step inside the agency is no discharge (domain reference 5.5); the stays are its history (1.5).
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.durations import in_hours
from iop_clinic.refusal import Refused
from patients.determining import current_of
from patients.models import Episode, LevelDetermination, LevelOfCare, LevelOfCareStay

_DAY = timedelta(days=1)


def _typed(sentence: str, name: str) -> Refused:
    return Refused(sentence, status=422, **{name: sentence})


@transaction.atomic
def change_level(
    *,
    actor: User,
    episode: Episode,
    level: LevelOfCare,
    from_on: date,
    prescribed_minutes: int,
    days_a_week: int,
    determination: LevelDetermination,
    now: datetime,
    reason: str = "",
) -> LevelOfCareStay:
    """From `from_on` this level with these minutes a week: what runs ends the day before, what was planned
    from that day on gives way, days gone by stay.

    Refused 409 for who has left or a determination that no longer stands, 422 for what was typed.
    """
    rows = Episode.objects.select_for_update(of=("self",), no_key=True).select_related("site", "patient")
    held = rows.get(pk=episode.pk)
    _check_day(held, from_on, local_day(now, held.site.time_zone))
    _check_determination(held, level, determination)
    least = level.least_minutes(held.patient.age_on(from_on))
    if prescribed_minutes < least and not reason.strip():
        said = f"Fewer than {in_hours(least)} a week is below this level. Say why."
        raise _typed(said, "reason")
    _end_before(held, from_on)
    hour, days = "Prescribe at least an hour a week.", "A week has 1 to 7 days."
    with refused_by(
        stay_prescribes_an_hour=_typed(hour, "prescribed_minutes"),
        stay_days_a_week_exist=_typed(days, "days_a_week"),
    ):
        stay = LevelOfCareStay.objects.create(
            episode=held,
            level=level,
            prescribed_minutes=prescribed_minutes,
            standard_minutes=least,
            days_a_week=days_a_week,
            reason=reason.strip() if prescribed_minutes < least else "",
            determination=determination,
            from_on=from_on,
        )
    record(actor, "patients.change_level", stay, determination_id=determination.pk, level_id=level.pk)
    return stay


def _check_day(episode: Episode, from_on: date, today: date) -> None:
    if episode.ended_on is not None:
        raise Refused("This person has left the program.")
    if from_on < today:
        raise _typed("The level of days gone by stays. Choose today or later.", "from_on")
    if from_on < episode.admitted_on:
        raise _typed("That is before the first day in the program.", "from_on")


def _check_determination(episode: Episode, level: LevelOfCare, determination: LevelDetermination) -> None:
    """It is the one that stands for this person, and its level is the kind of level asked for."""
    standing = current_of(episode.patient)
    if standing is None or standing.pk != determination.pk:
        raise Refused("Another determination stands for this person now. Look at it, then change the level.")
    rung = standing.rules.rung(standing.actual)
    if rung is None or rung.kind != level.kind:
        raise _typed(
            f"The determination says {standing.actual_words}. Choose that level, or determine anew.", "level"
        )


def _end_before(episode: Episode, from_on: date) -> None:
    """What runs ends the day before; a stay that would begin on the day or later gives way whole."""
    rows = LevelOfCareStay.objects.select_for_update().filter(episode=episode)
    rows.filter(from_on__gte=from_on).delete()
    running = rows.filter(Q(to_on__isnull=True) | Q(to_on__gte=from_on)).first()
    if running is not None:
        running.to_on = from_on - _DAY
        running.save(update_fields=["to_on"])
