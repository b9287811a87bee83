"""Leave of a clinician: recorded together with what becomes of every session they would lead, or not at all.

A session that is left open keeps its lead and shows that it needs a substitute.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from psycopg.types.range import TimestamptzRange

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from scheduling.changes import Told, What, tell_changes
from scheduling.clashes import refused_in_words
from scheduling.models import Absence, Facilitation, TherapySession
from scheduling.models.availability import AbsenceQuerySet
from scheduling.moving import call_off
from scheduling.replanning import Answer, Answers, Deed, locked, require_answers, require_settled
from scheduling.substitutes import Candidate, candidates_of, hand_over
from scheduling.turns import lock_people_and_room, taking_turns

LONGEST = timedelta(days=366)
REASON = "The clinician is away."
AS_LEAD = {Deed.SUBSTITUTE, Deed.CANCEL, Deed.LEAVE}
AS_HELPER = {Deed.WITHOUT, Deed.CANCEL, Deed.LEAVE}


def absences_at(sites: Iterable[Site]) -> AbsenceQuerySet:
    """Leave of anyone who works at one of these sites."""
    there = User.objects.filter(sites__in=list(sites)).values("pk")
    return Absence.objects.filter(staff__in=there).select_related("staff")


def hit_by(
    staff: User, starts_at: datetime, ends_at: datetime, sites: Iterable[Site], now: datetime
) -> QuerySet[TherapySession]:
    """Coming sessions at these sites that this clinician leads or helps to lead in that time."""
    led = Facilitation.objects.filter(staff=staff, during__overlap=TimestamptzRange(starts_at, ends_at))
    rows = TherapySession.objects.scheduled().filter(pk__in=led.values("session"), starts_at__gt=now)
    return rows.filter(site__in=list(sites))


@taking_turns
def record_absence(
    *,
    actor: User,
    staff: User,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    answers: Answers,
    now: datetime,
) -> Absence:
    """The leave, and for each session at the actor's sites a substitute, its end, or that it stays open.

    All or nothing, looked at anew. Unsettled 409 when other sessions are hit than were answered, or with
    why one cannot be settled so; 409 for leave that overlaps; 422 for impossible times.
    """
    _require_possible(starts_at, ends_at, now)
    substitutes = {answer.staff.pk for answer in answers.values() if answer.staff}
    lock_people_and_room({staff.pk, *substitutes}, None)
    sites = list(actor.sites.all())
    sessions = locked(hit_by(staff, starts_at, ends_at, sites, now))
    require_answers(sessions, answers)
    absence = Absence(staff=staff, starts_at=starts_at, ends_at=ends_at, kind=kind, recorded_by=actor)
    with refused_in_words():
        absence.save(force_insert=True)
    handed = [one for one in sessions if answers[one.pk].deed == Deed.SUBSTITUTE]
    offered = candidates_of(handed, now)
    told: dict[What, list[Told]] = {What.CANCELLED: [], What.CHANGED: []}
    problems: dict[int, list[str]] = {}
    for session in sessions:
        try:
            _settle(actor, staff, session, answers[session.pk], offered.get(session.pk, []), told, now)
        except Refused as refused:
            problems[session.pk] = [refused.sentence]
    require_settled(problems)
    tell_changes(told, now)
    record(actor, "scheduling.record_absence", absence, staff_id=staff.pk, sessions=len(sessions))
    return absence


def _require_possible(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise Refused("It would end before it starts.", status=422, to_on="This is before the start.")
    if ends_at <= now:
        raise Refused("That time has passed.", status=422, to_on="This time has passed.")
    if ends_at - starts_at > LONGEST:
        raise Refused("That is more than a year.", status=422, to_on="A year at most.")


def _settle(
    actor: User,
    staff: User,
    session: TherapySession,
    answer: Answer,
    offered: list[Candidate],
    told: dict[What, list[Told]],
    now: datetime,
) -> None:
    leads = session.lead_id == staff.pk
    if answer.deed not in (AS_LEAD if leads else AS_HELPER):
        raise Refused("Choose what becomes of it.", status=422)
    if answer.deed == Deed.CANCEL:
        told[What.CANCELLED] += call_off(actor=actor, session=session, reason=REASON, now=now)
    elif answer.deed == Deed.SUBSTITUTE:
        wanted = answer.staff.pk if answer.staff else None
        found = next((one for one in offered if one.staff.pk == wanted), None)
        if found is None:
            raise Refused("Choose someone who leads sessions here.")
        told[What.CHANGED] += hand_over(actor=actor, session=session, to=found)
    elif answer.deed == Deed.WITHOUT:
        _go_on_without(actor, staff, session)


def _go_on_without(actor: User, staff: User, session: TherapySession) -> None:
    Facilitation.objects.filter(session=session, staff=staff, is_lead=False).delete()
    session.own, session.version = sorted({"co_facilitators", *session.own}), session.version + 1
    session.save(update_fields=["own", "version"])
    record(actor, "scheduling.go_on_without", session, staff_id=staff.pk, version=session.version)


@taking_turns
def withdraw_absence(*, actor: User, absence: Absence, now: datetime) -> Absence:
    """They are there after all. Sessions stay as they are now. Twice changes nothing; 409 once it is over."""
    absence = Absence.objects.select_for_update(of=("self",), no_key=True).get(pk=absence.pk)
    if absence.withdrawn_at is not None:
        return absence
    if absence.ends_at <= now:
        raise Refused("This leave is over.")
    absence.withdrawn_at = now
    absence.save(update_fields=["withdrawn_at"])
    record(actor, "scheduling.withdraw_absence", absence, staff_id=absence.staff_id)
    return absence
