"""Who is on call: set ahead, one person a site at a time; they get what is critical at any hour."""

from datetime import date, datetime, time

from django.db import transaction

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from patients.models import OnCall


@transaction.atomic
def set_on_call(
    *, actor: User, site: Site, user: User, from_on: date, from_at: time, to_on: date, to_at: time
) -> OnCall:
    """One shift on the site's wall clock. Refused 409 where someone is on call, 422 for what was typed."""
    if not may(user.role, Permission.WORK_FOLLOW_UPS) or not user.sites.filter(pk=site.pk).exists():
        raise Refused("Choose someone.", status=422, user="Choose someone of this site.")
    backwards = Refused("It ends before it starts.", status=422, to_on="After it starts.")
    starts, ends = at_local(from_on, from_at, site.time_zone), at_local(to_on, to_at, site.time_zone)
    with refused_by(
        on_call_ends_after_it_starts=backwards,
        on_call_one_at_a_time="Someone is on call in part of that time. End their shift first.",
    ):
        shift = OnCall.objects.create(site=site, user=user, from_at=starts, to_at=ends, set_by=actor)
    record(actor, "patients.set_on_call", shift, user_id=user.pk)
    return shift


@transaction.atomic
def end_on_call(*, actor: User, shift: OnCall, now: datetime) -> None:
    """A coming shift is taken out, a running one ends now, a past one stays. Twice changes nothing."""
    held = OnCall.objects.select_for_update().filter(pk=shift.pk).first()
    if held is None or held.to_at <= now:
        return
    record(actor, "patients.end_on_call", held, user_id=held.user_id)
    if held.from_at >= now:
        held.delete()
        return
    held.to_at = now
    held.save(update_fields=["to_at"])
