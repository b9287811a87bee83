"""A stay as a substance-use record (42 CFR Part 2): marked once it is known, unmarked for a reason only.

Whether someone still has a place in such a program is known upstairs; unmarking begins there.
"""

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from patients.models import Episode


@transaction.atomic
def mark_substance_use(*, actor: User, episode: Episode) -> Episode:
    """From now on the stay is such a record. Twice changes nothing; Refused 409 when it has ended."""
    held = _lock(episode)
    if held.ended_on is not None:
        raise Refused("This stay has ended. What it was stays as it is.")
    if not held.is_part2:
        held.is_part2 = True
        held.save(update_fields=["is_part2"])
        record(actor, "patients.mark_substance_use", held)
    return held


@transaction.atomic
def unmark_substance_use(*, actor: User, episode: Episode, reason: str) -> Episode:
    """It was marked by mistake: the reason stays with it. Twice changes nothing; 422 without a reason."""
    held, said = _lock(episode), reason.strip()
    if not said:
        raise Refused("Say why.", status=422, reason="Say why, in a few words.")
    if held.is_part2:
        held.is_part2, held.part2_removed_because = False, said[:200]
        held.save(update_fields=["is_part2", "part2_removed_because"])
        record(actor, "patients.unmark_substance_use", held)
    return held


def _lock(episode: Episode) -> Episode:
    return (
        Episode.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient")
        .get(pk=episode.pk)
    )
