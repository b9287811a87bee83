"""Reaching someone who was referred: tries are written down as they happen, with the day of the next one."""

from datetime import date, datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.access_clock import policy_of, see_by
from patients.models import ContactTry, Referral
from patients.models.referral import OPEN_STAGES


@transaction.atomic
def try_contact(
    *,
    actor: User,
    referral: Referral,
    channel: str,
    outcome: str,
    now: datetime,
    note: str = "",
    next_on: date | None = None,
) -> ContactTry:
    """Write down one try, and when the next is due; the same one sent twice within a minute is one.

    Refused 422 for an unknown channel or outcome and a next day that is over, 409 for a closed referral.
    """
    held = _held_open(referral)
    if channel not in ContactTry.Channel.values:
        raise Refused("Choose how you tried.", status=422, channel="Choose one.")
    if outcome not in ContactTry.Outcome.values:
        raise Refused("Choose what came of it.", status=422, outcome="Choose one.")
    if next_on is not None and next_on < local_day(now, held.site.time_zone):
        raise Refused("The next contact cannot be in the past.", status=422, next_on="In the past.")
    said = {"channel": channel, "outcome": outcome, "note": note.strip(), "by": actor}
    last = held.contact_tries.first()
    if (
        last is not None
        and (now - last.at).total_seconds() < 60
        and all(getattr(last, name) == value for name, value in said.items())
    ):
        return last
    made = ContactTry.objects.create(referral=held, at=now, **said)
    held.next_contact_on = next_on
    held.save(update_fields=["next_contact_on"])
    record(actor, "patients.try_contact", made)
    return made


@transaction.atomic
def set_urgency(*, actor: User, referral: Referral, urgency: str) -> Referral:
    """Say anew how urgent it is; the access clock still starts with the first contact. Refused as above."""
    held = _held_open(referral)
    if urgency not in Referral.Urgency.values:
        raise Refused("Choose how urgent it is.", status=422, urgency="Choose one.")
    urgent = urgency == Referral.Urgency.URGENT
    held.urgency = urgency
    held.see_by = see_by(held.received_at, urgent=urgent, policy=policy_of(held.site))
    held.save(update_fields=["urgency", "see_by"])
    record(actor, "patients.set_urgency", held)
    return held


def _held_open(referral: Referral) -> Referral:
    rows = Referral.objects.select_related("site").select_for_update(of=("self",), no_key=True)
    held = rows.get(pk=referral.pk)
    if held.stage not in OPEN_STAGES:
        raise Refused("This referral has ended. Open it again first.")
    return held
