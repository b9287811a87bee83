"""How a person is called and reached: only what changed is written, and which fields is on the trail."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Patient

CONTACT_FIELDS = (
    "given_name",
    "family_name",
    "preferred_name",
    "pronouns",
    "born_on",
    "phone",
    "email",
    "state_code",
    "languages",
    "email_reminders_ok",
    "voicemail_ok",
)


@transaction.atomic
def change_contact(*, actor: User, patient: Patient, changes: Mapping[str, Any]) -> Patient:
    """Write these contact fields. Refused 422 for reminders without an address."""
    held = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    changed = [name for name in CONTACT_FIELDS if name in changes and getattr(held, name) != changes[name]]
    for name in changed:
        setattr(held, name, changes[name])
    need, old = "Reminders by e-mail need an address.", "Check the date of birth."
    with refused_by(
        patient_reminders_need_an_address=Refused(need, status=422, email=need),
        patient_born_after_1900=Refused(old, status=422, born_on=old),
    ):
        if changed:
            held.save(update_fields=changed)
    if changed:
        record(actor, "patients.change_contact", held, fields=changed)
    return held
