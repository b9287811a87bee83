"""Those who would move for someone, by name: what each leaves, what comes instead, the hours they keep."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iop_clinic.clock import WEEKDAYS
from iop_clinic.durations import duration
from scheduling.models import Group
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.planner.cost import minutes_of
from scheduling.planner.problem import Appointment, PatientWeek
from scheduling.planner.proposals import Proposal
from scheduling.planner.written import as_ids
from scheduling.words import minute_words


@dataclass(frozen=True)
class Line:
    """One thing that is left, one that comes instead, and what is said of the two; either may be empty."""

    before: str
    after: str
    note: str = ""


@dataclass(frozen=True)
class MovedPerson:
    """`value` is how a form sends it back: the patient's number and both weeks."""

    pk: int
    name: str
    lines: Sequence[Line]
    hours: str
    value: str


def moved_people(pattern: Pattern, one: Proposal) -> list[MovedPerson]:
    """By name."""
    found = [_person(pattern, pk, before, after) for pk, (before, after) in one.moved.items()]
    return sorted(found, key=lambda person: (person.name, person.pk))


def _person(pattern: Pattern, pk: int, before: PatientWeek, after: PatientWeek) -> MovedPerson:
    return MovedPerson(
        pk=pk,
        name=pattern.rows.movable[pk].episode.patient.full_name,
        lines=[*_groups(pattern, before, after), *_visits(pattern, before, after)],
        hours=_hours(pattern, pk, before, after),
        value=value_of(pk, before, after),
    )


def value_of(pk: int, before: PatientWeek, after: PatientWeek) -> str:
    return json.dumps([pk, as_ids({0: before})["0"], as_ids({0: after})["0"]], separators=(",", ":"))


def _groups(pattern: Pattern, before: PatientWeek, after: PatientWeek) -> Iterator[Line]:
    """Each group that is left beside the one most like it that comes."""
    rows = pattern.rows.groups
    left = sorted((rows[pk] for pk in before.sections - after.sections), key=_when_of)
    new = sorted((rows[pk] for pk in after.sections - before.sections), key=_when_of)
    for old in left:
        match = min(new, key=lambda one: (one.name != old.name, one.lead_id != old.lead_id), default=None)
        if match is None:
            yield Line(_group(old), "")
            continue
        new.remove(match)
        same = old.lead_id == match.lead_id
        yield Line(_group(old), _group(match), "same lead" if same else f"with {match.lead.given_name}")
    yield from (Line("", _group(one), f"with {one.lead.given_name}") for one in new)


def _when_of(group: Group) -> Any:
    return group.weekday, group.starts, group.pk


def _group(group: Group) -> str:
    """ "Process group Tue 9:00 am" """
    minute = group.starts.hour * 60 + group.starts.minute
    return f"{group.name} {WEEKDAYS[group.weekday][1][:3]} {minute_words(minute)}"


def _visits(pattern: Pattern, before: PatientWeek, after: PatientWeek) -> Iterator[Line]:
    was = {one.kind: one for one in before.appointments}
    for new in after.appointments:
        old = was[new.kind]
        if new != old:
            yield Line(_visit(pattern, old), _visit(pattern, new), ", ".join(_notes(pattern, old, new)))


def _visit(pattern: Pattern, one: Appointment) -> str:
    day = WEEKDAYS[pattern.stretch.weekday_of(one.day)][1][:3]
    return f"{Kind(one.kind).label} {day} {minute_words(one.starts)}"


def _notes(pattern: Pattern, old: Appointment, new: Appointment) -> Iterator[str]:
    name = pattern.rows.staff[new.clinician].given_name
    yield f"with {name} as before" if old.clinician == new.clinician else f"with {name} instead"
    if new.office is None and old.office is not None:
        yield "by video"
    elif new.office is not None and old.office != new.office:
        yield f"in {pattern.rows.rooms[new.office].name}"


def _hours(pattern: Pattern, pk: int, before: PatientWeek, after: PatientWeek) -> str:
    """ "Hours unchanged", "30 min more a week" """
    patient = pattern.problem.by_patient[pk]
    was, now = (minutes_of(pattern.problem, patient, week) for week in (before, after))
    return f"{duration(now - was)} more a week" if now > was else "Hours unchanged"
