"""Opens what the risk table asks for: after a score, after something told or seen. Domain reference 6.8.

One follow-up of a kind stays open a person at a time: while it is open, the next score adds no second one.
"""

from datetime import datetime, timedelta

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.followups import open_follow_up
from patients.models import FollowUp, Patient, Response, RiskReport
from patients.risk.table import Scores, risk_table
from patients.scoring import due_by

SAME_TELLING = timedelta(minutes=10)


def watch_scores(*, actor: User | None, response: Response, patient: Patient, now: datetime) -> None:
    """Follow-ups the scores of a complete response ask for; call it in the transaction that keeps them."""
    current = scores_of(response)
    for trigger in risk_table().fired(response.instrument_code, current, _before(response)):
        same = FollowUp.objects.open().filter(patient=patient, trigger_code=trigger.code)
        if not same.exists():
            open_follow_up(
                actor=actor,
                patient=patient,
                kind=FollowUp.Kind.RISK,
                level=trigger.level,
                trigger_code=trigger.code,
                response=response,
                summary=f"{trigger.title}. {trigger.clock}",
                due_at=due_by(trigger.level, now, patient.site.time_zone),
                now=now,
            )


def scores_of(response: Response) -> Scores:
    """Every score by its scale's id, the total among them; empty while incomplete."""
    if response.state != Response.State.COMPLETE:
        return {}
    total = {} if response.total is None else {"total": response.total}
    return {**response.scores, **total}


def _before(response: Response) -> Scores | None:
    earlier = Response.objects.scored().filter(
        patient=response.patient_id,
        instrument_code=response.instrument_code,
        finished_at__lt=response.finished_at,
    )
    last = earlier.order_by("-finished_at").first()
    return scores_of(last) if last is not None else None


@transaction.atomic
def tell_risk(*, actor: User, patient: Patient, code: str, words: str, now: datetime) -> FollowUp:
    """Keep what a clinician saw or heard, and open its follow-up; the same words sent twice open one.

    Refused 422 without words, or for a code that is not told by hand.
    """
    event = risk_table().events.get(code)
    if event is None or not event.by_hand:
        raise Refused("Choose what it is about.", status=422, code="Choose one.")
    held = (
        Patient.objects.select_for_update(no_key=True, of=("self",)).select_related("site").get(pk=patient.pk)
    )
    said = words.strip()
    twin = held.risk_reports.filter(
        code=code, words=said, told_by=actor, told_at__gt=now - SAME_TELLING
    ).first()
    empty = Refused("Say what you saw or heard.", status=422, words="Say what you saw or heard.")
    with refused_by(risk_report_says_something=empty):
        report = twin or RiskReport.objects.create(
            patient=held, code=code, words=said, told_by=actor, told_at=now
        )
    return see_risk(actor=actor, patient=held, code=code, subject_id=report.pk, words=said, now=now)


def see_risk(
    *, actor: User | None, patient: Patient, code: str, subject_id: int, now: datetime, words: str = ""
) -> FollowUp:
    """The one follow-up of an event about one row: a telling, a result, a missed session."""
    event = risk_table().events[code]
    return open_follow_up(
        actor=actor,
        patient=patient,
        kind=FollowUp.Kind.RISK,
        level=event.level,
        trigger_code=code,
        subject_id=subject_id,
        summary=f"{event.title}. {words or event.clock}"[:200],
        due_at=due_by(event.level, now, patient.site.time_zone),
        now=now,
    )
