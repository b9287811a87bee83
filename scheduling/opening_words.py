"""What to open next, in words: what, what it would bring, how that is known, and where it is opened."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from scheduling.change_words import Act
from scheduling.models.group import Kind
from scheduling.plan_words import group_words
from scheduling.planner.bound import available
from scheduling.planner.opening import Opening, part_of
from scheduling.planner.propose import Asked
from scheduling.telling import openings_from_ids
from scheduling.words import minute_words

PRICED = "Points are what it saves at most, from the prices of the proof. People were tried by searching."
COUNTED = "Counted in the changes that would help each person; people were tried by searching."
NO_SOLVER = "Prices need the solver, which is not installed here."
NO_TIME = "There was no time for prices."
ARTICLES = {"morning": "A morning", "afternoon": "An afternoon", "evening": "An evening"}


@dataclass(frozen=True)
class OpeningLine:
    words: str
    effect: str
    acts: list[Act]


@dataclass(frozen=True)
class Openings:
    lines: list[OpeningLine]
    basis: str


def openings_of(asked: Asked, written: list[dict[str, Any]] | None, user: User) -> Openings | None:
    """The best first; None while nobody looked. `user` sees the pages their role may open."""
    if written is None:
        return None
    found = [one for one in openings_from_ids(written) if _is_known(asked, one)]
    lines = [OpeningLine(_words(asked, one), _effect(one), _acts(asked, one, user)) for one in found]
    counted = f"{COUNTED} {NO_TIME if available() else NO_SOLVER}"
    return Openings(lines, PRICED if any(one.points for one in found) else counted)


def _is_known(asked: Asked, one: Opening) -> bool:
    """The session may have been cancelled, or the clinician have left, since."""
    if one.what == "hour":
        return one.number in asked.problem.by_clinician
    return one.what == "office" or one.number in asked.rows.sessions


def _words(asked: Asked, one: Opening) -> str:
    """ "An evening hour of a clinician for family and individual visits on Thursday, such as 6:00 pm" """
    if one.what == "seat":
        return f"One more seat in {group_words(asked.rows, one.number)}"
    when = f"on {asked.rows.week.days[one.day]:%A}, such as {minute_words(one.starts)}"
    hour = f"{ARTICLES[part_of(one.starts)]} hour"
    if one.what == "office":
        return f"{hour} of one more room {when}"
    kinds = {kind.split()[0] for kind in asked.problem.by_clinician[one.number].kinds}
    if kinds == {Kind.MEDICATION}:
        return f"{hour} of a prescriber {when}"
    labels = sorted(str(Kind(kind).label).lower() for kind in kinds)
    return f"{hour} of a clinician for {' and '.join(labels)} visits {when}"


def _effect(one: Opening) -> str:
    """ "about 2 people more reach their prescription (at most 1,114 points)" """
    people = "person more reaches" if one.people == 1 else "people more reach"
    said = f"about {one.people} {people} their prescription" if one.people else "a better week for some"
    if one.points:
        return f"{said} (at most {one.points:,.0f} points)"
    return f"{said} (would help {one.named} {'person' if one.named == 1 else 'people'})"


def _acts(asked: Asked, one: Opening, user: User) -> list[Act]:
    acts = []
    if one.what == "hour" and may(user.role, Permission.SET_WORKING_HOURS):
        acts.append(Act("Staff hours", reverse("scheduling:staff_hours")))
    if one.what == "seat" and may(user.role, Permission.PLAN_GROUPS):
        acts.append(Act("Change seats", reverse("scheduling:session_edit", args=[one.number])))
        group = asked.rows.sessions[one.number].group_id
        if group is not None:
            acts.append(Act("Change group", reverse("scheduling:group_change", args=[group])))
    return acts
