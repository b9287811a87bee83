"""Aftercare: the next appointment, made before someone leaves, and whether it was kept.

An appointment within 7 days, not on the last day itself: domain reference 4.4, 9.1 and 9.2.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import AftercareAppointment, Episode

SOON_DAYS = 7


def _typed(sentence: str, field: str) -> Refused:
    return Refused(sentence, status=422, **{field: sentence})


@transaction.atomic
def make_appointment(
    *,
    actor: User,
    episode: Episode,
    kind: str,
    provider: str,
    at: datetime,
    made_by: str = AftercareAppointment.MadeBy.CLINIC,
    address: str = "",
    phone: str = "",
) -> AftercareAppointment:
    """Note an appointment with whoever treats the person next; `at` is an aware instant.

    Refused 409 when it is noted already, 422 for what was typed.
    """
    if kind not in AftercareAppointment.Kind.values:
        raise _typed("Choose what it is for.", "kind")
    if made_by not in AftercareAppointment.MadeBy.values:
        raise _typed("Choose who made it.", "made_by")
    with refused_by(
        aftercare_appointment_once="This appointment is noted already.",
        aftercare_names_the_provider=_typed("Write with whom.", "provider"),
    ):
        made = AftercareAppointment.objects.create(
            episode=episode,
            kind=kind,
            provider=provider.strip(),
            at=at,
            made_by=made_by,
            address=address.strip(),
            phone=phone.strip(),
            recorded_by=actor,
        )
    record(actor, "patients.make_appointment", made, episode_id=episode.pk)
    return made


@transaction.atomic
def say_kept(
    *, actor: User, appointment: AftercareAppointment, outcome: str, now: datetime
) -> AftercareAppointment:
    """Say what became of an appointment; the same word again changes nothing, a later word replaces it.

    Refused 422 when it is kept or missed before its time.
    """
    if outcome not in AftercareAppointment.Outcome.values:
        raise _typed("Choose what became of it.", "outcome")
    held = AftercareAppointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    if held.outcome == outcome:
        return held
    if held.at > now and outcome in (
        AftercareAppointment.Outcome.KEPT,
        AftercareAppointment.Outcome.NOT_KEPT,
    ):
        raise _typed("This appointment is still ahead.", "outcome")
    held.outcome, held.outcome_by, held.outcome_at = outcome, actor, now
    held.save(update_fields=["outcome", "outcome_by", "outcome_at"])
    record(actor, "patients.say_kept", held)
    return held


def seen_soon(days_after: Iterable[int]) -> bool:
    """Whether one of these appointments lies 1 to 7 calendar days after the last day."""
    return any(1 <= days <= SOON_DAYS for days in days_after)


def days_after_of(appointments: Iterable[AftercareAppointment], last_on: date, tz_name: str) -> list[int]:
    """Calendar days from the last day to each appointment that was not moved or called off."""
    off = AftercareAppointment.Outcome.MOVED
    return [one.days_after(last_on, tz_name) for one in appointments if one.outcome != off]
