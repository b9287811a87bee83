"""The medication list of one day as plain values: for a page, for paper, for a review packet.

Pure dataclasses; `medication_list` is the one function here that reads rows. No toxicology is in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from patients.models import Allergy, MedicationStatement, Patient, ReconciledLine, Reconciliation


@dataclass(frozen=True)
class MedicationLine:
    """One row of the list with everything it says, and what the last review heard about it."""

    pk: int
    drug: str
    dose: str
    route: str
    schedule: str
    as_needed: bool
    reason: str
    source: str
    prescribed_here: bool
    prescriber: str
    from_on: date
    to_on: date | None
    follows: int | None
    because: str
    recorded_by: str
    recorded_at: datetime
    ended_because: str = ""
    ended_by: str = ""
    ended_at: datetime | None = None
    standing: str = ""
    adherence: str = ""
    adherence_words: str = ""
    side_effects: str = ""

    @property
    def how(self) -> str:
        """ "100 mg by mouth, every morning, as needed"."""
        taken = self.taken
        return f"{self.dose} {taken[:1].lower()}{taken[1:]}"

    @property
    def taken(self) -> str:
        """ "By mouth, every morning, as needed": the same without the dose."""
        return ", ".join([self.route, self.schedule, *(["as needed"] if self.as_needed else [])])

    @property
    def prescriber_words(self) -> str:
        if self.prescribed_here:
            return f"{self.prescriber}, here" if self.prescriber else "Here"
        return f"{self.prescriber}, elsewhere" if self.prescriber else "Elsewhere"

    def is_on(self, day: date) -> bool:
        return self.from_on <= day and (self.to_on is None or self.to_on >= day)


@dataclass(frozen=True)
class AllergyLine:
    pk: int
    words: str
    reaction: str
    severity: str
    none_known: bool

    @property
    def detail(self) -> str:
        """ "Hives, severe"; empty when nothing more is known."""
        said = [self.reaction] if self.reaction else []
        if self.severity and self.severity != "Not known":
            said.append(self.severity.lower())
        words = ", ".join(said)
        return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class MedicationList:
    """Who, as of which day, what they take, allergies (empty: not asked), and when it was gone through."""

    patient_name: str
    record_number: int
    born_on: date
    site_name: str
    day: date
    lines: tuple[MedicationLine, ...]
    allergies: tuple[AllergyLine, ...]
    reconciled_on: date | None = None
    reconciled_by: str = ""
    reconciled_with: str = ""


def medication_list(patient: Patient, day: date) -> MedicationList:
    """The list of that day, with the last review up to then: three statements. `patient` has its site."""
    last = last_reconciliation(patient, day)
    return MedicationList(
        patient_name=f"{patient.given_name} {patient.family_name}",
        record_number=patient.record_number,
        born_on=patient.born_on,
        site_name=patient.site.name,
        day=day,
        lines=tuple(on_day(lines_of(patient, last), day)),
        allergies=tuple(allergy_lines(patient.allergies.standing())),
        reconciled_on=last.on if last else None,
        reconciled_by=f"{last.signed_by.full_name}, {last.credential}" if last else "",
        reconciled_with=f"the {last.get_with_whom_display().lower()}" if last else "",
    )


def on_day(lines: Iterable[MedicationLine], day: date) -> list[MedicationLine]:
    """What is taken on that day, by drug."""
    return sorted((line for line in lines if line.is_on(day)), key=lambda one: (one.drug.lower(), one.pk))


def last_reconciliation(patient: Patient, day: date | None = None) -> Reconciliation | None:
    """The last one, or the last one up to a day, with who signed."""
    rows = patient.reconciliations.select_related("signed_by")
    return (rows if day is None else rows.filter(on__lte=day)).first()


def lines_of(patient: Patient, last: Reconciliation | None) -> list[MedicationLine]:
    """Every true row of this patient, running or not, with what review `last` heard: two statements."""
    heard = {}
    if last is not None:
        heard = {one.statement_id: one for one in last.lines.all()}
    rows = patient.medications.true().select_related("recorded_by", "ended_by")
    return [line_of(row, heard.get(row.pk)) for row in rows]


def line_of(row: MedicationStatement, heard: ReconciledLine | None = None) -> MedicationLine:
    return MedicationLine(
        pk=row.pk,
        drug=row.drug,
        dose=row.dose,
        route=row.get_route_display(),
        schedule=row.schedule,
        as_needed=row.as_needed,
        reason=row.reason,
        source=row.get_source_display(),
        prescribed_here=row.prescribed_here,
        prescriber=row.prescriber,
        from_on=row.from_on,
        to_on=row.to_on,
        follows=row.follows_id,
        because=row.because,
        recorded_by=row.recorded_by.full_name,
        recorded_at=row.recorded_at,
        ended_because=row.ended_because,
        ended_by=row.ended_by.full_name if row.ended_by else "",
        ended_at=row.ended_at,
        standing=heard.standing if heard else "",
        adherence=heard.adherence if heard else "",
        adherence_words=heard.get_adherence_display() if heard else "",
        side_effects=heard.side_effects if heard else "",
    )


def allergy_lines(rows: Iterable[Allergy]) -> list[AllergyLine]:
    return [
        AllergyLine(row.pk, row.words, row.reaction, row.get_severity_display(), row.none_known)
        for row in rows
    ]
