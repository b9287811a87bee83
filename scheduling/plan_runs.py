"""Runs of the planner: asking for one, working on it under a lease, stopping it.

Leases are short and by the database's clock, so that a run whose worker died is taken again.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import Week, local_day
from iop_clinic.refusal import Refused
from scheduling.models import PlanRun
from scheduling.turns import taking_turns

LEASE = timedelta(seconds=30)
MOST_TRIES = 3
_STATE = PlanRun.State
_ENDED: dict[str, Any] = {"lease_by": "", "lease_until": None, "ended_at": Now()}


@taking_turns
def ask_plan(
    *, actor: User, site: Site, week: Week, kind: str = PlanRun.Kind.WHOLE, now: datetime
) -> PlanRun:
    """A run for that week, found by a worker; while one is busy with it, that one. 409 for a week gone by."""
    require_ahead(site, week, now)
    Site.objects.select_for_update(no_key=True).only("pk").get(pk=site.pk)
    known = PlanRun.objects.filter(
        site=site, week_on=week.starts_on, kind=kind, state__in=[_STATE.QUEUED, _STATE.RUNNING]
    ).first()
    if known is not None:
        return known
    run = PlanRun.objects.create(
        site=site, week_on=week.starts_on, kind=kind, seconds=settings.PLAN_SECONDS, asked_by=actor
    )
    record(actor, "scheduling.ask_plan", run)
    return run


def require_ahead(site: Site, week: Week, now: datetime) -> None:
    if week.ends_on < local_day(now, site.time_zone):
        raise Refused("That week is over. There is nothing left to plan in it.")


def claim_plan(lease_by: str, now: datetime) -> PlanRun | None:
    """The next run for this worker, or nothing; at most one is worked on at a time."""
    try:
        with transaction.atomic():
            return _claim(lease_by, now)
    except IntegrityError:  # another worker was a moment earlier
        return None


def _claim(lease_by: str, now: datetime) -> PlanRun | None:
    lapsed = Q(state=_STATE.RUNNING, lease_until__lt=Now())
    gone = (now - timedelta(days=8)).date()
    PlanRun.objects.filter(state=_STATE.DONE, week_on__lt=gone).update(state=_STATE.EXPIRED)
    PlanRun.objects.filter(lapsed, attempts__gte=MOST_TRIES).update(state=_STATE.FAILED, **_ENDED)
    if PlanRun.objects.filter(state=_STATE.RUNNING, lease_until__gte=Now()).exists():
        return None
    due = PlanRun.objects.select_for_update(skip_locked=True, of=("self",)).select_related("site")
    # One that is running already comes before those that wait.
    run = due.filter(Q(state=_STATE.QUEUED) | lapsed).order_by("-state", "asked_at", "pk").first()
    if run is not None:
        PlanRun.objects.filter(pk=run.pk).update(
            state=_STATE.RUNNING, lease_by=lease_by, lease_until=Now() + LEASE, attempts=F("attempts") + 1
        )
    return run


def report(run: PlanRun, lease_by: str, **found: Any) -> bool:
    """Keep the best so far and hold the run for longer. False when it is no longer this worker's."""
    mine = PlanRun.objects.filter(pk=run.pk, state=_STATE.RUNNING, lease_by=lease_by)
    return bool(mine.update(lease_until=Now() + LEASE, **found))


def finish(run: PlanRun, lease_by: str, state: str, **found: Any) -> bool:
    """Done or failed; False when someone stopped it meanwhile."""
    mine = PlanRun.objects.filter(pk=run.pk, state=_STATE.RUNNING, lease_by=lease_by)
    return bool(mine.update(state=state, **_ENDED, **found))


@taking_turns
def cancel_plan(*, actor: User, run: PlanRun) -> PlanRun:
    """Stop it; what it found so far stays. Twice changes nothing, and one that has ended stays as it is."""
    run = PlanRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.is_busy:
        PlanRun.objects.filter(pk=run.pk).update(state=_STATE.CANCELLED, **_ENDED)
        run.refresh_from_db()
        record(actor, "scheduling.cancel_plan", run)
    return run
