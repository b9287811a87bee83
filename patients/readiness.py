"""What is still missing before an admission: a checklist with the page where each thing is done.

Only the consents stop an admission (admitting.admit); the rest is what a good intake has (4.4).
"""

from dataclasses import dataclass
from datetime import date

from iop_clinic.accounts.models import User
from patients.assessing import WEEKLY
from patients.consenting import missing_for_admission
from patients.due import day_words
from patients.header import may_open
from patients.models import Coverage, Patient, Referral
from patients.models.referral import Stage
from patients.scoring import load_instruments

ASSESSED = {Stage.ASSESSMENT, Stage.WAITLISTED, Stage.ADMITTED}


@dataclass(frozen=True)
class Step:
    """One thing before admission; `url` is empty where this person's role does not do it."""

    title: str
    is_done: bool
    words: str
    url: str
    is_required: bool = False


def steps_before_admission(patient: Patient, user: User, day: date, referral: Referral | None) -> list[Step]:
    """In the order of an intake; five queries."""
    steps = [_contact(patient, user)]
    if referral is not None:
        assessed = referral.stage in ASSESSED
        words = "Done" if assessed else f"Stage: {referral.get_stage_display().lower()}"
        steps.append(Step("Screening and assessment", assessed, words, ""))
    coverage = patient.coverages.in_force_on(day).select_related("payer").first()
    steps += [_measures(patient, user), _consents(patient, user, day), _coverage(patient, user, coverage)]
    return steps if coverage is None else [*steps, _benefits(coverage, user, day)]


def _contact(patient: Patient, user: User) -> Step:
    reached = bool(patient.phone or patient.email)
    words = patient.phone or patient.email or "No phone or e-mail yet"
    return Step("A way to reach them", reached, words, may_open(user, "patients:edit", patient.pk))


def _measures(patient: Patient, user: User) -> Step:
    answered = set(
        patient.responses.filter(state="complete", instrument_code__in=WEEKLY).values_list(
            "instrument_code", flat=True
        )
    )
    missing = [load_instruments()[code].name for code in WEEKLY if code not in answered]
    words = f"{' and '.join(missing)} not answered yet" if missing else "PHQ-9 and GAD-7 answered"
    return Step("Intake measures", not missing, words, may_open(user, "patients:measures", patient.pk))


def _consents(patient: Patient, user: User, day: date) -> Step:
    missing = missing_for_admission(patient, day)
    words = ", ".join(kind.label for kind in missing)
    return Step(
        "Consents",
        not missing,
        f"Not on file: {words}" if missing else "Treatment and privacy notice on file",
        may_open(user, "patients:consents", patient.pk),
        is_required=True,
    )


def _coverage(patient: Patient, user: User, coverage: Coverage | None) -> Step:
    words = f"{coverage.payer.name} {coverage.plan_name}".strip() if coverage else "No payer on file"
    return Step("Coverage", coverage is not None, words, may_open(user, "patients:coverage", patient.pk))


def _benefits(coverage: Coverage, user: User, day: date) -> Step:
    last = coverage.verifications.first()
    in_date = last is not None and last.next_due_on > day
    words = "Not verified yet" if last is None else f"Asked {day_words(last.verified_on, day)}"
    if last is not None and not in_date:
        words += ", ask again"
    url = may_open(user, "patients:verification_new", coverage.pk)
    return Step("Benefits verified", in_date, words, url)
