"""What changes for each person between two weeks: groups come and go, one-to-one sessions move. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from scheduling.planner.problem import NOTHING, Appointment, PatientWeek, Week

Moved = tuple[Appointment, Appointment]


@dataclass(frozen=True)
class Difference:
    """Of one person. `moved`: visits as they were and as they would be, in person or by video as before."""

    patient: int
    added: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    moved: tuple[Moved, ...] = ()
    made: tuple[Appointment, ...] = ()
    cancelled: tuple[Appointment, ...] = ()

    @property
    def count(self) -> int:
        return sum(len(one) for one in (self.added, self.dropped, self.moved, self.made, self.cancelled))


def differences(before: Week, after: Week) -> list[Difference]:
    """Of everyone whose week is another one, by number."""
    found = [_of(pk, before.get(pk, NOTHING), after[pk]) for pk in sorted(after)]
    return [one for one in found if one.count]


def _of(patient: int, before: PatientWeek, after: PatientWeek) -> Difference:
    was, now = _by_kind(before.appointments), _by_kind(after.appointments)
    both = [(was[kind], one) for kind, one in now.items() if kind in was and was[kind] != one]
    moved = [(old, new) for old, new in both if old.mode == new.mode]
    other = [pair for pair in both if pair not in moved]
    return Difference(
        patient,
        added=tuple(sorted(after.sections - before.sections)),
        dropped=tuple(sorted(before.sections - after.sections)),
        moved=tuple(moved),
        made=tuple([one for kind, one in now.items() if kind not in was] + [new for _, new in other]),
        cancelled=tuple([one for kind, one in was.items() if kind not in now] + [old for old, _ in other]),
    )


def _by_kind(appointments: Iterable[Appointment]) -> dict[str, Appointment]:
    return {one.kind: one for one in appointments}
