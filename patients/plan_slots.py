"""Who has signed a version of the plan and who is still wanted (domain reference 4.4, 4.5, 5.1)."""

from dataclasses import dataclass

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, Role, may
from patients.models import Patient, PlanClock, Signature, TreatmentPlan

Part = Signature.Part


@dataclass(frozen=True)
class Slot:
    """One place for a signature. `is_refused` when only the reason for none is kept; `link` where to sign."""

    part: str
    label: str
    signature: Signature | None
    link: str = ""

    @property
    def is_refused(self) -> bool:
        return self.signature is not None and self.signature.way == Signature.Way.NONE

    @property
    def waits(self) -> bool:
        return self.signature is None


def wanted_parts(plan: TreatmentPlan, patient: Patient, clock: PlanClock) -> list[str]:
    """Clinician and patient always; a guardian for a minor; supervisor and prescriber where rules ask."""
    minor = patient.age_on(plan.effective_on) < 18
    asked = (
        (Part.CLINICIAN, True),
        (Part.PATIENT, True),
        (Part.GUARDIAN, minor),
        (Part.SUPERVISOR, plan.needs_cosignature),
        (Part.PRESCRIBER, clock.prescriber_signs),
    )
    return [part.value for part, wanted in asked if wanted]


def slots_of(plan: TreatmentPlan, patient: Patient, clock: PlanClock, user: User) -> list[Slot]:
    """A slot for each wanted signature and each that was given; the real one before a reason for none."""
    given: dict[str, Signature] = {}
    for row in plan.signatures.all():
        if row.part not in given or row.way != Signature.Way.NONE:
            given[row.part] = row
    wanted = wanted_parts(plan, patient, clock)
    parts = [part.value for part in Part if part.value in wanted or part.value in given]
    return [
        Slot(part, Part(part).label, found, _link(part, found, user))
        for part in parts
        for found in [given.get(part)]
        if found is not None or part != Part.CLINICIAN
    ]


def _link(part: str, found: Signature | None, user: User) -> str:
    """The name of the page where this person may see to that signature now."""
    open_now = found is None or found.way == Signature.Way.NONE
    if not open_now or not may(user.role, Permission.PLAN_TREATMENT):
        return ""
    if part in (Part.PATIENT, Part.GUARDIAN):
        return "patients:plan_patient_signature"
    own = {Part.SUPERVISOR: Role.SUPERVISOR, Part.PRESCRIBER: Role.PRESCRIBER}
    return "patients:plan_signature" if own.get(Part(part)) == user.role else ""
