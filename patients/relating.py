"""Relatives on the chart: who may be asked into a family session, once the patient has agreed in writing.

Only a name, what they are to the patient and a phone number: a relative's own health is not kept here
(domain reference 7.4).
"""

from datetime import date

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Consent, Patient, RelatedPerson


@transaction.atomic
def add_related_person(
    *, actor: User, patient: Patient, name: str, relationship: str, phone: str = ""
) -> RelatedPerson:
    """Refused 422 without a name or a relationship, 409 for a name that is on the chart already."""
    for field, given in (("name", name), ("relationship", relationship)):
        if not given.strip():
            raise Refused(f"Write the {field}.", status=422, **{field: f"Write the {field}."})
    with refused_by(related_person_once_per_patient=f"{name.strip()} is on this chart already."):
        person = RelatedPerson.objects.create(
            patient=patient,
            name=name.strip(),
            relationship=relationship.strip(),
            phone=phone.strip(),
            recorded_by=actor,
        )
    record(actor, "patients.add_related_person", person, patient_id=patient.pk, site_id=patient.site_id)
    return person


def consent_in_force(person: RelatedPerson, day: date) -> Consent | None:
    """The patient's consent to family sessions with this person on that day, or None."""
    return person.consents.in_force_on(day).order_by("-signed_on").first()
