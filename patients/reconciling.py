"""Going through the list with someone: each line's standing, signed once, with what changed on the way.

Two people at once: the second is told that the list is another one by now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import StaffProfile, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.medicating import change_medication, lock_list, stop_medication
from patients.medication_list import last_reconciliation
from patients.models import MedicationReport, MedicationStatement, Patient, ReconciledLine, Reconciliation

Standing = ReconciledLine.Standing
REPORTS_WAITING = 5


@dataclass(frozen=True)
class LineSaid:
    """What was heard about one line. Another dose or schedule is a change from the day of the review on."""

    statement_id: int
    dose: str
    schedule: str
    adherence: str
    side_effects: str = ""
    stopped: bool = False
    because: str = ""


@dataclass(frozen=True)
class Seen:
    """The list as the page showed it: the last review and the last report, 0 for none."""

    reconciliation_id: int = 0
    report_id: int = 0


@transaction.atomic
def reconcile(
    *,
    actor: User,
    patient: Patient,
    on: date,
    with_whom: str,
    lines: Sequence[LineSaid],
    seen: Seen,
    at_visit: bool = False,
    note: str = "",
    now: datetime,
) -> Reconciliation:
    """Sign the review. Refused 409 when the list or the last review is not the one seen; 422 for a day to
    come, a review older than the last, a change without a reason, or a visit that no prescriber signs."""
    lock_list(patient)
    last = last_reconciliation(patient)
    today = local_day(now, patient.site.time_zone)
    _require_day(on, today, last)
    if at_visit and actor.role != Role.PRESCRIBER:
        raise Refused("A medication visit is signed by a prescriber.", status=422)
    running = {row.pk: row for row in patient.medications.running(today).select_related("patient__site")}
    if (last.pk if last else 0) != seen.reconciliation_id or set(running) != {
        said.statement_id for said in lines
    }:
        raise Refused("The list changed meanwhile. Look at it again below, then sign.")
    standings = [_apply(actor, running[said.statement_id], said, on, last, now) for said in lines]
    standings += _stopped_before(patient, last, {row.pk for row, _, _ in standings} | set(running), now)
    made = Reconciliation.objects.create(
        patient=patient, on=on, with_whom=with_whom, at_visit=at_visit, note=note.strip(),
        line_count=len(standings), signed_by=actor, credential=_credential_of(actor), signed_at=now,
    )  # fmt: skip
    ReconciledLine.objects.bulk_create(
        ReconciledLine(
            reconciliation=made,
            statement=row,
            standing=standing,
            adherence=said.adherence if said else ReconciledLine.Adherence.UNKNOWN,
            side_effects=said.side_effects.strip() if said else "",
        )
        for row, standing, said in standings
    )
    patient.medication_reports.open().filter(pk__lte=seen.report_id).update(reconciliation=made)
    record(actor, "patients.reconcile_medication", made, lines=len(standings))
    return made


Stood = tuple[MedicationStatement, str, LineSaid | None]


def _apply(
    actor: User,
    row: MedicationStatement,
    said: LineSaid,
    on: date,
    last: Reconciliation | None,
    now: datetime,
) -> Stood:
    """Do what was said of this line, and answer the row that holds now with its standing."""
    try:
        if said.stopped:
            stop_medication(actor=actor, statement=row, last_on=on, because=said.because, now=now)
            return row, Standing.STOPPED, said
        if (said.dose.strip(), said.schedule.strip()) != (row.dose, row.schedule):
            anew = {"dose": said.dose.strip(), "schedule": said.schedule.strip()}
            row = change_medication(
                actor=actor, statement=row, from_on=on, because=said.because, now=now, **anew
            )
            return row, Standing.CHANGED, said
    except Refused as no:
        sentence = f"{row.words}: {no.sentence}"
        raise Refused(sentence, status=no.status, **{f"line-{row.pk}": no.sentence}) from no
    if last is not None and row.recorded_at <= last.signed_at:
        return row, Standing.CONTINUED, said
    return row, Standing.CHANGED if row.follows_id else Standing.ADDED, said


def _stopped_before(
    patient: Patient, last: Reconciliation | None, named: set[int], now: datetime
) -> list[Stood]:
    """What was stopped since the last review, before this page was opened."""
    rows = patient.medications.true().filter(ended_at__lt=now).exclude(pk__in=named)
    if last is not None:
        rows = rows.filter(ended_at__gt=last.signed_at)
    changed = set(patient.medications.true().values_list("follows", flat=True))
    return [(row, Standing.STOPPED, None) for row in rows if row.pk not in changed]


def _require_day(on: date, today: date, last: Reconciliation | None) -> None:
    sentence = ""
    if on > today:
        sentence = "That day has not come yet."
    elif last is not None and on < last.on:
        sentence = f"The list was gone through later than that, on {last.on:%b} {last.on.day}."
    if sentence:
        raise Refused(sentence, status=422, on=sentence)


def _credential_of(user: User) -> str:
    found = StaffProfile.objects.filter(user=user.pk).values_list("credential", flat=True).first()
    if not found:
        raise Refused("Your credential is not on file. An administrator adds it, then you can sign.")
    return found


@transaction.atomic
def report_difference(*, actor: User, patient: Patient, text: str, now: datetime) -> MedicationReport:
    """The patient says that something is different. The same words twice are one report.

    Refused 422 without words, 409 when several are waiting already.
    """
    lock_list(patient)
    text = text.strip()
    if not text:
        raise Refused("Write what is different.", status=422, text="Write what is different.")
    waiting = patient.medication_reports.open()
    same = waiting.filter(text=text).first()
    if same is not None:
        return same
    if waiting.count() >= REPORTS_WAITING:
        raise Refused("Your notes are waiting for your team. Call the clinic to add something now.")
    with refused_by(medication_report_once="Your team has this note already."):
        made = MedicationReport.objects.create(patient=patient, text=text, reported_by=actor, reported_at=now)
    record(actor, "patients.report_medication", made)
    return made
