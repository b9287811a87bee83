"""Opening a patient's portal account: at the chart's own address, with a neutral invitation."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.messages import outbox
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Patient

KIND = "portal_invitation"
DAYS_TO_ANSWER = 14
TAKEN = "Another account signs in with this address. Ask the patient for their own."


@transaction.atomic
def invite_to_portal(*, actor: User, patient: Patient, now: datetime) -> User:
    """Make the account of this patient and owe them the invitation; pressing twice invites once.

    They sign in by a code sent to the same address, so an address that is not theirs opens nothing else.
    """
    rows = Patient.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    patient = rows.get(pk=patient.pk)
    if patient.user is not None:
        return patient.user
    if not patient.email:
        sentence = "Write the e-mail address on the chart first. The invitation goes there."
        raise Refused(sentence, status=422, email=sentence)
    with refused_by(user_one_account_per_address=TAKEN, accounts_user_email_key=TAKEN):
        account = User.objects.create_user(
            email=patient.email, given_name=patient.called, family_name=patient.family_name, role=Role.PATIENT
        )
    patient.user = account
    patient.save(update_fields=["user"])
    outbox.put_all([_invitation(patient, account, now)])
    record(actor, "patients.invite_to_portal", patient)
    return account


def _invitation(patient: Patient, account: User, now: datetime) -> outbox.Owed:
    site = patient.site
    return outbox.Owed(
        kind=KIND,
        unique_key=f"{KIND}:{account.pk}",
        subject_id=account.pk,
        subject_version=1,
        patient_id=patient.pk,
        site=site,
        to_address=account.email,
        subject_line="Your page is ready",
        body=(
            f"{site.name}: your appointments are at {settings.BASE_URL}/ whenever you want to look. "
            f"Sign in with this e-mail address; we send you a code. Questions? {site.phone}.\n"
        ),
        due_at=now,
        expires_at=now + timedelta(days=DAYS_TO_ANSWER),
    )
