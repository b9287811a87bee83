"""The way in: a referral is received, then moved from inquiry to assessment, waitlist or elsewhere.

Nobody is admitted here: `admitting.admit` closes the referral. Timing: domain reference 4.4.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Patient, Payer, Referral, ReferralStep
from patients.models.referral import Stage

ALREADY_OPEN = "This person already has an open referral. Use that one."


@transaction.atomic
def refer(
    *,
    actor: User,
    site: Site,
    received_on: date,
    source: str,
    reason: str,
    now: datetime,
    patient: Patient | None = None,
    given_name: str = "",
    family_name: str = "",
    preferred_name: str = "",
    pronouns: str = "",
    born_on: date | None = None,
    phone: str = "",
    email: str = "",
    source_name: str = "",
    source_phone: str = "",
    payer: Payer | None = None,
) -> Referral:
    """Receive a referral, at the inquiry stage, for a known chart or a new person.

    The same form sent twice finds the first referral. Refused 422 for what was typed, 409 when the
    person already has an open referral.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)  # two clicks queue here
    today = local_day(now, site.time_zone)
    said = _said(site, today, received_on, source, source_name, source_phone, reason, payer)
    person = patient or _new_person(
        site, today, given_name, family_name, preferred_name, pronouns, born_on, phone, email
    )
    if (twin := _twin(patient, person, said)) is not None:
        return twin
    if patient is None:
        person.save()
        record(actor, "patients.open_chart", person)
    with refused_by(referral_one_open_per_patient=ALREADY_OPEN):
        referral = Referral.objects.create(patient=person, **said)
    ReferralStep.objects.create(referral=referral, stage=Stage.INQUIRY, at=now, by=actor)
    record(actor, "patients.refer", referral)
    return referral


def _said(
    site: Site,
    today: date,
    received_on: date,
    source: str,
    source_name: str,
    source_phone: str,
    reason: str,
    payer: Payer | None,
) -> dict[str, Any]:
    """The referral's own fields. Refused 422 for a first contact to come or an unknown source."""
    if received_on > today:
        raise Refused("The first contact cannot be in the future.", status=422, received_on="In the future.")
    if source not in Referral.Source.values:
        raise Refused("Choose who sent them.", status=422, source="Choose one.")
    return {
        "site": site,
        "received_on": received_on,
        "source": source,
        "reason": reason.strip(),
        "source_name": source_name.strip(),
        "source_phone": source_phone.strip(),
        "payer": payer,
    }


def _new_person(
    site: Site,
    today: date,
    given: str,
    family: str,
    called: str,
    pronouns: str,
    born_on: date | None,
    *reach: str,
) -> Patient:
    """A chart not yet saved. Refused 422 without a name or with an impossible birth date."""
    for field, name in (("given_name", given), ("family_name", family)):
        if not name.strip():
            raise Refused("Write the person's first and last name.", status=422, **{field: "Write the name."})
    if born_on is None or not date(1900, 1, 1) <= born_on <= today:
        sentence = "Check the date of birth."
        raise Refused(sentence, status=422, born_on=sentence)
    phone, email = reach
    return Patient(
        site=site,
        given_name=given.strip(),
        family_name=family.strip(),
        preferred_name=called.strip(),
        pronouns=pronouns.strip(),
        born_on=born_on,
        phone=phone.strip(),
        email=email.strip(),
    )


def _twin(patient: Patient | None, person: Patient, said: dict[str, Any]) -> Referral | None:
    """The open referral that says exactly the same of the same person."""
    same = Referral.objects.open().filter(**said)
    if patient is not None:
        return same.filter(patient=patient).first()
    return same.filter(
        patient__given_name=person.given_name,
        patient__family_name=person.family_name,
        patient__born_on=person.born_on,
        patient__phone=person.phone,
    ).first()


@transaction.atomic
def move_referral(
    *, actor: User, referral: Referral, stage: str, now: datetime, note: str = ""
) -> ReferralStep:
    """Move a referral to another stage; to the stage it already has changes nothing.

    Refused 422 for admitted (that is the admission's) and 409 once it has led to an admission.
    """
    held = Referral.objects.select_for_update(no_key=True).get(pk=referral.pk)
    if stage not in Stage.values:
        raise Refused("Choose a stage.", status=422, stage="Choose a stage.")
    if held.stage == Stage.ADMITTED:
        raise Refused("This referral has led to an admission and stays as it is.")
    if stage == Stage.ADMITTED:
        sentence = "Use the admission page to admit this person."
        raise Refused(sentence, status=422, stage=sentence)
    last = held.steps.order_by("at", "pk").last()
    if stage == held.stage and last is not None:
        return last
    step = take_step(actor=actor, referral=held, stage=stage, note=note, now=now)
    record(actor, "patients.move_referral", held)
    return step


def take_step(*, actor: User, referral: Referral, stage: str, note: str, now: datetime) -> ReferralStep:
    """Write a stage and its step on a locked referral; for verbs of this room."""
    referral.stage = stage
    with refused_by(referral_one_open_per_patient=ALREADY_OPEN):
        referral.save(update_fields=["stage"])
    return ReferralStep.objects.create(referral=referral, stage=stage, at=now, by=actor, note=note.strip())
