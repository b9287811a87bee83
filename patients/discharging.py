"""The patients' part of a discharge: the episode and its level of care end, calls and the summary come due.

Types: domain reference 5.5; calls at 7, 30 and 90 days: 5.4. Bookings and places end a floor above.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import day_span, local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.discharge_types import TYPE_OF
from patients.followups import close_follow_up, open_follow_up, owner_for
from patients.models import Discharge, Episode, FollowUp

CALL_DAYS = (7, 30, 90)
KINDS_THAT_END = (FollowUp.Kind.OUTREACH, FollowUp.Kind.MEASURES)


@dataclass(frozen=True)
class EndDetails:
    """What is said about an ending besides its kind and day; None means as that kind usually is."""

    is_planned: bool | None = None
    against_advice: bool = False
    destination: str = ""
    destination_name: str = ""
    letter_on: date | None = None
    appeal_right_given: bool = False
    referrals_offered: str = ""


def _typed(sentence: str, field: str) -> Refused:
    return Refused(sentence, status=422, **{field: sentence})


@transaction.atomic
def end_episode(
    *,
    actor: User,
    episode: Episode,
    kind: str,
    on: date,
    now: datetime,
    note: str = "",
    details: EndDetails | None = None,
) -> Discharge:
    """End an episode on `on`, its last day. Refused 409 when it has ended or was attended since, 422 for
    what was typed."""
    rows = Episode.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("site", "patient__site", "primary_clinician").get(pk=episode.pk)
    _check(held, kind, on, now)
    _end_stays(held, on)
    discharge = _write(actor, held, kind, on, note, details or EndDetails(), now)
    _settle_follow_ups(actor, discharge, now)
    if kind != Discharge.Kind.DECEASED:
        _open_calls(actor, discharge, now)
    record(actor, "patients.end_episode", discharge, patient_id=held.patient_id)
    return discharge


def _check(held: Episode, kind: str, on: date, now: datetime) -> None:
    if held.ended_on is not None:
        raise Refused("This episode has already ended.")
    if kind not in Discharge.Kind.values:
        raise _typed("Choose how it ended.", "kind")
    if on < held.admitted_on:
        raise _typed("The last day is before the admission.", "on")
    if on > local_day(now, held.site.time_zone):
        raise _typed("The last day cannot be in the future.", "on")


def _end_stays(held: Episode, on: date) -> None:
    held.ended_on = on
    came_later = "They came to a session after that day. The last day is the last one they came, or later."
    # The room where attendance is kept refuses this one.
    with refused_by(attendance_not_after_discharge=_typed(came_later, "on")):
        held.save(update_fields=["ended_on"])
    held.stays.filter(from_on__gt=on).delete()
    held.stays.filter(to_on__isnull=True).update(to_on=on)
    held.stays.filter(to_on__gt=on).update(to_on=on)


def _write(
    actor: User, held: Episode, kind: str, on: date, note: str, details: EndDetails, now: datetime
) -> Discharge:
    said = asdict(details)
    if details.is_planned is None:
        said["is_planned"] = TYPE_OF[kind].usually_planned
    missing = "letter_on" if details.letter_on is None else "appeal_right_given"
    letter = "The program ends it only with a dated letter that says how to appeal."
    with refused_by(
        discharge_by_the_program_has_letter_and_appeal=_typed(letter, missing),
        discharge_transfer_says_where_to=_typed("Choose where they go.", "destination"),
        discharge_only_who_left_left_against_advice=_typed(
            "Only someone who left can have left against advice.", "against_advice"
        ),
    ):
        return Discharge.objects.create(
            episode=held, kind=kind, on=on, by=actor, note=note.strip(), recorded_at=now, **said
        )


def _settle_follow_ups(actor: User, discharge: Discharge, now: datetime) -> None:
    """A missed session needs no call any more; a risk stays with its owner, unless the person has died."""
    waiting = discharge.episode.patient.follow_ups.open()
    if discharge.kind != Discharge.Kind.DECEASED:
        waiting = waiting.filter(kind__in=KINDS_THAT_END)
    for follow_up in waiting.order_by("pk"):
        outcome = f"Ended with the discharge: {discharge.words.lower()}."
        close_follow_up(
            actor=actor,
            follow_up=follow_up,
            outcome_kind=FollowUp.Outcome.ENDED,
            outcome=outcome,
            now=now,
        )


def _open_calls(actor: User, discharge: Discharge, now: datetime) -> None:
    """Three calls, each due by the end of its day."""
    episode = discharge.episode
    lead = episode.primary_clinician
    owner = lead if lead.is_active else owner_for(episode.patient, actor, discharge.on)
    for days in CALL_DAYS:
        day = discharge.on + timedelta(days=days)
        open_follow_up(
            actor=actor,
            patient=episode.patient,
            kind=FollowUp.Kind.AFTER_DISCHARGE,
            trigger_code=f"discharge.{days}",
            subject_id=discharge.pk,
            summary=f"Call {days} days after discharge",
            due_at=day_span(day, episode.site.time_zone)[1],
            now=now,
            owner=owner,
        )
