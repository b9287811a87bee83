"""The way in: a referral is received, then moved from inquiry to assessment or the waitlist, or closed.

Nobody is admitted here: `admitting.admit` ends the referral. Timing: domain reference 4.4.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.access_clock import policy_of, received_instant, see_by
from patients.asking import ACCEPTED, ask_at_intake
from patients.models import Patient, Payer, Referral, ReferralStep
from patients.models.referral import Stage
from patients.senders import sender_for

ALREADY_OPEN = "This person already has an open referral. Use that one."
OTHER_CHART = "This is a second chart of the same person. Use the other one."


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
    urgency: str = Referral.Urgency.ROUTINE,
) -> Referral:
    """Receive a referral, at the inquiry stage, for a known chart or a new person.

    The same form sent twice finds the first referral. Refused 422 for what was typed, 409 when the
    person already has an open referral.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)  # two clicks queue here
    today = local_day(now, site.time_zone)
    said = _said(site, today, received_on, source, source_name, source_phone, reason, payer, urgency)
    if patient is not None and patient.use_chart_id is not None:
        raise Refused(OTHER_CHART)
    person = patient or _new_person(
        site, today, given_name, family_name, preferred_name, pronouns, born_on, phone, email
    )
    if (twin := _twin(patient, person, said)) is not None:
        return twin
    if patient is None:
        person.save()
        record(actor, "patients.open_chart", person)
    clock = _clock(site, received_on, urgency, now)
    with refused_by(referral_one_open_per_patient=ALREADY_OPEN):
        referral = Referral.objects.create(patient=person, **said, **clock)
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
    urgency: str,
) -> dict[str, Any]:
    """The referral's own fields. Refused 422 for a first contact to come, an unknown source or urgency."""
    if received_on > today:
        raise Refused("The first contact cannot be in the future.", status=422, received_on="In the future.")
    if source not in Referral.Source.values:
        raise Refused("Choose who sent them.", status=422, source="Choose one.")
    if urgency not in Referral.Urgency.values:
        raise Refused("Choose how urgent it is.", status=422, urgency="Choose one.")
    sender = sender_for(site, source, source_name.strip(), source_phone.strip())
    return {
        "site": site,
        "received_on": received_on,
        "urgency": urgency,
        "source": source,
        "sender": sender,
        "reason": reason.strip(),
        "source_name": "" if sender else source_name.strip(),
        "source_phone": "" if sender else source_phone.strip(),
        "payer": payer,
    }


def _clock(site: Site, received_on: date, urgency: str, now: datetime) -> dict[str, datetime]:
    received_at = received_instant(received_on, now, site.time_zone)
    urgent = urgency == Referral.Urgency.URGENT
    return {"received_at": received_at, "see_by": see_by(received_at, urgent=urgent, policy=policy_of(site))}


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
    """Move a referral to another open stage; to the stage it already has changes nothing.

    A closed one is open again. Refused 422 for admitted (that is the admission's) and closed (that needs a
    reason), 409 once it has led to an admission.
    """
    held = Referral.objects.select_for_update(no_key=True).get(pk=referral.pk)
    if stage not in Stage.values:
        raise Refused("Choose a stage.", status=422, stage="Choose a stage.")
    if held.stage == Stage.ADMITTED:
        raise Refused("This referral has led to an admission and stays as it is.")
    if stage == Stage.ADMITTED:
        sentence = "Use the admission page to admit this person."
        raise Refused(sentence, status=422, stage=sentence)
    if stage == Stage.CLOSED:
        sentence = "Say why it ends, to close it."
        raise Refused(sentence, status=422, stage=sentence)
    last = held.steps.order_by("at", "pk").last()
    if stage == held.stage and last is not None:
        return last
    step = take_step(actor=actor, referral=held, stage=stage, note=note, now=now)
    if stage in ACCEPTED:
        person = Patient.objects.select_related("site").get(pk=held.patient_id)
        ask_at_intake(actor=actor, patient=person, day=local_day(now, person.site.time_zone))
    record(actor, "patients.move_referral", held)
    return step


@transaction.atomic
def close_referral(
    *, actor: User, referral: Referral, outcome: str, now: datetime, words: str = ""
) -> ReferralStep:
    """End a referral without an admission, with the reason; closed the same way again changes nothing.

    Refused 422 without a known reason, or without words for another one; 409 once it has led to an admission.
    """
    held = Referral.objects.select_for_update(no_key=True).get(pk=referral.pk)
    if held.stage == Stage.ADMITTED:
        raise Refused("This referral has led to an admission and stays as it is.")
    if outcome not in Referral.Outcome.values:
        raise Refused("Choose why it ends.", status=422, outcome="Choose one.")
    last = held.steps.order_by("at", "pk").last()
    if held.stage == Stage.CLOSED and held.outcome == outcome and last is not None:
        return last
    held.outcome, held.outcome_words, held.next_contact_on = outcome, words.strip(), None
    with refused_by(
        referral_other_outcome_has_words=Refused("Say which reason.", status=422, words="Say which reason.")
    ):
        step = take_step(
            actor=actor, referral=held, stage=Stage.CLOSED, note=held.get_outcome_display(), now=now
        )
    record(actor, "patients.close_referral", held)
    return step


def take_step(*, actor: User, referral: Referral, stage: str, note: str, now: datetime) -> ReferralStep:
    """Write a stage and its step on a locked referral; for verbs of this room."""
    referral.stage = stage
    if stage != Stage.CLOSED:
        referral.outcome = referral.outcome_words = ""
    changed = ["stage", "outcome", "outcome_words", "next_contact_on", "episode"]
    with refused_by(referral_one_open_per_patient=ALREADY_OPEN):
        referral.save(update_fields=changed)
    return ReferralStep.objects.create(referral=referral, stage=stage, at=now, by=actor, note=note.strip())
