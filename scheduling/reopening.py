"""Opening a site again: what its closure cancelled is put back where chosen, and days left out are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from scheduling.calendar import materialise
from scheduling.changes import What, tell_change
from scheduling.models import Closure, Group, TherapySession
from scheduling.putting_back import Chosen, bring_back
from scheduling.replanning import CHANGED, Unsettled
from scheduling.turns import taking_turns


@dataclass(frozen=True)
class Reopened:
    """How many cancelled sessions were put back, and how many of weekly groups were made."""

    put_back: int = 0
    made: int = 0

    @property
    def words(self) -> str:
        """ "1 session put back, 2 sessions of weekly groups made." """
        counts = [f"{count} session{'' if count == 1 else 's'}" for count in (self.put_back, self.made)]
        return f"{counts[0]} put back, {counts[1]} of weekly groups made."


def called_off_for(closure: Closure, now: datetime) -> QuerySet[TherapySession]:
    """Sessions this closure cancelled that would not have begun yet."""
    return closure.called_off.filter(starts_at__gt=now)


@taking_turns
def reopen(
    *, actor: User, closure: Closure, chosen: Mapping[int, Chosen] | None = None, now: datetime
) -> Reopened:
    """Take a closure back, put back what is chosen of the sessions it cancelled, and make what it kept out.

    All or nothing: Unsettled 409 as `put_back`. What was moved, and what is not chosen, stays so. Twice
    changes nothing; 409 once it is over.
    """
    Site.objects.select_for_update(no_key=True).only("pk").get(pk=closure.site_id)
    rows = Closure.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    closure, chosen = rows.get(pk=closure.pk), chosen or {}
    if closure.reopened_at is not None:
        return Reopened()
    if closure.ends_at <= now:
        raise Refused("This closure is over.")
    closure.reopened_at = now
    closure.save(update_fields=["reopened_at"])
    if called_off_for(closure, now).filter(pk__in=chosen).count() != len(chosen):
        raise Unsettled(CHANGED, {})
    told = bring_back(actor=actor, chosen=chosen, now=now)
    made = _make(closure, now)
    tell_change(told, What.BACK, now)
    record(actor, "scheduling.reopen", closure, put_back=len(chosen), sessions=len(made))
    return Reopened(len(chosen), len(made))


def _make(closure: Closure, now: datetime) -> set[int]:
    """The numbers of the sessions made for the days it had kept out."""
    inside = TherapySession.objects.scheduled().filter(site=closure.site, during__overlap=closure.during)
    before, groups = set(inside.values_list("pk", flat=True)), Group.objects.filter(track__site=closure.site)
    materialise(day=local_day(now, closure.site.time_zone), groups=groups, now=now)
    return set(inside.values_list("pk", flat=True)) - before
