"""The patients' part of a discharge: the episode and its level of care end. Bookings end upstairs.

Kinds: domain reference 5.5.
"""

from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.models import Discharge, Episode


def _typed(sentence: str, field: str) -> Refused:
    return Refused(sentence, status=422, **{field: sentence})


@transaction.atomic
def end_episode(
    *, actor: User, episode: Episode, kind: str, on: date, now: datetime, note: str = ""
) -> Discharge:
    """End an episode on `on`, its last day. Refused 409 when it has ended, 422 for what was typed."""
    rows = Episode.objects.select_for_update(no_key=True, of=("self",)).select_related("site")
    held = rows.get(pk=episode.pk)
    if held.ended_on is not None:
        raise Refused("This episode has already ended.")
    if kind not in Discharge.Kind.values:
        raise _typed("Choose how it ended.", "kind")
    if on < held.admitted_on:
        raise _typed("The last day is before the admission.", "on")
    if on > local_day(now, held.site.time_zone):
        raise _typed("The last day cannot be in the future.", "on")
    held.ended_on = on
    held.save(update_fields=["ended_on"])
    held.stays.filter(from_on__gt=on).delete()
    held.stays.filter(to_on__isnull=True).update(to_on=on)
    held.stays.filter(to_on__gt=on).update(to_on=on)
    discharge = Discharge.objects.create(episode=held, kind=kind, on=on, by=actor, note=note.strip())
    record(actor, "patients.end_episode", discharge, patient_id=held.patient_id)
    return discharge
