"""What changed on a medication list since an instant: started, changed, stopped, ended. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from patients.medication_list import MedicationLine

WORDS = {"started": "Started", "changed": "Changed", "stopped": "Stopped", "ended": "Ended as planned"}


@dataclass(frozen=True)
class Change:
    """One event: what, on which day, of which line; before a change `was` says how it was taken."""

    kind: str
    on: date
    line: MedicationLine
    was: str = ""
    because: str = ""
    by: str = ""

    @property
    def words(self) -> str:
        return WORDS[self.kind]


def changes_since(
    lines: Sequence[MedicationLine], since: datetime | None, since_on: date | None, day: date
) -> list[Change]:
    """Events written down after `since`, the latest first; a planned end counts from `since_on` to `day`.

    Without an instant, everything on the list is new. `lines` are all true rows of one patient.
    """
    by_pk = {line.pk: line for line in lines}
    changed_on = {line.follows for line in lines if line.follows}
    found = []
    for line in lines:
        if since is None or line.recorded_at > since:
            found.append(_beginning(line, by_pk))
        if line.pk in changed_on:
            continue
        if line.ended_at is not None:
            if since is None or line.ended_at > since:
                found.append(_stop(line))
        elif line.to_on is not None and line.to_on < day and (since_on is None or line.to_on >= since_on):
            found.append(Change("ended", line.to_on, line))
    return sorted(found, key=lambda one: (one.on, one.line.pk), reverse=True)


def _beginning(line: MedicationLine, by_pk: dict[int, MedicationLine]) -> Change:
    before = by_pk.get(line.follows or 0)
    kind, was = ("changed", before.how) if before else ("started", "")
    return Change(kind, line.from_on, line, was, line.because, line.recorded_by)


def _stop(line: MedicationLine) -> Change:
    assert line.to_on is not None
    return Change("stopped", line.to_on, line, "", line.ended_because, line.ended_by)
