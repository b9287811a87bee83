"""A planned week as JSON keeps it: numbers and minutes alone, and back."""

from collections.abc import Mapping
from typing import Any

from scheduling.planner.problem import Appointment, PatientWeek, Week


def as_ids(week: Week) -> dict[str, Any]:
    """Numbers and minutes alone, as JSON keeps them."""
    return {
        str(pk): [
            sorted(one.sections),
            [[a.kind, a.clinician, a.day, a.starts, a.ends, a.office] for a in one.appointments],
        ]
        for pk, one in week.items()
    }


def from_ids(written: Mapping[str, Any]) -> dict[int, PatientWeek]:
    return {
        int(pk): PatientWeek(frozenset(sections), tuple(Appointment(*one) for one in appointments))
        for pk, (sections, appointments) in written.items()
    }
