"""Diagnoses of an episode: added, made primary, ended. Each change is an event that stays.

Of the diagnoses in force exactly one is primary; PostgreSQL asks at the end of the transaction.
"""

from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.diagnoses import COMMON
from patients.models import Diagnosis, DiagnosisChange, Episode

LONGEST_CODE = 8
SHAPE = "An ICD-10-CM code looks like F33.1."


def _typed(sentence: str, name: str) -> Refused:
    return Refused(sentence, status=422, **{name: sentence})


def _held(episode_id: int) -> Episode:
    """The episode under a lock: two changes of its diagnoses wait for each other."""
    held = (
        Episode.objects.select_for_update(no_key=True, of=("self",)).select_related("site").get(pk=episode_id)
    )
    if held.ended_on is not None:
        raise Refused("This person has left the program.")
    return held


def _note(diagnosis: Diagnosis, kind: str, on: date, actor: User, now: datetime, reason: str = "") -> None:
    DiagnosisChange.objects.create(
        diagnosis=diagnosis, kind=kind, on=on, reason=reason.strip(), by=actor, at=now
    )


@transaction.atomic
def add_diagnosis(
    *,
    actor: User,
    episode: Episode,
    code: str,
    label: str,
    since_on: date,
    now: datetime,
    onset: str = "",
    is_primary: bool = False,
    reason: str = "",
) -> Diagnosis:
    """Put a code on the episode from `since_on`; as primary it takes the place of the one that was.

    Refused 422 for what was typed, 409 for a code that is in force already.
    """
    held = _held(episode.pk)
    code = code.strip().upper()
    words = label.strip() or COMMON.get(code, "")
    if len(code) > LONGEST_CODE:
        raise _typed(SHAPE, "code")
    if since_on > local_day(now, held.site.time_zone):
        raise _typed("That day has not come yet.", "since_on")
    if not words:
        raise _typed("Write the diagnosis in words.", "label")
    with refused_by(
        diagnosis_code_has_icd_shape=_typed(SHAPE, "code"),
        diagnosis_code_once_per_episode="This code is on the episode already.",
    ):
        made = Diagnosis.objects.create(
            episode=held, code=code, label=words, since_on=since_on, onset=onset.strip(), is_primary=False
        )
    _note(made, DiagnosisChange.Kind.ADDED, since_on, actor, now)
    record(actor, "patients.add_diagnosis", made, patient_id=held.patient_id)
    if is_primary or not held.diagnoses.filter(is_primary=True).exists():
        make_primary(actor=actor, diagnosis=made, reason=reason or "The first on file.", now=now)
        made.refresh_from_db()
    return made


@transaction.atomic
def make_primary(*, actor: User, diagnosis: Diagnosis, reason: str, now: datetime) -> Diagnosis:
    """This one is primary from today. Twice changes nothing; refused 422 without a reason."""
    held = _held(diagnosis.episode_id)
    row = Diagnosis.objects.select_for_update().get(pk=diagnosis.pk)
    if row.is_primary:
        return row
    if row.ended_on is not None:
        raise Refused("This diagnosis has ended. Add it again first.")
    if not reason.strip():
        raise _typed("Say why.", "reason")
    held.diagnoses.filter(is_primary=True).update(is_primary=False)
    row.is_primary = True
    row.save(update_fields=["is_primary"])
    today = local_day(now, held.site.time_zone)
    _note(row, DiagnosisChange.Kind.PRIMARY, today, actor, now, reason)
    record(actor, "patients.make_primary", row, patient_id=held.patient_id)
    return row


@transaction.atomic
def end_diagnosis(
    *, actor: User, diagnosis: Diagnosis, ended_on: date, ended_as: str, reason: str, now: datetime
) -> Diagnosis:
    """It holds until `ended_on`. Refused 409 for the primary one: another is made primary first."""
    held = _held(diagnosis.episode_id)
    row = Diagnosis.objects.select_for_update().get(pk=diagnosis.pk)
    if row.ended_on is not None:
        raise Refused("This diagnosis has ended already.")
    if row.is_primary:
        raise Refused("This is the primary diagnosis. Make another one primary first.")
    if ended_as not in Diagnosis.Ending.values:
        raise _typed("Choose what became of it.", "ended_as")
    if not row.since_on <= ended_on <= local_day(now, held.site.time_zone):
        raise _typed("Choose a day between the first one and today.", "ended_on")
    if not reason.strip():
        raise _typed("Say why.", "reason")
    row.ended_on, row.ended_as = ended_on, ended_as
    row.save(update_fields=["ended_on", "ended_as"])
    _note(row, DiagnosisChange.Kind.ENDED, ended_on, actor, now, reason)
    record(actor, "patients.end_diagnosis", row, patient_id=held.patient_id)
    return row
