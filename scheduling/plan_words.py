"""The changes of a planned week in words, person by person, and what still lacks. From rows read before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iop_clinic.durations import duration
from scheduling.models.group import Kind
from scheduling.planner.differences import Difference
from scheduling.planner.problem import Appointment
from scheduling.planner.proposals import Unmet
from scheduling.site_week import SiteWeek
from scheduling.words import day_words, minute_words, when_words


@dataclass(frozen=True)
class Change:
    """One line: added, dropped or moved, and what. `mark` is an icon."""

    verb: str
    words: str
    mark: str


@dataclass(frozen=True)
class PersonChanges:
    patient: int
    name: str
    lines: list[Change]


def changes_words(rows: SiteWeek, found: Iterable[Difference]) -> list[PersonChanges]:
    """By name."""
    named = [
        PersonChanges(one.patient, rows.episodes[one.patient].patient.full_name, _lines(rows, one))
        for one in found
        if one.patient in rows.episodes
    ]
    return sorted(named, key=lambda one: (one.name, one.patient))


def _lines(rows: SiteWeek, one: Difference) -> list[Change]:
    added = [Change("Added", group_words(rows, pk), "plus") for pk in one.added]
    dropped = [Change("Dropped", group_words(rows, pk), "minus") for pk in one.dropped]
    moved = [Change("Moved", _moved(rows, old, new), "arrow-right") for old, new in one.moved]
    made = [Change("Added", visit_words(rows, new), "plus") for new in one.made]
    gone = [Change("Dropped", visit_words(rows, old), "minus") for old in one.cancelled]
    return [*added, *made, *moved, *dropped, *gone]


def group_words(rows: SiteWeek, pk: int) -> str:
    session = rows.sessions.get(pk)
    if session is None:
        return "A group that is no longer on the calendar"
    return f"{session.title}, {when_words(session.starts_at, rows.site.time_zone)}"


def visit_words(rows: SiteWeek, one: Appointment) -> str:
    """ "Individual with Ruth A., Tue 10/27 at 10:00 am" """
    return f"{_kind(one)} with {_lead(rows, one)}, {_when(rows, one)}"


def _moved(rows: SiteWeek, old: Appointment, new: Appointment) -> str:
    what = f"{_kind(new)} with {_lead(rows, old)}, {_when(rows, old)}"
    if (old.day, old.starts) != (new.day, new.starts):
        other = "" if old.clinician == new.clinician else f" with {_lead(rows, new)}"
        return f"{what}, to {_when(rows, new)}{other}"
    if old.clinician != new.clinician:
        return f"{what}, to {_lead(rows, new)}"
    room = next((one.name for one in rows.rooms if one.pk == new.office), "another room")
    return f"{what}, to {room}"


def _kind(one: Appointment) -> str:
    return str(Kind(one.kind.split()[0]).label)


def _lead(rows: SiteWeek, one: Appointment) -> str:
    return next((who.short_name for who in rows.staff if who.pk == one.clinician), "a clinician")


def _when(rows: SiteWeek, one: Appointment) -> str:
    return f"{day_words(rows.week.days[one.day])} at {minute_words(one.starts)}"


def substitutes_words(rows: SiteWeek, instead: Mapping[str, int]) -> list[str]:
    """ "Process group, Mon 10/19 at 9:00 am: Ruth A." """
    names = {one.pk: one.short_name for one in rows.staff}
    return [
        f"{group_words(rows, int(pk))}: {names.get(staff, 'a clinician')}" for pk, staff in instead.items()
    ]


def unmet_words(unmet: Unmet) -> str:
    """ "80 min short, no family visit" """
    said = [f"{duration(unmet.minutes)} short"] if unmet.minutes else []
    if unmet.days:
        said.append(f"{unmet.days} day{'s' if unmet.days > 1 else ''} too few")
    said += [f"no {Kind(one.split()[0]).label.lower()} visit" for one in unmet.kinds if " " not in one]
    return ", ".join(said).replace("visit visit", "visit")
