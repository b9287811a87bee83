"""Admission: an episode with its level of care, prescribed hours, diagnosis and clinician.

Consents first (domain reference 4.4); hours below the level's standard need a reason (ASAM 2.1: 9 a week
for an adult, 6 for an adolescent).
"""

from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.asking import ask_at_intake
from patients.consenting import missing_for_admission
from patients.followups import TREATING
from patients.intake import OTHER_CHART, take_step
from patients.models import (
    Diagnosis,
    Episode,
    LevelDetermination,
    LevelOfCare,
    LevelOfCareStay,
    Patient,
    Referral,
)
from patients.models.referral import Stage

LONGEST_CODE = 8


def _typed(sentence: str, field: str) -> Refused:
    return Refused(sentence, status=422, **{field: sentence})


@transaction.atomic
def admit(
    *,
    actor: User,
    patient: Patient,
    level: LevelOfCare,
    admitted_on: date,
    primary_clinician: User,
    diagnosis_code: str,
    diagnosis_label: str,
    now: datetime,
    prescribed_minutes: int | None = None,
    days_a_week: int = 3,
    reason: str = "",
    expected_end_on: date | None = None,
    is_part2: bool = False,
) -> Episode:
    """Start an episode; `prescribed_minutes` a week default to the level's standard for the age.

    Refused 409 without the consents or while another episode runs, 422 for what was typed.
    """
    patient = (
        Patient.objects.select_for_update(no_key=True, of=("self",)).select_related("site").get(pk=patient.pk)
    )
    _check(patient, primary_clinician, admitted_on, expected_end_on)
    standard = level.standard_minutes(patient.age_on(admitted_on))
    minutes = _hours(prescribed_minutes, standard, reason)
    with refused_by(episode_one_at_a_time="This person is already in the program on those days."):
        episode = Episode.objects.create(
            site_id=patient.site_id,
            patient=patient,
            admitted_on=admitted_on,
            expected_end_on=expected_end_on,
            primary_clinician=primary_clinician,
            is_part2=is_part2,
            admitted_by=actor,
        )
    _prescribe(episode, level, minutes, standard, days_a_week, reason.strip())
    _diagnose(episode, diagnosis_code, diagnosis_label)
    _end_referral(actor, episode, now)
    ask_at_intake(actor=actor, patient=patient, day=local_day(now, patient.site.time_zone))
    record(actor, "patients.admit", episode)
    return episode


def _hours(prescribed_minutes: int | None, standard: int, reason: str) -> int:
    """Minutes a week: the standard unless other ones are prescribed. Refused for fewer without a reason."""
    minutes = standard if prescribed_minutes is None else prescribed_minutes
    if minutes < standard and not reason.strip():
        raise _typed(f"Fewer than {standard / 60:g} hours a week need a reason.", "prescribed_minutes")
    return minutes


def _check(patient: Patient, clinician: User, admitted_on: date, expected_end_on: date | None) -> None:
    if expected_end_on is not None and expected_end_on < admitted_on:
        raise _typed("The expected end is before the admission.", "expected_end_on")
    if patient.use_chart_id is not None:
        raise Refused(OTHER_CHART)
    if admitted_on < patient.born_on:
        raise _typed("The admission is before the date of birth.", "admitted_on")
    missing = missing_for_admission(patient, admitted_on)
    if missing:
        words = " and ".join(kind.label.lower() for kind in missing)
        raise Refused(f"Not on file yet: {words}. Record the consents first.")
    at_site = clinician.is_active and clinician.sites.filter(pk=patient.site_id).exists()
    if clinician.role not in TREATING or not at_site:
        raise _typed("Choose a clinician of this site.", "primary_clinician")


def _prescribe(
    episode: Episode, level: LevelOfCare, minutes: int, standard: int, days_a_week: int, reason: str
) -> None:
    hour, days = "Prescribe at least an hour a week.", "A week has 1 to 7 days."
    with refused_by(
        stay_prescribes_an_hour=Refused(hour, status=422, prescribed_minutes=hour),
        stay_days_a_week_exist=Refused(days, status=422, days_a_week=days),
    ):
        LevelOfCareStay.objects.create(
            episode=episode,
            level=level,
            prescribed_minutes=minutes,
            standard_minutes=standard,
            days_a_week=days_a_week,
            reason=reason if minutes < standard else "",
            determination=_determined(episode.patient, level),
            from_on=episode.admitted_on,
        )


def _determined(patient: Patient, level: LevelOfCare) -> LevelDetermination | None:
    """The determination this admission rests on: the one that stands, where it means this kind of level."""
    standing = patient.determinations.current().filter(kind="admission", episode=None).first()
    rung = standing.rules.rung(standing.actual) if standing else None
    return standing if rung is not None and rung.kind == level.kind else None


def _diagnose(episode: Episode, code: str, label: str) -> None:
    shape, code = "An ICD-10-CM code looks like F33.1.", code.strip().upper()
    if len(code) > LONGEST_CODE:
        raise _typed(shape, "diagnosis_code")
    with refused_by(diagnosis_code_has_icd_shape=Refused(shape, status=422, diagnosis_code=shape)):
        Diagnosis.objects.create(
            episode=episode, code=code, label=label.strip(), since_on=episode.admitted_on
        )


def _end_referral(actor: User, episode: Episode, now: datetime) -> None:
    referral = Referral.objects.open().select_for_update(no_key=True).filter(patient=episode.patient).first()
    if referral is not None:
        referral.episode, referral.next_contact_on = episode, None
        take_step(actor=actor, referral=referral, stage=Stage.ADMITTED, note="", now=now)
