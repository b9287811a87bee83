"""The discharge summary drafted from the record: services and attendance of this room, the rest from below.

Fields: domain reference 5.4. A clinician reads, changes and signs it; nothing here is signed by itself.
"""

from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.discharge_draft import Answers, stay_words, summary_answers
from patients.documenting import draft_from_record
from patients.models import ClinicalDocument, Episode, Patient
from sessions.delivered import attendance_words, delivered_to, service_rows


def answers_from_record(patient: Patient, episode: Episode, now: datetime) -> Answers:
    """Everything the record knows, by question id."""
    day = local_day(now, patient.site.time_zone)
    stay = delivered_to(episode, now)
    return summary_answers(patient, episode, day) | {
        "stay": stay_words(episode, episode.ended_on or day, stay.service_days),
        "services": service_rows(stay) or [{"kind": "None", "sessions": "0", "hours": "0 h"}],
        "attendance": attendance_words(stay),
    }


def draft_summary(*, actor: User, patient: Patient, now: datetime) -> ClinicalDocument:
    """The draft of the last stay's summary, filled in where it is still empty. Refused without any stay."""
    episode = patient.episodes.order_by("-admitted_on").first()
    if episode is None:
        raise Refused("Nobody was admitted yet, so there is nothing to sum up.")
    drafted = answers_from_record(patient, episode, now)
    return draft_from_record(actor=actor, patient=patient, kind="discharge_summary", now=now, drafted=drafted)
