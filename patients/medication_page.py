"""What the Medication page shows: the list, changes, reports, allergies, screens, the next visit."""

from dataclasses import dataclass, field
from datetime import date, datetime

from patients.medication_changes import Change, changes_since
from patients.medication_due import NextVisit, next_visit
from patients.medication_list import (
    AllergyLine,
    MedicationLine,
    allergy_lines,
    last_reconciliation,
    lines_of,
    on_day,
)
from patients.models import Episode, MedicationReport, Patient, Reconciliation, ToxScreen
from patients.reconciling import Seen

SCREENS, REVIEWS = 5, 6


@dataclass(frozen=True)
class MedicationPage:
    """`now` is the list of the day, `earlier` what is no longer on it, `changes` since the last review."""

    day: date
    last: Reconciliation | None
    now: list[MedicationLine]
    earlier: list[MedicationLine]
    changes: list[Change]
    reports: list[MedicationReport]
    allergies: list[AllergyLine]
    visit: NextVisit | None
    screens: list[ToxScreen] = field(default_factory=list)
    reviews: list[Reconciliation] = field(default_factory=list)

    @property
    def running(self) -> list[MedicationLine]:
        """What a review asks about: on the list, and nobody ended it."""
        return [line for line in self.now if line.ended_at is None]

    @property
    def seen(self) -> Seen:
        """For the review's form: what this page showed."""
        return Seen(self.last.pk if self.last else 0, max((one.pk for one in self.reports), default=0))

    @property
    def headline(self) -> str:
        """ "3 medications, 2 changes since Oct 12"."""
        count = len(self.now)
        words = f"{count or 'No'} medication{'' if count == 1 else 's'}"
        if self.last is None:
            return f"{words}, not gone through yet"
        changed = len(self.changes)
        said = f"{changed or 'no'} change{'' if changed == 1 else 's'}"
        return f"{words}, {said} since {self.last.on:%b} {self.last.on.day}"

    @property
    def visit_words(self) -> str:
        return self.visit.words(self.day) if self.visit else ""

    @property
    def visit_tone(self) -> str:
        return self.visit.tone(self.day) if self.visit else ""


def medication_page(patient: Patient, episode: Episode | None, day: date) -> MedicationPage:
    """At most ten statements, however long the list is. `episode` is the running one."""
    last = last_reconciliation(patient)
    lines = lines_of(patient, last)
    now = on_day(lines, day)
    earlier = [line for line in lines if line not in now]
    since: datetime | None = last.signed_at if last else None
    return MedicationPage(
        day=day,
        last=last,
        now=now,
        earlier=sorted(earlier, key=lambda one: (one.to_on or one.from_on, one.pk), reverse=True),
        changes=changes_since(lines, since, last.on if last else None, day),
        reports=list(patient.medication_reports.open()),
        allergies=allergy_lines(patient.allergies.standing()),
        visit=next_visit(episode, patient.site) if episode is not None else None,
        screens=screens_of(patient, SCREENS),
        reviews=list(patient.reconciliations.select_related("signed_by")[:REVIEWS]),
    )


def screens_of(patient: Patient, limit: int) -> list[ToxScreen]:
    """The last screens with their panels: two statements."""
    rows = patient.tox_screens.true().select_related("ordered_by").prefetch_related("lines")
    return list(rows[:limit])
