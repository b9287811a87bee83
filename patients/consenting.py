"""Consents: asked for, signed on paper, on screen or in the portal, and taken back.

A revoked consent stays on file (45 CFR 164.508(b)(5)); it binds from that instant (42 CFR 2.31).
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import as_utc, local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.seal import seal_of
from patients.consent_words import VERSION, Terms, shown_for
from patients.models import Consent, Patient, RelatedPerson
from patients.models.consent import REQUIRED_FOR_ADMISSION
from patients.models.consent_terms import ConsentKind

_EARLY = "It would end before it was signed."
_LISTS = ("scopes", "recipient_names", "recipient_classes")


@dataclass(frozen=True, kw_only=True)
class Signing:
    """A signature as it was given. `drawing` is path data, empty when only a name was typed."""

    name: str
    way: str
    signed_as: str = Consent.SignedAs.PATIENT
    authority: str = ""
    drawing: str = ""
    signed_on: date | None = None


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
    """Put a consent signed on paper on file; the same one sent twice is one. 409 when that day has another.

    A consent to family sessions names one related person of this patient; 422 without.
    """
    if kind not in Consent.Kind.values or Consent(kind=kind).is_release:
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
    with refused_by(
        consent_once_per_kind_and_day="This consent is already on file for that day.",
        consent_expires_after_signing=Refused(_EARLY, status=422, expires_on=_EARLY),
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
def ask_for_consent(
    *, actor: User, patient: Patient, terms: Terms, related_person: RelatedPerson | None = None
) -> Consent:
    """A consent that waits for its signature, with the words it shows. The same one asked twice is one.

    Refused 422 where an element of its kind is missing; the database asks the same.
    """
    if terms.kind not in Consent.Kind.values:
        raise Refused("Choose which consent this is.", status=422, kind="Choose one.")
    _require_person(patient, terms.kind, related_person)
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    given: dict[str, Any] = asdict(terms)
    given |= {name: list(given[name]) for name in _LISTS}
    same = Consent.objects.waiting().filter(patient=patient, related_person=related_person, **given).first()
    if same is not None:
        return same
    shown = shown_for(terms, patient.full_name, related_person.name if related_person else "")
    with refused_by(**_INCOMPLETE):
        consent = Consent.objects.create(
            patient=patient,
            related_person=related_person,
            wording_version=VERSION,
            shown=shown,
            way="",
            recorded_by=actor,
            **given,
        )
    record(actor, "patients.ask_for_consent", consent)
    return consent


def _lacks(sentence: str, field: str) -> Refused:
    return Refused(sentence, status=422, **{field: sentence})


_INCOMPLETE: dict[str, str | Refused] = {
    "consent_once_per_kind_and_day": "This consent waits for a signature already.",
    "consent_says_who_discloses": _lacks("Write who gives the information.", "discloser"),
    "consent_says_what": _lacks("Choose what may be given.", "scopes"),
    "consent_names_a_recipient": _lacks("Name who receives it, or choose a kind.", "recipient_names"),
    "consent_intermediary_says_for_whom": _lacks("Write for whom it passes it on.", "intermediary_members"),
    "consent_says_why": _lacks("Say what it is for.", "purpose"),
    "consent_says_when_it_ends": _lacks("Give a day or an event it ends with.", "expires_on"),
    "consent_single_is_for_care": _lacks("Choose another purpose.", "purpose"),
    "consent_counseling_notes_stand_alone": _lacks("Counseling notes need a consent of their own.", "scopes"),
    "consent_legal_stands_alone": _lacks("Legal proceedings need a consent of their own.", "purpose"),
    "consent_irrevocable_until_its_event": _lacks(
        "Write the event it holds until. Only criminal-justice consents cannot be taken back.",
        "expires_event",
    ),
}


@transaction.atomic
def give_signature(*, actor: User, consent: Consent, signing: Signing, now: datetime) -> Consent:
    """Sign a consent that waits. 409 once it is signed, 422 without a name or, for another, the authority.

    A signature on screen or in the portal is of this instant; one on paper has its own day.
    """
    held = _lock(consent)
    if held.signed_on is not None:
        raise Refused("This consent is signed already. Nothing was changed.")
    today = local_day(now, held.patient.site.time_zone)
    signed_on = (signing.signed_on or today) if signing.way == Consent.Way.PAPER else today
    _require_signer(signing, signed_on, today)
    held.signed_on, held.signed_at = signed_on, now
    held.signed_name, held.way = signing.name.strip(), signing.way
    held.signed_as, held.signed_authority = signing.signed_as, signing.authority.strip()
    held.drawing, held.recorded_by = signing.drawing, actor
    held.content_sha256 = content_hash(held)
    with refused_by(
        consent_expires_after_signing="Its last day is over. Ask for it anew with a later one.",
        consent_once_per_kind_and_day="This consent is already on file for that day.",
    ):
        held.save(update_fields=_SIGNATURE)
    record(actor, "patients.sign_consent", held)
    return held


_SIGNATURE = [
    "signed_on", "signed_at", "signed_name", "signed_as", "signed_authority", "way", "drawing",
    "content_sha256", "recorded_by",
]  # fmt: skip


def _require_signer(signing: Signing, signed_on: date, today: date) -> None:
    if not signing.name.strip():
        raise Refused("Type the full name.", status=422, signed_name="Type the full name.")
    if signing.signed_as != Consent.SignedAs.PATIENT and not signing.authority.strip():
        said = "Say why this person may sign."
        raise Refused(said, status=422, signed_authority=said)
    if signed_on > today:
        said = "That day has not come yet."
        raise Refused(said, status=422, signed_on=said)


def content_hash(consent: Consent) -> str:
    """SHA-256 of what was signed; the same as `content_sha256` as long as nothing was changed."""
    assert consent.signed_at is not None
    return seal_of(consent.signed_content(as_utc(consent.signed_at)))


@transaction.atomic
def drop_waiting(*, actor: User, consent: Consent) -> None:
    """Take away a consent nobody signed. 409 once it is signed."""
    held = _lock(consent)
    if held.signed_on is not None:
        raise Refused("This consent is signed. It can be taken back, not removed.")
    record(actor, "patients.drop_consent", held)
    held.delete()


@transaction.atomic
def revoke_consent(
    *,
    actor: User,
    consent: Consent,
    now: datetime,
    how: str = Consent.RevokedHow.WRITTEN,
    dated_on: date | None = None,
) -> Consent:
    """Take a consent back from this instant on; doing it again changes nothing.

    `dated_on` is the day on the patient's letter. 409 where it holds until its event, or was never signed.
    """
    held = _lock(consent)
    if held.revoked_at is not None:
        return held
    if held.signed_on is None:
        raise Refused("Nobody signed this consent. It allows nothing.")
    if held.is_irrevocable and how != Consent.RevokedHow.EVENT:
        raise Refused(f"This consent holds until {held.expires_event}. It cannot be taken back before.")
    held.revoked_at, held.revoked_how = now, how
    held.revoked_by, held.revocation_dated_on = actor, dated_on
    held.save(update_fields=["revoked_at", "revoked_how", "revoked_by", "revocation_dated_on"])
    record(actor, "patients.revoke_consent", held)
    return held


def _lock(consent: Consent) -> Consent:
    rows = Consent.objects.select_related("patient__site", "related_person")
    held = rows.select_for_update(of=("self",)).filter(pk=consent.pk).first()
    if held is None:
        raise Refused("This consent was removed meanwhile.")
    return held


def missing_for_admission(patient: Patient, day: date) -> list[ConsentKind]:
    """The consents an admission needs that are not in force on `day`."""
    on_file = set(patient.consents.in_force_on(day).values_list("kind", flat=True))
    return [kind for kind in REQUIRED_FOR_ADMISSION if kind not in on_file]
