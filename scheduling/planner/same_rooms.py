"""The rooms of a planned week: a visit that stays at its time with its clinician stays in its room."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from scheduling.planner.problem import NOTHING, Appointment, PatientWeek, Problem, Week

Place = tuple[int, int]  # whose, and which of theirs


def in_same_rooms(problem: Problem, before: Week, week: Week) -> Mapping[int, PatientWeek]:
    """The same week with as few rooms changed as a look at each visit gives; as it was if that cannot be."""
    free = {one.id: list(one.free) for one in problem.offices}
    kept = {one.id: frozenset(one.kept.appointments) for one in problem.patients}
    for one in (one for mine in kept.values() for one in mine):
        if one.office is not None:
            free[one.office][one.day] &= ~one.mask
    given: dict[Place, int] = {}
    for place, one, own in sorted(_in_rooms(before, week, kept), key=_order):
        rooms = [pk for pk in (own, one.office, *free) if pk is not None]
        room = next((pk for pk in rooms if not one.mask & ~free[pk][one.day]), None)
        if room is None:
            return week
        free[room][one.day] &= ~one.mask
        given[place] = room
    return {pk: _placed(pk, mine, given) for pk, mine in week.items()}


def _in_rooms(
    before: Week, week: Week, kept: Mapping[int, frozenset[Appointment]]
) -> Iterator[tuple[Place, Appointment, int | None]]:
    """Each visit in a room that may change, and the room it has now if it stays as it is."""
    for pk, mine in week.items():
        then = {replace(one, office=None): one.office for one in before.get(pk, NOTHING).appointments}
        for number, one in enumerate(mine.appointments):
            if one.office is not None and one not in kept[pk]:
                yield (pk, number), one, then.get(replace(one, office=None))


def _order(row: tuple[Place, Appointment, int | None]) -> tuple[bool, int, int, Place]:
    """Those that stay come first."""
    place, one, own = row
    return own is None, one.day, one.starts, place


def _placed(pk: int, mine: PatientWeek, given: Mapping[Place, int]) -> PatientWeek:
    visits = enumerate(mine.appointments)
    return PatientWeek(
        mine.sections,
        tuple(replace(one, office=given.get((pk, number), one.office)) for number, one in visits),
    )
