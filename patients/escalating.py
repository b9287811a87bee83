"""What nobody closed in time goes up: first to the owner's supervisor, then to the clinical director.

Waits by level are the clinic's own (domain reference 6.8 sets the clocks a follow-up starts with).
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.roles import Role
from patients.alert_mail import owe_alert
from patients.models import Escalation, FollowUp

# How long past its time each step waits, by level.
WAITS: dict[str, tuple[timedelta, ...]] = {
    FollowUp.Level.CRITICAL: (timedelta(0), timedelta(minutes=15)),
    FollowUp.Level.HIGH: (timedelta(0), timedelta(minutes=30)),
    FollowUp.Level.ELEVATED: (timedelta(0), timedelta(hours=2)),
    FollowUp.Level.WATCH: (timedelta(hours=4), timedelta(days=1)),
}
ABOVE = ((Role.SUPERVISOR, Role.DIRECTOR), (Role.DIRECTOR, Role.SUPERVISOR))
AT_ONCE = 200


def escalate_overdue(*, now: datetime) -> int:
    """Every step that has come due, once; how many were taken. Safe any number of times and at once."""
    return sum(
        _escalate(pk, step, now)
        for step in range(len(ABOVE))
        for pk in _overdue(step, now).values_list("pk", flat=True)[:AT_ONCE]
    )


def _overdue(step: int, now: datetime) -> QuerySet[FollowUp]:
    """Open risk follow-ups whose step number `step`, from 0, is the next and has come due."""
    rows = FollowUp.objects.overdue(now).filter(kind=FollowUp.Kind.RISK)
    due = Q()
    for level, waits in WAITS.items():
        due |= Q(level=level, due_at__lte=now - waits[step])
    return rows.filter(due).annotate(taken=Count("escalations")).filter(taken=step).order_by("due_at")


@transaction.atomic
def _escalate(pk: int, step: int, now: datetime) -> bool:
    held = (
        FollowUp.objects.open()
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .select_related("owner", "site")
        .filter(pk=pk)
        .first()
    )
    above = _above(held, step) if held is not None else None
    if held is None or above is None or held.escalations.count() != step:
        return False
    Escalation.objects.create(follow_up=held, step=step, to=above, at=now)
    owe_alert(held, above, now, key=f"escalated:{step}")
    record(None, "patients.escalate_follow_up", held, to_id=above.pk)
    return True


def _above(follow_up: FollowUp, step: int) -> User | None:
    """Who is next above the owner: the first step their own supervisor, else by role at the site."""
    own = getattr(getattr(follow_up.owner, "profile", None), "supervisor", None)
    if step == 0 and own is not None and own.is_active:
        return own
    told = follow_up.escalations.values("to")
    staff = User.objects.filter(is_active=True, sites=follow_up.site_id, role__in=ABOVE[step])
    free = staff.exclude(pk=follow_up.owner_id).exclude(pk__in=told).order_by("pk")
    return min(free, key=lambda user: ABOVE[step].index(Role(user.role)), default=None)
