"""Calls after discharge, at 7, 30 and 90 days: what came of each, what was learned, when to try again.

Domain reference 5.4. The first call asks whether the aftercare appointment was kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import day_span, local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.aftercare import say_kept
from patients.followups import close_follow_up
from patients.models import AftercareAppointment, Discharge, FollowUp, FollowUpContact

CLOSED_AS = {
    FollowUpContact.Outcome.REACHED: FollowUp.Outcome.REACHED,
    FollowUpContact.Outcome.MESSAGE_LEFT: FollowUp.Outcome.MESSAGE_LEFT,
    FollowUpContact.Outcome.NO_ANSWER: FollowUp.Outcome.NOT_REACHED,
    FollowUpContact.Outcome.DECLINED: FollowUp.Outcome.DECLINED,
    FollowUpContact.Outcome.WRONG_NUMBER: FollowUp.Outcome.WRONG_NUMBER,
}


@dataclass(frozen=True)
class Call:
    """What a call was. With a day for the next try the follow-up stays open until the end of that day."""

    outcome: str
    learned: str = ""
    readmitted_to: str = ""
    note: str = ""
    next_try_on: date | None = None
    # What became of appointments, by their id.
    kept: Mapping[int, str] = field(default_factory=dict)


def discharge_of(follow_up: FollowUp) -> Discharge | None:
    """The discharge a call comes after."""
    if follow_up.kind != FollowUp.Kind.AFTER_DISCHARGE or follow_up.subject_id is None:
        return None
    return Discharge.objects.select_related("episode").filter(pk=follow_up.subject_id).first()


def appointments_to_ask(discharge: Discharge, now: datetime) -> list[AftercareAppointment]:
    """Those that are over and of which nobody has said what became."""
    return list(discharge.episode.aftercare.unanswered().filter(at__lte=now))


@transaction.atomic
def record_call(*, actor: User, follow_up: FollowUp, call: Call, now: datetime) -> FollowUpContact:
    """Keep what came of a call, and close the follow-up unless another try is planned.

    Refused 409 when it is closed or no call after discharge, 422 for what was typed.
    """
    held = FollowUp.objects.select_for_update(no_key=True, of=("self",)).select_related("site")
    found = held.get(pk=follow_up.pk)
    discharge = discharge_of(found)
    if discharge is None:
        raise Refused("This follow-up is not a call after discharge.")
    if found.closed_at is not None:
        raise Refused("Someone has already closed this follow-up. Their outcome is on it.")
    if call.next_try_on is not None and call.next_try_on < local_day(now, found.site.time_zone):
        raise Refused("That day is over.", status=422, next_try_on="Choose today or a later day.")
    contact = _write(actor, found, call, now)
    _say_kept(actor, discharge, call, now)
    if call.next_try_on is None:
        close_follow_up(
            actor=actor,
            follow_up=found,
            outcome_kind=CLOSED_AS[FollowUpContact.Outcome(contact.outcome)],
            outcome=outcome_words(contact),
            now=now,
        )
    else:
        found.due_at = day_span(call.next_try_on, found.site.time_zone)[1]
        found.save(update_fields=["due_at"])
    record(actor, "patients.record_call", contact, follow_up_id=found.pk)
    return contact


def _write(actor: User, held: FollowUp, call: Call, now: datetime) -> FollowUpContact:
    if call.outcome not in FollowUpContact.Outcome.values:
        raise Refused("Choose what came of the call.", status=422, outcome="Choose one.")
    reached = call.outcome == FollowUpContact.Outcome.REACHED
    learned = call.learned if reached else ""
    back = learned == FollowUpContact.Learned.READMITTED
    with refused_by(
        contact_reached_says_how_they_are=Refused("How are they?", status=422, learned="Say how they are."),
        contact_readmitted_says_where=Refused("Where?", status=422, readmitted_to="Say where."),
        contact_need_says_what_is_done=Refused(
            "What happens now?", status=422, note="Say what they need and who does what now."
        ),
    ):
        return FollowUpContact.objects.create(
            follow_up=held,
            outcome=call.outcome,
            learned=learned,
            readmitted_to=call.readmitted_to.strip() if back else "",
            note=call.note.strip(),
            next_try_on=call.next_try_on,
            called_by=actor,
            called_at=now,
        )


def _say_kept(actor: User, discharge: Discharge, call: Call, now: datetime) -> None:
    said = {pk: outcome for pk, outcome in call.kept.items() if outcome}
    for appointment in discharge.episode.aftercare.filter(pk__in=said).order_by("pk"):
        say_kept(actor=actor, appointment=appointment, outcome=said[appointment.pk], now=now)


def outcome_words(contact: FollowUpContact) -> str:
    """ "Reached: needs help. Asked for a therapist, sent two names." """
    words = contact.get_outcome_display()
    if contact.learned:
        words += f": {contact.get_learned_display().lower()}"
    if contact.readmitted_to:
        words += f", {contact.readmitted_to}"
    return f"{words}. {contact.note}"[:500].strip()
