"""Signing a clinical document: the author first, which freezes it; then supervisor, patient, prescriber.

Domain reference 4.5: bound to the signer, their credential, the instant and a hash of the content.
"""

from datetime import datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from iop_clinic.seal import seal_of
from patients.documenting import credential_of, form_of, require_writer
from patients.models import ClinicalDocument, Signature

SIGNED_ALREADY = "This has been signed already."
ADULT_AGE = 18
OWN_PART = {Role.SUPERVISOR: Signature.Part.SUPERVISOR, Role.PRESCRIBER: Signature.Part.PRESCRIBER}


@transaction.atomic
def sign_document(*, actor: User, document: ClinicalDocument, now: datetime) -> Signature:
    """The author's signature; from here PostgreSQL refuses any change. Pressing twice signs once.

    Refused 422 while required questions are open, 403 for a role that does not write this kind.
    """
    held = ClinicalDocument.objects.select_for_update().get(pk=document.pk)
    form = form_of(held)
    require_writer(actor, form)
    if held.signed_at is not None:
        known = held.signatures.filter(part=Signature.Part.CLINICIAN, signer=actor).first()
        if known is not None:
            return known
        raise Refused(SIGNED_ALREADY)
    open_questions = form.open_questions(held.answers)
    if open_questions:
        raise Refused(f"Not signed yet. {len(open_questions)} questions still need an answer.", status=422)
    held.signed_at, held.author = now, actor
    held.needs_cosignature = form.cosigned and _supervised(actor)
    held.save(update_fields=["signed_at", "author", "needs_cosignature"])
    return _sign(actor, held, Signature.Part.CLINICIAN, now)


def _supervised(user: User) -> bool:
    return getattr(getattr(user, "profile", None), "supervisor_id", None) is not None


@transaction.atomic
def cosign_document(*, actor: User, document: ClinicalDocument, now: datetime) -> Signature:
    """A supervisor's or prescriber's signature under the author's. Nobody signs under themselves."""
    held = _signed(document)
    part = OWN_PART.get(Role(actor.role))
    if part is None:
        raise Refused("A supervisor or prescriber signs here.", status=403)
    if held.signatures.filter(signer=actor).exists():
        raise Refused(SIGNED_ALREADY)
    return _sign(actor, held, part, now)


def family_parts(document: ClinicalDocument) -> list[str]:
    """Who may still sign beside the staff: patient or guardian of an adult, both for someone under 18."""
    if document.signed_at is None or not form_of(document).patient_signs:
        return []
    both = [Signature.Part.PATIENT.value, Signature.Part.GUARDIAN.value]
    given = {row.part for row in document.signatures.all() if row.part in both}
    signed_on = local_day(document.signed_at, document.patient.site.time_zone)
    minor = document.patient.age_on(signed_on) < ADULT_AGE
    return [part for part in both if part not in given] if minor or not given else []


@transaction.atomic
def sign_as_patient(
    *,
    actor: User,
    document: ClinicalDocument,
    way: str,
    signed_name: str,
    now: datetime,
    part: str = Signature.Part.PATIENT,
    drawing: str = "",
    reason: str = "",
) -> Signature:
    """The patient's or guardian's signature, or with way "none" the reason it is missing.

    `actor` is the patient in the portal, else whoever was with them. Refused 422 without a name or reason.
    """
    held = _signed(document)
    if part not in (Signature.Part.PATIENT, Signature.Part.GUARDIAN) or way not in Signature.Way.values:
        raise Refused("Choose who signs, and how.", status=422, part="Choose one.")
    without_name = Refused("Write the full name.", status=422, signed_name="Write the full name.")
    without_reason = Refused("Say why it is not signed.", status=422, reason="Say why.")
    with refused_by(
        signature_names_the_signer=without_name,
        signature_missing_has_a_reason=without_reason,
        signature_once_per_document=SIGNED_ALREADY,
    ):
        signature = Signature.objects.create(
            document=held,
            part=part,
            way=way,
            signer=actor if way == Signature.Way.PORTAL else None,
            signed_name=signed_name.strip(),
            drawing=drawing,
            reason=reason.strip() if way == Signature.Way.NONE else "",
            signed_at=now,
            recorded_by=actor,
            content_sha256=seal_of(held.signed_content()),
        )
    record(actor, "patients.sign_as_patient", held, signature_id=signature.pk)
    return signature


def _signed(document: ClinicalDocument) -> ClinicalDocument:
    held = ClinicalDocument.objects.select_for_update(no_key=True).get(pk=document.pk)
    if held.signed_at is None:
        raise Refused("The author signs first.")
    return held


def _sign(actor: User, held: ClinicalDocument, part: str, now: datetime) -> Signature:
    with refused_by(signature_once_per_document=SIGNED_ALREADY):
        signature = Signature.objects.create(
            document=held,
            part=part,
            way=Signature.Way.PASSWORD,
            signer=actor,
            signed_name=actor.full_name,
            credential=credential_of(actor),
            signed_at=now,
            recorded_by=actor,
            content_sha256=seal_of(held.signed_content()),
        )
    record(actor, "patients.sign_document", held, signature_id=signature.pk)
    return signature
