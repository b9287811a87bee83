"""Allergies: recorded, none known, ended or taken out; an allergy and "none known" never stand together."""

from datetime import datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.medicating import lock_list
from patients.models import Allergy, Patient


@transaction.atomic
def record_allergy(
    *, actor: User, patient: Patient, substance: str, reaction: str, severity: str, now: datetime
) -> Allergy:
    """Ends "no known allergies" where it stands. Refused 422 without a substance, 409 when it is on file."""
    lock_list(patient)
    substance = substance.strip()
    if not substance:
        sentence = "Write what the person is allergic to."
        raise Refused(sentence, status=422, substance=sentence)
    for none in patient.allergies.standing().filter(none_known=True):
        _end(none, actor, Allergy.Ending.OVER, "An allergy was recorded.", now)
    with refused_by(allergy_once="This allergy is on file already."):
        made = Allergy.objects.create(
            patient=patient, substance=substance, reaction=reaction.strip(), severity=severity,
            recorded_by=actor, recorded_at=now,
        )  # fmt: skip
    record(actor, "patients.record_allergy", made)
    return made


@transaction.atomic
def record_no_known_allergies(*, actor: User, patient: Patient, now: datetime) -> Allergy:
    """The answer to the question. Twice is once; refused 409 while an allergy stands."""
    lock_list(patient)
    standing = patient.allergies.standing().filter(none_known=True).first()
    if standing is not None:
        return standing
    with refused_by(allergy_or_none_known="An allergy is on file. End it first, if it is no longer so."):
        made = Allergy.objects.create(patient=patient, none_known=True, recorded_by=actor, recorded_at=now)
    record(actor, "patients.record_no_known_allergies", made)
    return made


@transaction.atomic
def end_allergy(*, actor: User, allergy: Allergy, ending: str, because: str, now: datetime) -> None:
    """No longer so, or entered in error; it stays on file. Twice changes nothing."""
    lock_list(allergy.patient)
    held = Allergy.objects.get(pk=allergy.pk)
    if held.ended_at is not None:
        return
    if not because.strip():
        raise Refused("Say why.", status=422, because="Say why, in a few words.")
    if ending not in Allergy.Ending.values:
        raise Refused("Choose one.", status=422, ending="Choose one.")
    _end(held, actor, ending, because, now)
    record(actor, "patients.end_allergy", held)


def _end(row: Allergy, actor: User, ending: str, because: str, now: datetime) -> None:
    row.ended_at, row.ended_by, row.ended_because, row.ending = now, actor, because.strip(), ending
    row.save(update_fields=["ended_at", "ended_by", "ended_because", "ending"])
