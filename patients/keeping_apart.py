"""People who are not to share a group: recorded for both at once, with a reason, until it is ended."""

from datetime import datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import KeptApart, Patient


@transaction.atomic
def keep_apart(*, actor: User, patient: Patient, other: Patient, reason: str) -> KeptApart:
    """Refused 422 for oneself, another site's patient or no reason; 409 for two kept apart already."""
    if not reason.strip():
        raise Refused("Say why.", status=422, reason="Say why, in a few words.")
    if other.pk == patient.pk or other.site_id != patient.site_id:
        raise Refused("Choose another patient of this site.", status=422)
    first, second = sorted((patient, other), key=lambda one: one.pk)
    with refused_by(kept_apart_once=f"{patient.called} and {other.called} are kept apart already."):
        row = KeptApart.objects.create(
            first=first, second=second, reason=reason.strip()[:200], recorded_by=actor
        )
    record(
        actor, "patients.keep_apart", row, patient_id=patient.pk, site_id=patient.site_id, other_id=other.pk
    )
    return row


@transaction.atomic
def end_keeping_apart(*, actor: User, row: KeptApart, now: datetime) -> None:
    """They may share a group again. Twice changes nothing."""
    row = KeptApart.objects.select_for_update(of=("self",)).select_related("first").get(pk=row.pk)
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by = now, actor
    row.save(update_fields=["ended_at", "ended_by"])
    record(
        actor, "patients.end_keeping_apart", row,
        patient_id=row.first_id, site_id=row.first.site_id, other_id=row.second_id,
    )  # fmt: skip


def kept_apart_from(patient: Patient) -> frozenset[int]:
    """The numbers of those this patient is not to share a group with."""
    pairs = KeptApart.objects.standing().of(patient.pk).values_list("first", "second")
    return frozenset(pk for pair in pairs for pk in pair) - {patient.pk}
