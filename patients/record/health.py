"""Measures with every answer, medication, allergies and toxicology."""

from iop_clinic.tables import Cell, Table, table_of
from patients.models import Allergy, Patient, ReconciledLine, Response, ToxLine
from patients.offering import in_our_words
from patients.scoring import Instrument


def health_tables(patient: Patient) -> list[Table]:
    """Eight tables in eight queries, one more where the words of a measure come from a text pack."""
    return [*_measures(patient), *_medication(patient), _allergies(patient), _toxicology(patient)]


def finished(patient: Patient) -> list[Response]:
    """Every measure that was finished, scored or not, the oldest first."""
    rows = patient.responses.filter(finished_at__isnull=False).select_related("asked_by", "entered_by")
    return list(rows.order_by("finished_at", "pk"))


def _measures(patient: Patient) -> list[Table]:
    rows = finished(patient)
    words = in_our_words({row.instrument_code for row in rows})
    answers = tuple(line for row in rows for line in _answers(row, words.get(row.instrument_code)))
    return [
        table_of(
            "measures",
            "Measures",
            rows,
            {
                "Number": "pk",
                "Measure": lambda row: _name(row, words),
                "Version": "instrument_version",
                "Finished": "finished_at",
                "Total": lambda row: _total(row, words.get(row.instrument_code)),
                "Band": lambda row: band_name(row, words.get(row.instrument_code)),
                "Other scores": lambda row: _scores(row, words.get(row.instrument_code)),
                "Result": lambda row: _result(row, words.get(row.instrument_code)),
                "Complete": lambda row: row.state == Response.State.COMPLETE,
                "Answered": "mode",
                "Entered by": "entered_by.full_name",
            },
            ("Number", "Measure", "Finished", "Total", "Band", "Other scores", "Result"),
        ),
        Table(
            "measure-answers",
            "Answers to measures",
            ("Measure number", "Measure", "Finished", "Question", "In words", "Answer", "Answer in words"),
            answers,
            ("Measure number", "Measure", "Question", "In words", "Answer", "Answer in words"),
        ),
    ]


def _name(row: Response, words: dict[str, Instrument]) -> str:
    instrument = words.get(row.instrument_code)
    return instrument.name if instrument else row.instrument_code


def _total(row: Response, instrument: Instrument | None) -> Cell:
    return instrument.shown(row.total) if instrument else row.total


def band_name(row: Response, instrument: Instrument | None) -> str:
    names = {band.key: band.name for band in instrument.bands} if instrument else {}
    return names.get(row.band, row.band)


def _scores(row: Response, instrument: Instrument | None) -> str:
    names = {scale.id: scale.name for scale in instrument.scales} if instrument else {}
    return "; ".join(f"{names.get(key, key)} {value}" for key, value in row.scores.items())


def _result(row: Response, instrument: Instrument | None) -> str:
    names = {outcome.key: outcome.name for outcome in instrument.outcomes} if instrument else {}
    return names.get(row.outcome, row.outcome)


def _answers(row: Response, instrument: Instrument | None) -> list[tuple[Cell, ...]]:
    """Each answer that was given; a question the file does not know any more keeps its key."""
    items = {item.id: item for item in instrument.items} if instrument else {}
    name = instrument.name if instrument else row.instrument_code
    made: list[tuple[Cell, ...]] = []
    for key, value in row.answers.items():
        item = items.get(key)
        said = {option.value: option.text for option in item.options} if item else {}
        label, text = (item.label, item.text) if item else (key, "")
        made.append((row.pk, name, row.finished_at, label, text, value, said.get(value, "")))
    return made


def _medication(patient: Patient) -> list[Table]:
    reviewed = ReconciledLine.objects.filter(
        reconciliation__patient=patient, statement__error_at__isnull=True
    )
    return [
        table_of(
            "medication",
            "Medication, all of it",
            patient.medications.true().select_related("recorded_by").order_by("from_on", "drug", "pk"),
            {
                "Medication": "drug",
                "Dose": "dose",
                "How": "route",
                "When": "schedule",
                "As needed": "as_needed",
                "For": "reason",
                "Who said so": "source",
                "Prescribed here": "prescribed_here",
                "Prescriber": "prescriber",
                "From": "from_on",
                "To": "to_on",
                "Why started or changed": "because",
                "Why ended": "ended_because",
                "Written by": "recorded_by.full_name",
                "Written": "recorded_at",
            },
            ("Medication", "Dose", "When", "For", "From", "To", "Why ended"),
        ),
        table_of(
            "medication-reviews",
            "Going through the medication",
            reviewed.select_related("reconciliation__signed_by", "statement").order_by(
                "reconciliation__signed_at", "pk"
            ),
            {
                "On": "reconciliation.on",
                "With": "reconciliation.with_whom",
                "Medication": "statement.words",
                "Stands": "standing",
                "Taken": "adherence",
                "Side effects": "side_effects",
                "Note": "reconciliation.note",
                "Signed by": "reconciliation.signed_by.full_name",
                "Credential": "reconciliation.credential",
            },
            ("On", "Medication", "Stands", "Taken", "Side effects", "Signed by"),
        ),
        table_of(
            "medication-reports",
            "What you told us about medication",
            patient.medication_reports.order_by("reported_at", "pk"),
            {"At": "reported_at", "What": "text"},
        ),
    ]


def _allergies(patient: Patient) -> Table:
    rows = patient.allergies.exclude(ending=Allergy.Ending.ERROR).select_related("recorded_by")
    return table_of(
        "allergies",
        "Allergies",
        rows.order_by("recorded_at", "pk"),
        {
            "Allergy": "words",
            "Reaction": "reaction",
            "Severity": "severity",
            "Written": "recorded_at",
            "By": "recorded_by.full_name",
            "Ended": "ended_at",
            "Why ended": "ended_because",
        },
    )


def _toxicology(patient: Patient) -> Table:
    lines = ToxLine.objects.filter(screen__patient=patient, screen__error_at__isnull=True)
    return table_of(
        "toxicology",
        "Toxicology",
        lines.select_related("screen__ordered_by").order_by("screen__collected_at", "pk"),
        {
            "Collected": "screen.collected_at",
            "Specimen": "screen.kind",
            "Observed": "screen.observed",
            "Substance": "substance",
            "Expected, prescribed": "expected",
            "Result": "result",
            "Lab": "confirmation",
            "Results in": "screen.resulted_at",
            "Ordered by": "screen.ordered_by.full_name",
            "Note": "screen.note",
        },
        ("Collected", "Specimen", "Substance", "Expected, prescribed", "Result", "Lab"),
    )
