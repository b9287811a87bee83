"""Who lacks something in a planned week, why, and the cheapest changes that would help, each with its page.

The reasons were worked out beside the plan; for whoever was not reached, one search says the cause alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from scheduling.change_words import Act, change_words, prescription_url
from scheduling.plan_words import group_words, unmet_words
from scheduling.planner.changes import Change, Limit
from scheduling.planner.cost import cost_of
from scheduling.planner.left import Left
from scheduling.planner.problem import Patient, PatientWeek, Problem
from scheduling.planner.proposals import unmet_of
from scheduling.planner.propose import Asked
from scheduling.planner.search import Search
from scheduling.seats import why_not_for
from scheduling.site_week import SiteWeek
from scheduling.telling import fixes_from_ids
from scheduling.words import day_words

OWN = "Their own hours and the groups of their track do not allow it, whatever else is free."
OTHERS = "Others have the seats or the hours they would need."
FREE = "What they need is free now. Plan the week again."
IN_THE_WAY = {
    Limit.STAFF: "nobody here may hold the visit",
    Limit.LICENSE: "licenses",
    Limit.TRACK: "the programs that take them",
    Limit.MODE: "no consent to video",
    Limit.DAY_RULE: "the shortest day that counts",
    Limit.TOPIC: "each topic once a week",
    Limit.MOST_DAYS: "how many days they come",
    Limit.LEAST_DAYS: "on how many days they have to come",
    Limit.OFFICE: "the rooms there are",
    Limit.SEAT: "the seats there are",
    Limit.CLINICIAN: "the clinicians’ hours",
    Limit.OWN_TIME: "when they can come",
}


@dataclass(frozen=True)
class FixLine:
    """Changes that together would do, and the pages on which they are made."""

    words: str
    acts: list[Act]


@dataclass(frozen=True)
class Lacking:
    """`is_below`: under the hours or days; else only a visit lacks."""

    patient: int
    name: str
    is_below: bool
    words: str
    why: str
    conflict: str
    fixes: list[FixLine]


@dataclass(frozen=True)
class WeekNames:
    """ "Thu 10/22", "Process group, Thu 10/22 at 6:00 pm", "Ruth A." """

    rows: SiteWeek
    called: str
    day_minutes: int = 0

    def day(self, number: int) -> str:
        return day_words(self.rows.week.days[number])

    def section(self, pk: int) -> str:
        return group_words(self.rows, pk)

    def lead(self, pk: int) -> str:
        return next((one.short_name for one in self.rows.staff if one.pk == pk), "Someone")

    def track(self, pk: int) -> str:
        return next((one.name for one in self.rows.tracks if one.pk == pk), "another program")


def lacking(
    asked: Asked, then: Mapping[int, PatientWeek], told: Mapping[str, Any], user: User
) -> list[Lacking]:
    """Those below their hours first, by name; `user` sees the pages their role may open."""
    problem, found = asked.problem, []
    for one in problem.patients:
        unmet = unmet_of(problem, one, then[one.id])
        if unmet:
            is_below = cost_of(problem, one, then[one.id]).below > 0
            name = asked.rows.episodes[one.id].patient.full_name
            said = told.get(str(one.id)) or {"cause": _cause(problem, one), "conflict": [], "fixes": []}
            rest = _why(said["cause"]), _conflict_words(said["conflict"]), _fixes(asked, one, said, user)
            found.append(Lacking(one.id, name, is_below, unmet_words(unmet), *rest))
    return sorted(found, key=lambda one: (not one.is_below, one.name, one.patient))


def _cause(problem: Problem, patient: Patient) -> str:
    """Whether it could be met with nobody else there."""
    empty = Left(problem, {patient.id: patient.kept})
    alone = Search(problem, patient).best(empty).week
    return "own" if unmet_of(problem, patient, alone) else "contention"


def _why(cause: str | None) -> str:
    return FREE if cause is None else OWN if cause == "own" else OTHERS


def _conflict_words(conflict: Iterable[str]) -> str:
    """ "In the way: the seats there are, and when they can come." """
    words = [IN_THE_WAY[Limit(one)] for one in conflict]
    return f"In the way: {', and '.join(words)}." if words else ""


def _fixes(asked: Asked, patient: Patient, said: Mapping[str, Any], user: User) -> list[FixLine]:
    rows, lines = asked.rows, []
    names = WeekNames(rows, rows.episodes[patient.id].patient.called, patient.rule.minutes)
    for changes in fixes_from_ids(said["fixes"]):
        if all(_can_be(rows, patient.id, one) for one in changes):
            words = ", and ".join(change_words(names, one) for one in changes)
            acts = (act for one in changes for act in _acts(rows, patient.id, one, user))
            lines.append(FixLine(words, list(dict.fromkeys(acts))))
    return lines


def _can_be(rows: SiteWeek, pk: int, one: Change) -> bool:
    """Not in a session that was cancelled since, nor in a track that does not take them."""
    if one.limit == Limit.TRACK:
        episode = rows.episodes[pk]
        track = next((track for track in rows.tracks if track.pk == one.track), None)
        return track is not None and not why_not_for(track, episode.patient, episode, rows.week.starts_on)
    return one.section is None or one.section in rows.sessions


def _acts(rows: SiteWeek, pk: int, one: Change, user: User) -> Iterator[Act]:
    if one.limit in (Limit.OWN_TIME, Limit.MOST_DAYS) and may(user.role, Permission.BOOK):
        yield Act("Change their hours", reverse("scheduling:unavailable", args=[pk]))
    elif one.limit == Limit.MODE and may(user.role, Permission.SEE_PATIENTS):
        yield Act("Record consent", reverse("patients:consents", args=[pk]))
    elif one.limit == Limit.SEAT and one.section and may(user.role, Permission.BOOK):
        yield Act("Change seats", reverse("scheduling:session_edit", args=[one.section]))
    elif one.limit == Limit.CLINICIAN and one.clinician and may(user.role, Permission.SET_WORKING_HOURS):
        yield Act("Open hours", reverse("scheduling:working_hours", args=[abs(one.clinician)]))
    elif one.limit == Limit.TRACK and may(user.role, Permission.BOOK):
        yield Act("Their groups", reverse("scheduling:enrollment", args=[pk]))
    elif one.limit in (Limit.MINUTES, Limit.LEAST_DAYS) and may(user.role, Permission.ADMIT):
        yield Act("Prescribe this week", _prescription(rows, pk, one))


def _prescription(rows: SiteWeek, pk: int, one: Change) -> str:
    """The page of the prescription, filled in with that change for this week."""
    stay, is_days = rows.stays[pk], one.limit == Limit.LEAST_DAYS
    hours = Decimal(stay.prescribed_minutes if is_days else one.amount) / 60
    days = one.amount if is_days else stay.days_a_week
    on = max(rows.week.starts_on, local_day(rows.now, rows.site.time_zone))
    return prescription_url(pk, hours=hours.quantize(Decimal("0.01")), days=days, lasts="week", on=on)
