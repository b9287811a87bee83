"""Signing a plan: the clinician first, which freezes it; then supervisor, prescriber, patient, guardian.

Domain reference 4.5 and 5.1: bound to signer, credential, instant and a hash of the whole version.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from iop_clinic.seal import seal_of
from patients.document_signing import OWN_PART, SIGNED_ALREADY
from patients.documenting import credential_of
from patients.models import (
    Episode,
    Goal,
    Intervention,
    Objective,
    PlanCopy,
    Signature,
    TreatmentPlan,
)
from patients.models.plan_parts import OPEN_STATUSES
from patients.plan_tree import signed_content, with_parts


def missing_for_signing(plan: TreatmentPlan) -> list[str]:
    """What a draft, read with its parts, still needs, in words; empty when it is ready."""
    goals = [goal for problem in plan.problems.all() for goal in problem.goals.all()]
    if not goals:
        return ["at least one goal"]
    missing = [
        f"what problem {problem.position} is" for problem in plan.problems.all() if not problem.statement
    ]
    for goal in goals:
        missing += _missing_of(goal, plan.is_interim)
    return missing


def _missing_of(goal: Goal, is_interim: bool) -> list[str]:
    name = f"goal {goal.position}"
    missing = [] if goal.statement else [f"{name} in the person’s words"]
    objectives = list(goal.objectives.all())
    if not objectives:
        return [*missing, f"an objective for {name}"]
    for number, objective in enumerate(objectives, start=1):
        if objective.status in OPEN_STATUSES:
            said = name if len(objectives) == 1 else f"{name}, objective {number}"
            missing += [f"{words} of {said}" for words in _missing_in(objective, is_interim)]
    return missing


def _missing_in(objective: Objective, is_interim: bool) -> list[str]:
    services = list(objective.interventions.all())
    checks = (
        (objective.statement, "the objective"),
        (objective.target is not None, "the number to reach"),
        (objective.target is None or objective.instrument_code or objective.unit, "what is counted"),
        (objective.target_on, "the date"),
        (services or is_interim, "a service"),
        (all(_names_someone(service) for service in services), "who gives each service"),
    )
    return [words for said, words in checks if not said]


def _names_someone(service: Intervention) -> bool:
    return bool(service.who_id or service.credential)


@transaction.atomic
def sign_plan(*, actor: User, plan: TreatmentPlan, now: datetime) -> TreatmentPlan:
    """Sign a draft; from here PostgreSQL refuses any change. Refused 409 when signed, 422 when incomplete."""
    Episode.objects.select_for_update(no_key=True).get(pk=plan.episode_id)  # writing a draft takes it first
    held = with_parts(TreatmentPlan.objects.select_for_update()).get(pk=plan.pk)
    if held.signed_at is not None:
        raise Refused("This version is already signed. Make a new version to change it.")
    missing = missing_for_signing(held)
    if missing:
        raise Refused(f"Not signed yet. Still missing: {', '.join(missing)}.", status=422)
    held.signed_at, held.signed_by = now, actor
    held.needs_cosignature = getattr(getattr(actor, "profile", None), "supervisor_id", None) is not None
    held.save(update_fields=["signed_at", "signed_by", "needs_cosignature"])
    _sign(actor, held, Signature.Part.CLINICIAN, now)
    record(actor, "patients.sign_plan", held, version=held.version)
    return held


@transaction.atomic
def cosign_plan(*, actor: User, plan: TreatmentPlan, now: datetime) -> Signature:
    """A supervisor's or prescriber's signature under the clinician's. Nobody signs under themselves."""
    held = _signed(plan)
    if actor.pk == held.signed_by_id:
        raise Refused("You signed this plan as its clinician. Someone else signs here.")
    part = OWN_PART.get(Role(actor.role))
    if part is None:
        raise Refused("A supervisor or prescriber signs here.", status=403)
    signature = _sign(actor, held, part, now)
    record(actor, "patients.cosign_plan", held, signature_id=signature.pk)
    return signature


@transaction.atomic
def sign_plan_as_patient(
    *,
    actor: User,
    plan: TreatmentPlan,
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
    held = _signed(plan)
    if part not in (Signature.Part.PATIENT, Signature.Part.GUARDIAN) or way not in Signature.Way.values:
        raise Refused("Choose who signs, and how.", status=422, part="Choose one.")
    without_reason = Refused("Say why it is not signed.", status=422, reason="Say why.")
    without_name = Refused("Write the full name.", status=422, signed_name="Write the full name.")
    with refused_by(signature_names_the_signer=without_name, signature_missing_has_a_reason=without_reason):
        signature = _keep(
            held,
            actor,
            now,
            part=part,
            way=way,
            signer=actor if way == Signature.Way.PORTAL else None,
            signed_name=signed_name.strip(),
            drawing=drawing,
            reason=reason.strip() if way == Signature.Way.NONE else "",
        )
    record(actor, "patients.sign_plan_as_patient", held, signature_id=signature.pk)
    return signature


@transaction.atomic
def offer_copy(*, actor: User, plan: TreatmentPlan, answer: str, now: datetime) -> PlanCopy:
    """Keep that the patient was offered a copy of a signed plan, and what they said."""
    held = _signed(plan)
    if answer not in PlanCopy.Answer.values:
        raise Refused("Choose what they said.", status=422, answer="Choose one.")
    copy = PlanCopy.objects.create(plan=held, answer=answer, offered_at=now, offered_by=actor)
    record(actor, "patients.offer_plan_copy", held, copy_id=copy.pk)
    return copy


def _signed(plan: TreatmentPlan) -> TreatmentPlan:
    held = with_parts(TreatmentPlan.objects.select_for_update(no_key=True)).get(pk=plan.pk)
    if held.signed_at is None:
        raise Refused("The clinician signs first.")
    return held


def _sign(actor: User, held: TreatmentPlan, part: str, now: datetime) -> Signature:
    said = {"part": part, "way": Signature.Way.PASSWORD, "signer": actor}
    return _keep(held, actor, now, **said, signed_name=actor.full_name, credential=credential_of(actor))


def _keep(held: TreatmentPlan, actor: User, now: datetime, **said: Any) -> Signature:
    with refused_by(signature_once_per_plan=SIGNED_ALREADY):
        return Signature.objects.create(
            plan=held,
            signed_at=now,
            recorded_by=actor,
            content_sha256=seal_of(signed_content(held)),
            **said,
        )
