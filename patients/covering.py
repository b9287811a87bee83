"""Coverage and the days a payer authorizes. Used units are counted from decided days, never typed here."""

from datetime import date

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Authorization, Coverage, Patient, Payer

BACKWARDS = Refused("The last day is before the first.", status=422, to_on="Before the first day.")
AUTHORIZATION_SENTENCES = {
    "authorization_ends_after_it_starts": BACKWARDS,
    "authorization_approved_has_number_and_units": Refused(
        "An approved authorization needs its number and at least one unit.",
        status=422,
        number="Write the payer's number and the units.",
    ),
    "authorization_one_per_code_and_day": Refused(
        "Another approved authorization covers some of these days for this code."
    ),
}


@transaction.atomic
def add_coverage(
    *,
    actor: User,
    patient: Patient,
    payer: Payer,
    member_number: str,
    from_on: date,
    plan_name: str = "",
    to_on: date | None = None,
    rank: int = 1,
) -> Coverage:
    """Add a plan; the same one sent twice is one. Refused 409 where another has that rank on those days."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    said = {
        "patient": patient,
        "payer": payer,
        "member_number": member_number.strip(),
        "plan_name": plan_name.strip(),
        "from_on": from_on,
        "to_on": to_on,
        "rank": rank,
    }
    if not said["member_number"]:
        raise Refused("Write the member ID.", status=422, member_number="Write the member ID.")
    same = Coverage.objects.filter(**said).first()
    if same is not None:
        return same
    with refused_by(
        coverage_ends_after_it_starts=BACKWARDS,
        coverage_one_per_rank_and_day="Another plan pays in that place on some of these days. End it first.",
    ):
        coverage = Coverage.objects.create(**said)
    record(actor, "patients.add_coverage", coverage, payer_id=payer.pk)
    return coverage


@transaction.atomic
def end_coverage(*, actor: User, coverage: Coverage, to_on: date) -> Coverage:
    """Set the last day a plan pays. Refused 422 when that is before its first."""
    held = Coverage.objects.select_for_update(no_key=True).get(pk=coverage.pk)
    held.to_on = to_on
    with refused_by(
        coverage_ends_after_it_starts=BACKWARDS,
        coverage_one_per_rank_and_day="Another plan pays in that place by then.",
    ):
        held.save(update_fields=["to_on"])
    record(actor, "patients.end_coverage", held)
    return held


@transaction.atomic
def add_authorization(
    *,
    actor: User,
    coverage: Coverage,
    service_code: str,
    units_approved: int,
    number: str,
    from_on: date,
    to_on: date,
    status: str,
    units_requested: int = 0,
    review_due_on: date | None = None,
) -> Authorization:
    """Add what a payer was asked for or answered; the same one sent twice is one.

    Refused 422 for an approval without number or units, 409 where approved days would overlap.
    """
    Coverage.objects.select_for_update(no_key=True).get(pk=coverage.pk)
    said = {
        "coverage": coverage,
        "service_code": service_code.strip().upper(),
        "units_approved": units_approved,
        "number": number.strip(),
        "from_on": from_on,
        "to_on": to_on,
        "status": status,
        "units_requested": units_requested,
        "review_due_on": review_due_on,
    }
    if status not in Authorization.Status.values:
        raise Refused("Choose what the payer said.", status=422)
    same = Authorization.objects.filter(**said).first()
    if same is not None:
        return same
    with refused_by(**AUTHORIZATION_SENTENCES):
        authorization = Authorization.objects.create(**said)
    record(actor, "patients.add_authorization", authorization)
    return authorization


@transaction.atomic
def answer_authorization(
    *,
    actor: User,
    authorization: Authorization,
    status: str,
    number: str,
    units_approved: int,
    to_on: date,
    review_due_on: date | None = None,
) -> Authorization:
    """Write down what the payer answered, or a later extension of days and units."""
    held = Authorization.objects.select_for_update(no_key=True).get(pk=authorization.pk)
    held.status, held.number, held.units_approved = status, number.strip(), units_approved
    held.to_on, held.review_due_on = to_on, review_due_on
    with refused_by(**AUTHORIZATION_SENTENCES):
        held.save(update_fields=["status", "number", "units_approved", "to_on", "review_due_on"])
    record(actor, "patients.answer_authorization", held)
    return held
