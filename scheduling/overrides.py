"""Going ahead against a rule of the week: only by who may, only with a reason, always on the record."""

from collections.abc import Iterable

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from scheduling.evaluation import OVERRIDABLE, Clash
from scheduling.models import Override

NOT_YOURS = "A supervisor, case manager or director may go ahead here."


def allow(*, actor: User, site: Site, clashes: Iterable[Clash], reason: str) -> Override | None:
    """The recorded choice to go ahead with these clashes; None when there are none. In a transaction.

    Refused 403 without the right, 422 without a reason, 409 for a rule that nobody may override.
    """
    found = list(clashes)
    if not found:
        return None
    for clash in found:
        if clash.rule not in OVERRIDABLE:
            raise Refused(clash.sentence)
    if not may(actor.role, Permission.OVERRIDE_CLASH):
        raise Refused(NOT_YOURS, status=403)
    if not reason.strip():
        raise Refused("Say why you go ahead.", status=422, reason="Say why, in a few words.")
    rules = sorted({str(clash.rule) for clash in found})
    override = Override.objects.create(rules=rules, reason=reason.strip()[:200], allowed_by=actor)
    record(actor, "scheduling.override_clash", override, site_id=site.pk, clashes=len(found))
    return override
