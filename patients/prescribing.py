"""Other hours or days a week, for one week or from a day on: the stays ahead follow, those gone by stay."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Episode, LevelOfCareStay, Prescription

_DAY = timedelta(days=1)


@transaction.atomic
def prescribe(
    *,
    actor: User,
    episode: Episode,
    prescribed_minutes: int,
    days_a_week: int,
    reason: str,
    from_on: date,
    to_on: date | None = None,
    now: datetime,
) -> Prescription:
    """So much a week from `from_on` to `to_on`, or for good; afterwards what was prescribed before.

    Refused 422 for a day gone by or before the admission, or without a reason; 409 for who has left.
    """
    episode = Episode.objects.select_for_update(of=("self",), no_key=True).select_related("site").get(
        pk=episode.pk
    )  # fmt: skip
    _check(episode, from_on, to_on, reason, local_day(now, episode.site.time_zone))
    stays = _stays(episode, from_on, to_on)
    said = {"prescribed_minutes": prescribed_minutes, "days_a_week": days_a_week, "reason": reason.strip()}
    hour, days = "Prescribe at least an hour a week.", "A week has 1 to 7 days."
    with refused_by(
        prescription_is_an_hour_or_more=Refused(hour, status=422, prescribed_minutes=hour),
        prescription_days_a_week_exist=Refused(days, status=422, days_a_week=days),
    ):
        made = Prescription.objects.create(
            episode=episode, from_on=from_on, to_on=to_on, prescribed_by=actor, **said
        )
    for stay in stays:
        _change(stay, from_on, to_on, said)
    record(actor, "patients.prescribe", made)
    return made


def prescribed_on(episode: Episode, day: date) -> LevelOfCareStay | None:
    """The stay that holds on that day, with its minutes and days a week."""
    return episode.stays.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day).first()


def _check(episode: Episode, from_on: date, to_on: date | None, reason: str, today: date) -> None:
    if episode.ended_on is not None:
        raise Refused("This person has left the program.")
    if not reason.strip():
        raise Refused("Say why.", status=422, reason="Say why, in a few words.")
    if from_on < today:
        said = "What was prescribed for days gone by stays. Choose today or later."
        raise Refused(said, status=422, from_on=said)
    if from_on < episode.admitted_on:
        said = "That is before the first day in the program."
        raise Refused(said, status=422, from_on=said)
    if to_on is not None and to_on < from_on:
        raise Refused("It would end before it begins.", status=422)


def _stays(episode: Episode, from_on: date, to_on: date | None) -> list[LevelOfCareStay]:
    """Those it changes: of the level on its first day, until another level begins."""
    rows = LevelOfCareStay.objects.select_for_update().filter(episode=episode).order_by("from_on")
    touched = rows.filter(Q(to_on__isnull=True) | Q(to_on__gte=from_on))
    found: list[LevelOfCareStay] = []
    for stay in touched if to_on is None else touched.filter(from_on__lte=to_on):
        if found and stay.level_id != found[0].level_id:
            break
        found.append(stay)
    if not found or found[0].from_on > from_on:
        raise Refused("There is no level of care on that day.", status=422)
    return found


def _change(stay: LevelOfCareStay, from_on: date, to_on: date | None, said: dict[str, Any]) -> None:
    """Before and after it, the stay is as it was; a stay ahead that it covers gives way."""
    was = {name: getattr(stay, name) for name in ("prescribed_minutes", "days_a_week", "reason")}
    level = {
        name: getattr(stay, name)
        for name in ("episode_id", "level_id", "standard_minutes", "determination_id")
    }
    first_on, ends_on = max(stay.from_on, from_on), stay.to_on
    last_on = min((day for day in (ends_on, to_on) if day is not None), default=None)
    if stay.from_on < from_on:
        stay.to_on = from_on - _DAY
        stay.save(update_fields=["to_on"])
    else:
        stay.delete()
    LevelOfCareStay.objects.create(from_on=first_on, to_on=last_on, **level, **said)
    if last_on is not None and (ends_on is None or last_on < ends_on):
        LevelOfCareStay.objects.create(from_on=last_on + _DAY, to_on=ends_on, **level, **was)
