"""Measures on paper: each instrument's scores over time, with a line where there are two or more."""

from datetime import datetime

from iop_clinic.paper.sheet import Block, Line, Section, Sheet, Table, Words
from patients.models import Patient, Response
from patients.paper import day_in_words, sheet_of
from patients.scoring import Instrument, Scale, load_instruments
from patients.trends import change_words, scored_on
from patients.watching import scores_of


def measures_sheet(patient: Patient, *, now: datetime, notice: str = "") -> Sheet:
    """Complete ones only, the instruments in their order; one query."""
    by_code: dict[str, list[Response]] = {}
    for row in patient.responses.scored().order_by("finished_at", "pk"):
        by_code.setdefault(row.instrument_code, []).append(row)
    instruments = load_instruments()
    sections = tuple(
        Section(instruments[code].title, tuple(_blocks(instruments[code], rows, patient)))
        for code, rows in by_code.items()
        if code in instruments
    )
    none = (Section("Measures", (Words("None finished yet."),)),)
    return sheet_of(patient, title="Measures and scores", sections=sections or none, now=now, notice=notice)


def _blocks(instrument: Instrument, rows: list[Response], patient: Patient) -> list[Block]:
    blocks: list[Block] = [block for scale in instrument.scales for block in _scale(scale, rows, patient)]
    said = {outcome.key: outcome.name for outcome in instrument.outcomes}
    results = tuple(
        (day_in_words(scored_on(row, patient)), said[row.outcome]) for row in rows if row.outcome in said
    )
    if results:
        blocks.append(Table(("Date", instrument.outcome_about or "Result"), results))
    return blocks


def _scale(scale: Scale, rows: list[Response], patient: Patient) -> list[Block]:
    found = [(scored_on(row, patient), scores_of(row).get(scale.id)) for row in rows]
    points = [(on, value) for on, value in found if value is not None]
    if not points:
        return []
    table = Table(
        ("Date", scale.name, "Band"),
        tuple(
            (day_in_words(on), scale.words(value), band.name if (band := scale.band_of(value)) else "")
            for on, value in points
        ),
        numbers=(1,),
    )
    if len(points) < 2:
        return [table]
    change = change_words(scale, points[0][1], points[-1][1], "since the first").words
    words = f"{scale.words(points[0][1])} first, {scale.words(points[-1][1])} last. {change}."
    drawn = tuple((day_in_words(on), float(value)) for on, value in points)
    return [Line(scale.name, drawn, scale.low, scale.high, words), table]
