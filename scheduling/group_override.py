"""A weekly group's standing choice to go against a rule: for every week, also those made later.

It lapses when what it rests on is changed, and can be taken back; sessions that are made stay as they are.
"""

from collections.abc import Iterable

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from scheduling.models import Group, Override
from scheduling.turns import lock_group, taking_turns

_TIME = {"weekday", "starts", "minutes"}
_RULE = Override.Rule
RESTS_ON: dict[str, set[str]] = {
    _RULE.ROOM_TAKEN: {"room", "mode", *_TIME},
    _RULE.ROOM_TOO_SMALL: {"room", "mode", "capacity"},
    _RULE.OUTSIDE_HOURS: {"lead", "co_facilitators", *_TIME},
}


def covered(group: Group) -> frozenset[str]:
    """The rules this group goes against every week."""
    return frozenset(group.override.rules) if group.override is not None else frozenset()


def standing_after(group: Group, changed: Iterable[str], chosen: Override | None) -> Override | None:
    """The group’s choice once these of its fields changed: the one chosen now, else the old if it holds."""
    keys = set(changed)
    lapses = any(RESTS_ON.get(rule, set()) & keys for rule in covered(group))
    return chosen or (None if lapses else group.override)


@taking_turns
def end_override(*, actor: User, group: Group) -> Group:
    """Weeks made from now on keep to the rules; sessions that are made stay. Twice changes nothing."""
    group = lock_group(group.pk)
    if group.override_id is not None:
        ended, group.override = group.override_id, None
        group.save(update_fields=["override"])
        record(actor, "scheduling.end_override", group, site_id=group.track.site_id, override_id=ended)
    return group
