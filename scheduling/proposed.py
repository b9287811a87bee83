"""The proposals of one person as the page shows them: the chosen week, its words, and those beside it."""

from typing import Any

from iop_clinic.accounts.models import User
from scheduling.ask_words import musts, wishes
from scheduling.drawn_weeks import DrawnWeek
from scheduling.moved_words import moved_people
from scheduling.no_week_words import no_week
from scheduling.pattern_problem import Pattern
from scheduling.planner.admitting import admit
from scheduling.proposal_words import columns_of, costs, figures_of, title_of, whys

ALTERNATIVES, MOST_MOVED = 2, 3


def shown_weeks(pattern: Pattern, chosen: int, user: User) -> dict[str, Any]:
    """What the templates need. Where no week fits, the closest one and what would make it whole.

    Where others may move, the best week without that is among the alternatives.
    """
    moves = MOST_MOVED if pattern.ask.moves else 0
    proposals = admit(
        pattern.problem, pattern.rows.others, pattern.patient, alternatives=ALTERNATIVES, moves=moves
    )
    chosen = chosen if chosen < len(proposals) else 0
    one, others = proposals[chosen], [other for n, other in enumerate(proposals) if n != chosen]
    none = no_week(pattern, one, user) if one.marks.unmet else None
    return {
        "pattern": pattern,
        "proposal": one,
        "week": DrawnWeek(pattern, one.week),
        "title": title_of(pattern, one),
        "figures": figures_of(one),
        "whys": whys(pattern, one, others),
        "costs": costs(pattern, one),
        "columns": columns_of(pattern, proposals, chosen) if len(proposals) > 1 else [],
        "musts": musts(pattern, one.marks, none.in_the_way if none else frozenset()),
        "wishes": wishes(pattern, one.marks),
        "none": none,
        "moved": moved_people(pattern, one),
        "lacks": any(other.marks.unmet for other in proposals if not other.moved),
    }
