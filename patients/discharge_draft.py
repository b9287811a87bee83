"""What this floor knows for a discharge summary and a continuing-care plan: answers to start a draft with.

The services delivered and the attendance are the sessions room's; it adds them. Fields: domain reference 5.4.
"""

from datetime import date, timedelta
from typing import Any

from iop_clinic.clock import local_day
from iop_clinic.durations import counted, in_hours
from iop_clinic.wall import wall
from patients.discharging import CALL_DAYS
from patients.medication_list import medication_list
from patients.models import AftercareAppointment, Discharge, Episode, Patient
from patients.progress import goals_of, measures_of
from patients.stay_words import calendar_days, day_in_full, goal_rows_said, measure_row

Answers = dict[str, Any]


def summary_answers(patient: Patient, episode: Episode, day: date) -> Answers:
    """By question id; what the record is silent about is absent. `day` stands in for the last day."""
    last_on = episode.ended_on or day
    measures = measures_of(patient, episode.admitted_on)
    said = {
        "stay": stay_words(episode, last_on),
        "reason": _reason(patient, episode),
        "levels": _levels(episode),
        "measures": [measure_row(one.instrument, one.scores, episode.admitted_on) for one in measures],
        "goals": goal_rows_said(goals_of(episode, last_on, measures)),
        "medications": medication_lines(patient, last_on),
        "aftercare": [_appointment(one, patient, short=True) for one in _ahead(episode)],
        "recommendations": _recommendations(episode),
        "type": _ending(episode),
    }
    return _spoken(said | _diagnoses(episode))


def continuing_care_answers(patient: Patient, episode: Episode, day: date) -> Answers:
    """Appointments, crisis contacts and the days of the clinic's calls."""
    last_on = episode.ended_on or episode.expected_end_on or day
    calls = [
        {"after": f"{days} days", "on": (last_on + timedelta(days=days)).isoformat()} for days in CALL_DAYS
    ]
    return _spoken(
        {
            "appointments": [_appointment(one, patient) for one in _ahead(episode)],
            "medications": medication_lines(patient, last_on),
            "crisis": [{"who": patient.site.name, "phone": patient.site.phone}],
            "calls": calls,
            "call_phone": patient.phone,
        }
    )


def medication_lines(patient: Patient, day: date) -> list[dict[str, str]]:
    """Name, how it is taken and prescriber of everything on the reconciled list on a day."""
    lines = medication_list(patient, day).lines
    return [
        {"name": f"{line.drug} {line.dose}", "how": line.taken, "prescriber": line.prescriber_words}
        for line in lines
    ]


def stay_words(episode: Episode, last_on: date, service_days: int | None = None) -> str:
    """ "Sep 21, 2026 to Nov 13, 2026: 54 calendar days, 23 service days" """
    words = f"{day_in_full(episode.admitted_on)} to {day_in_full(last_on)}"
    words += f": {counted(calendar_days(episode.admitted_on, last_on), 'calendar day')}"
    return words if service_days is None else f"{words}, {counted(service_days, 'service day')}"


def _spoken(said: Answers) -> Answers:
    return {key: answer for key, answer in said.items() if answer}


def _reason(patient: Patient, episode: Episode) -> str:
    referral = patient.referrals.filter(received_on__lte=episode.admitted_on).order_by("-received_on").first()
    assessment = episode.documents.latest_signed("biopsychosocial").first()
    lines = [referral.reason] if referral else []
    if assessment is not None:
        lines += [assessment.answers[key] for key in ("why_now", "symptoms") if key in assessment.answers]
    return "\n".join(lines)


def _diagnoses(episode: Episode) -> Answers:
    rows = list(episode.diagnoses.all())
    at_admission = [row for row in rows if row.since_on <= episode.admitted_on]
    return {
        "diagnoses_admission": [{"code": row.code, "label": row.label} for row in at_admission],
        "diagnoses_discharge": [{"code": row.code, "label": row.label} for row in rows],
    }


def _levels(episode: Episode) -> list[dict[str, str]]:
    return [
        {
            "level": stay.level.name,
            "from": stay.from_on.isoformat(),
            **({"to": stay.to_on.isoformat()} if stay.to_on else {}),
            "hours": f"{in_hours(stay.prescribed_minutes)} on {counted(stay.days_a_week, 'day')}",
        }
        for stay in episode.stays.select_related("level")
    ]


def _ahead(episode: Episode) -> list[AftercareAppointment]:
    return list(episode.aftercare.exclude(outcome=AftercareAppointment.Outcome.MOVED))


def _appointment(one: AftercareAppointment, patient: Patient, *, short: bool = False) -> dict[str, str]:
    tz_name = patient.site.time_zone
    row = {
        "what": one.get_kind_display(),
        "who": one.provider,
        "on": local_day(one.at, tz_name).isoformat(),
        "time": wall(one.at, tz_name),
    }
    more = {} if short else {"where": one.address, "phone": one.phone}
    return {key: words for key, words in (row | more).items() if words}


def _ending(episode: Episode) -> str:
    discharge = Discharge.objects.filter(episode=episode).first()
    if discharge is None:
        return ""
    planned = "" if discharge.is_planned is None else ", planned" if discharge.is_planned else ", not planned"
    where = discharge.destination_name or discharge.get_destination_display()
    return f"{discharge.words}{planned}{f'. To: {where}' if where else ''}"


def _recommendations(episode: Episode) -> str:
    discharge = Discharge.objects.filter(episode=episode).first()
    return discharge.referrals_offered if discharge else ""
