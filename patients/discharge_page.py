"""What the discharge page shows of this floor: which stay, what is still to do, calls, appointments."""

from dataclasses import dataclass
from datetime import date

from patients.discharge_checklist import CheckLine, checklist
from patients.due import due_day
from patients.models import AftercareAppointment, ClinicalDocument, Discharge, Episode, FollowUp, Patient


@dataclass(frozen=True)
class EndOfStay:
    """The running or the last stay. `calls` come with the local day by which each is due."""

    episode: Episode
    discharge: Discharge | None
    lines: list[tuple[CheckLine, str]]
    appointments: list[AftercareAppointment]
    calls: list[tuple[FollowUp, date]]
    summary: ClinicalDocument | None


def end_of_stay(patient: Patient, episode: Episode, day: date) -> EndOfStay:
    discharge = Discharge.objects.select_related("by").filter(episode=episode).first()
    calls: list[FollowUp] = []
    if discharge is not None:
        of_it = FollowUp.objects.filter(kind=FollowUp.Kind.AFTER_DISCHARGE, subject_id=discharge.pk)
        calls = list(of_it.select_related("owner").order_by("opened_at", "pk"))
    died = discharge is not None and discharge.kind == Discharge.Kind.DECEASED
    return EndOfStay(
        episode=episode,
        discharge=discharge,
        lines=[] if died else checklist(patient, episode, day),
        appointments=list(episode.aftercare.all()),
        summary=episode.documents.latest_signed("discharge_summary").first(),
        calls=[(call, due_day(call.due_at, patient.site.time_zone)) for call in calls],
    )
