"""Follow-ups: something a named person must do by a time. Opened once per trigger, closed with an outcome.

Triggers and their clocks: domain reference 6.8 and 7.2.
"""

from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, Role, may
from patients.alert_mail import owe_alert
from patients.models import OUTCOMES, Episode, FollowUp, OnCall, Patient, Response

TREATING = (Role.SUPERVISOR, Role.CLINICIAN, Role.PRESCRIBER)
SEVERITY = [level.value for level in FollowUp.Level]  # the mildest first
# Who takes a follow-up nobody else holds, in this order; any of them may work it.
STAND_INS = (*TREATING, Role.DIRECTOR, Role.CASE_MANAGER)


@transaction.atomic
def open_follow_up(
    *,
    actor: User | None,
    patient: Patient,
    kind: str,
    trigger_code: str,
    summary: str,
    due_at: datetime,
    now: datetime,
    level: str = FollowUp.Level.ELEVATED,
    response: Response | None = None,
    subject_id: int | None = None,
    owner: User | None = None,
) -> FollowUp:
    """The one follow-up of this trigger for this response or subject, opened if it is not there yet.

    A worse answer raises the level of one that is still open; what cannot wait is mailed to its owner.
    """
    if response is None and subject_id is None:
        raise ValueError("A follow-up hangs on a response or on a subject, so that it is opened once.")
    follow_up, opened = FollowUp.objects.get_or_create(
        trigger_code=trigger_code,
        response=response,
        subject_id=subject_id,
        defaults={
            "site_id": patient.site_id,
            "patient": patient,
            "kind": kind,
            "level": level,
            "summary": summary,
            "owner": owner or _owner(patient, actor, level, now),
            "due_at": due_at,
        },
    )
    if opened:
        _alert_owner(follow_up, now)
        record(actor, "patients.open_follow_up", follow_up)
    else:
        _raise_level(actor, follow_up, level, summary, due_at, now)
    return follow_up


def _alert_owner(follow_up: FollowUp, now: datetime) -> None:
    """A mail to the owner about what cannot wait until they look."""
    if follow_up.is_urgent:
        owe_alert(follow_up, follow_up.owner, now, key=follow_up.level)


def _owner(patient: Patient, actor: User | None, level: str, now: datetime) -> User:
    """Whoever is on call for what is critical, where someone is; else whoever treats this person."""
    if level == FollowUp.Level.CRITICAL:
        shift = OnCall.objects.filter(site=patient.site_id, from_at__lte=now, to_at__gt=now)
        found = shift.filter(user__is_active=True).select_related("user").first()
        if found is not None:
            return found.user
    return owner_for(patient, actor, local_day(now, patient.site.time_zone))


def _raise_level(
    actor: User | None, known: FollowUp, level: str, summary: str, due_at: datetime, now: datetime
) -> None:
    held = FollowUp.objects.select_for_update(no_key=True).get(pk=known.pk)
    if held.closed_at is not None or SEVERITY.index(level) <= SEVERITY.index(held.level):
        return
    held.level, held.summary, held.due_at = level, summary, min(held.due_at, due_at)
    held.save(update_fields=["level", "summary", "due_at"])
    _alert_owner(held, now)
    record(actor, "patients.raise_follow_up", held)


def owner_for(patient: Patient, actor: User | None, day: date) -> User:
    """Who must act: the primary clinician of the active episode, else the treating person who entered it,
    else the first active supervisor, clinician or other clinical person of the site. Refused without any."""
    episode = (
        Episode.objects.active_on(day)
        .filter(patient=patient, primary_clinician__is_active=True)
        .select_related("primary_clinician")
        .first()
    )
    if episode is not None:
        return episode.primary_clinician
    if actor is not None and actor.role in TREATING:
        return actor
    staff = User.objects.filter(is_active=True, sites=patient.site_id, role__in=STAND_INS).order_by("pk")
    by_role = sorted(staff, key=lambda user: STAND_INS.index(Role(user.role)))
    if not by_role:
        raise Refused("No clinician works at this site yet, so nobody could follow up. Ask an administrator.")
    return by_role[0]


@transaction.atomic
def close_follow_up(
    *, actor: User, follow_up: FollowUp, outcome_kind: str, outcome: str, now: datetime
) -> FollowUp:
    """Close with what came of it. Refused 422 without an outcome, 409 when someone closed it otherwise."""
    outcome = outcome.strip()
    if outcome_kind not in (*OUTCOMES[follow_up.kind], FollowUp.Outcome.ENDED):
        sentence = "Choose what came of it."
        raise Refused(sentence, status=422, outcome_kind=sentence)
    if not outcome:
        sentence = "Write what came of it."
        raise Refused(sentence, status=422, outcome=sentence)
    held = FollowUp.objects.select_for_update(no_key=True).get(pk=follow_up.pk)
    if held.closed_at is not None:
        if held.outcome == outcome and held.closed_by_id == actor.pk:
            return held
        raise Refused("Someone has already closed this follow-up. Their outcome is on it.")
    held.closed_at, held.closed_by, held.outcome, held.outcome_kind = now, actor, outcome, outcome_kind
    held.save(update_fields=["closed_at", "closed_by", "outcome", "outcome_kind"])
    record(actor, "patients.close_follow_up", held)
    return held


@transaction.atomic
def reassign(*, actor: User, follow_up: FollowUp, owner: User) -> FollowUp:
    """Hand an open follow-up to another clinical person of the site."""
    held = FollowUp.objects.select_for_update(no_key=True).get(pk=follow_up.pk)
    if held.closed_at is not None:
        raise Refused("This follow-up is closed.")
    fits = owner.is_active and may(owner.role, Permission.WORK_FOLLOW_UPS)
    if not fits or not owner.sites.filter(pk=held.site_id).exists():
        sentence = "Choose someone of this site who works follow-ups."
        raise Refused(sentence, status=422, owner=sentence)
    if held.owner_id == owner.pk:
        return held
    held.owner = owner
    held.save(update_fields=["owner"])
    record(actor, "patients.reassign_follow_up", held, owner_id=owner.pk)
    return held
