"""A determination and a certification as sheets of paper, ready to hand to a reviewer through the gate."""

from datetime import datetime

from iop_clinic.durations import in_hours
from iop_clinic.paper.sheet import Block, Section, Sheet, Signed, Table, Words
from patients.models import Certification, LevelDetermination
from patients.paper import day_in_words, instant_in_words, sheet_of


def determination_sheet(row: LevelDetermination, *, now: datetime, notice: str = "") -> Sheet:
    """Ratings with what they rest on, the levels, and why they differ; a draft says so."""
    return sheet_of(
        row.patient,
        title="Level of care",
        facts=(
            ("Decision", row.get_kind_display()),
            ("Decided", day_in_words(row.decided_on)),
            ("Scheme", row.get_scheme_display()),
        ),
        sections=tuple(_sections(row)),
        now=now,
        mark="" if row.signed_at else "Draft",
        notice=notice,
        signatures=_signed(row),
    )


def _sections(row: LevelDetermination) -> list[Section]:
    found = [Section("Level", _level(row))]
    if row.ratings:
        cells = tuple((label, rating, why) for label, rating, why in rated(row))
        found.append(Section("Dimensions", (Table(("Dimension", "Rating", "Rests on"), cells),)))
    if row.composite is not None:
        words = f"Composite {row.composite}, version {row.instrument_version}, rated by {row.rater}"
        found.append(Section("Result", (Words(words),)))
    return [*found, Section("Why this level", (Words(row.rationale),))]


def _level(row: LevelDetermination) -> tuple[Block, ...]:
    blocks: list[Block] = [Words(row.recommended_words, "Recommended"), Words(row.actual_words, "Actual")]
    if row.differs:
        blocks.append(Words(row.difference_said, "Why they differ"))
    return tuple(blocks)


def rated(row: LevelDetermination) -> list[tuple[str, str, str]]:
    """Label, rating in words and what it rests on, dimension by dimension."""
    words = dict(row.rules.ratings)
    return [
        (f"{n}. {dimension.label}", words.get(said.get("rating", ""), "Not rated"), said.get("why", ""))
        for n, dimension in enumerate(row.rules.dimensions, start=1)
        if (said := row.ratings.get(dimension.id)) is not None
    ]


def _signed(row: LevelDetermination) -> tuple[Signed, ...]:
    if row.signed_at is None or row.signed_by is None:
        return ()
    number = f", license {row.license_number}" if row.license_number else ""
    when = instant_in_words(row.signed_at, row.patient.site.time_zone)
    return (
        Signed(
            row.signed_by.full_name, f"Assessor, {row.credential}{number}", f"{when}. Password asked again"
        ),
    )


def certification_sheet(row: Certification, *, now: datetime, notice: str = "") -> Sheet:
    """The statement as it was signed, and what it rests on."""
    said = (
        ("Why it is needed", row.need),
        ("Response to treatment", row.response),
        ("What discharge waits for", row.discharge_goals),
        ("Why signed late", row.late_because),
    )
    number = f", license {row.license_number}" if row.license_number else ""
    patient = row.episode.patient
    when = instant_in_words(row.signed_at, patient.site.time_zone)
    return sheet_of(
        patient,
        title=row.get_kind_display(),
        facts=(
            ("Level", row.get_level_kind_display()),
            ("Covers", f"{day_in_words(row.from_on)} to {day_in_words(row.to_on)}"),
            ("Hours a week", f"at least {in_hours(row.minutes_a_week)}"),
            ("Plan", f"Version {row.plan.version}"),
        ),
        sections=(
            Section("Statement", (Words(row.statement),)),
            Section("Grounds", tuple(Words(words, label) for label, words in said if words)),
        ),
        now=now,
        notice=notice,
        signatures=(
            Signed(
                row.signed_by.full_name,
                f"Prescriber, {row.credential}{number}",
                f"{when}. Password asked again",
            ),
        ),
    )
