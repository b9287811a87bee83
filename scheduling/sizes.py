"""How many people make a group: too few to meet well, more seats than usual.

Domain reference 4.1: at most 12 in a therapy group and 35 in education, 2 at the least. A warning, not a
rule: what a state or a payer demands differs.
"""

from datetime import date

from scheduling.models import Enrollment, Group
from scheduling.models.group import Kind

USUALLY_AT_MOST = {Kind.GROUP: 12, Kind.PSYCHOEDUCATION: 35}


def enrolled_words(enrolled: int, minimum_size: int) -> str:
    """ "2 of at least 4 enrolled", and "" when there are enough."""
    return f"{enrolled} of at least {minimum_size} enrolled" if enrolled < minimum_size else ""


def enrolled_on(group: Group, day: date) -> int:
    """How many people have a place in the group on that day."""
    return Enrollment.objects.active_on(day).filter(group=group).count()


def size_warning(kind: str, capacity: int) -> str:
    """A sentence when there are more seats than such groups usually have, else empty."""
    most = USUALLY_AT_MOST.get(Kind(kind))
    if most is None or capacity <= most:
        return ""
    what = "Education has" if kind == Kind.PSYCHOEDUCATION else "Groups have"
    return f"{capacity} seats. {what} {most} at most as a rule; states and payers often say so."
