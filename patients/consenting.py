"""Consents: recorded as signed, and taken back. A revoked consent stays on file (45 CFR 164.508(b)(5))."""

from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Consent, Patient, RelatedPerson
from patients.models.consent import REQUIRED_FOR_ADMISSION


@transaction.atomic
def sign_consent(
    *,
    actor: User,
    patient: Patient,
    kind: str,
    signed_on: date,
    signed_name: str,
    expires_on: date | None = None,
    related_person: RelatedPerson | None = None,
) -> Consent:
    """Put a signed consent on file; the same one sent twice is one. Refused 409 when that day has another.

    A consent to family sessions names one related person of this patient; 422 without.
    """
    if kind not in Consent.Kind.values:
        raise Refused("Choose which consent was signed.", status=422, kind="Choose one.")
    if not signed_name.strip():
        raise Refused("Write who signed.", status=422, signed_name="Write who signed.")
    _require_person(patient, kind, related_person)
    given = {
        "signed_name": signed_name.strip(),
        "expires_on": expires_on,
        "related_person": related_person,
    }
    same = Consent.objects.filter(
        patient=patient, kind=kind, signed_on=signed_on, revoked_at__isnull=True, **given
    ).first()
    if same is not None:
        return same
    early = "It would end before it was signed."
    with refused_by(
        consent_once_per_kind_and_day="This consent is already on file for that day.",
        consent_expires_after_signing=Refused(early, status=422, expires_on=early),
    ):
        consent = Consent.objects.create(
            patient=patient, kind=kind, signed_on=signed_on, recorded_by=actor, **given
        )
    record(actor, "patients.sign_consent", consent)
    return consent


def _require_person(patient: Patient, kind: str, person: RelatedPerson | None) -> None:
    if (kind == Consent.Kind.FAMILY) != (person is not None):
        said = "Choose who may take part." if person is None else "Only family consents name a person."
        raise Refused(said, status=422, related_person=said)
    if person is not None and person.patient_id != patient.pk:
        raise Refused("Choose who may take part.", status=422, related_person="Not on this chart.")


@transaction.atomic
def revoke_consent(*, actor: User, consent: Consent, now: datetime) -> Consent:
    """Take a consent back from this instant on; doing it again changes nothing."""
    held = Consent.objects.select_for_update().get(pk=consent.pk)
    if held.revoked_at is not None:
        return held
    held.revoked_at = now
    held.save(update_fields=["revoked_at"])
    record(actor, "patients.revoke_consent", held)
    return held


def missing_for_admission(patient: Patient, day: date) -> list[Consent.Kind]:
    """The consents an admission needs that are not in force on `day`."""
    on_file = set(patient.consents.in_force_on(day).values_list("kind", flat=True))
    return [kind for kind in REQUIRED_FOR_ADMISSION if kind not in on_file]
