"""Remarks on a session: the only thing that is still added once it has begun."""

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from scheduling.models import Remark, TherapySession

LONGEST = 500


@transaction.atomic
def remark(*, actor: User, session: TherapySession, text: str) -> Remark:
    """Keep the remark; the same one by the same person right after itself is one. 422 when empty or long."""
    said = text.strip()
    if not 1 <= len(said) <= LONGEST:
        words = f"Write a remark of 1 to {LONGEST} characters."
        raise Refused(words, status=422, text=words)
    last = session.remarks.order_by("-pk").first()
    if last is not None and (last.text, last.written_by_id) == (said, actor.pk):
        return last
    kept = Remark.objects.create(session=session, text=said, written_by=actor)
    record(actor, "scheduling.remark", session, remark_id=kept.pk)
    return kept
