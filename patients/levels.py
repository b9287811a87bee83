"""Schemes that say which level of care fits: dimension labels, ratings, levels. Results only, no criteria.

Labels and levels: domain reference 1.1 to 1.4. What decides between levels stays in the licensed manuals.
"""

from dataclasses import dataclass

from django.db import models


class CareKind(models.TextChoices):
    """What a level is, whatever a clinic or a scheme calls it."""

    PHP = "php", "Partial hospitalization"
    IOP = "iop", "Intensive outpatient"
    OP = "op", "Outpatient"
    OTHER = "other", "Other"


# Fewer minutes a week than this, and a payer may not call it that level (domain reference 1.1, 1.5).
ADULT_FLOOR = {CareKind.PHP: 1200, CareKind.IOP: 540}
ADOLESCENT_FLOOR = {CareKind.PHP: 1200, CareKind.IOP: 360}


def floor_minutes(kind: str, age: int) -> int:
    """Minutes a week below which this kind of level is a taper; 0 where there is no such floor."""
    floors = ADULT_FLOOR if age >= 18 else ADOLESCENT_FLOOR
    return floors.get(CareKind(kind), 0)


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a scheme, and which kind of care it is."""

    code: str
    words: str
    kind: CareKind = CareKind.OTHER

    @property
    def label(self) -> str:
        return f"{self.code}, {self.words}" if self.words else self.code


@dataclass(frozen=True, slots=True)
class Dimension:
    """`is_rated` is False where a dimension informs and does not set the level."""

    id: str
    label: str
    is_rated: bool = True


@dataclass(frozen=True, slots=True)
class LevelScheme:
    key: str
    title: str
    rungs: tuple[Rung, ...]
    dimensions: tuple[Dimension, ...] = ()
    ratings: tuple[tuple[str, str], ...] = ()

    def rung(self, code: str) -> Rung | None:
        return next((rung for rung in self.rungs if rung.code == code), None)


def _dimensions(*labels: str, unrated: int = 0) -> tuple[Dimension, ...]:
    return tuple(Dimension(f"d{n}", label, n != unrated) for n, label in enumerate(labels, start=1))


RISK = (("0", "0 none"), ("1", "1 mild"), ("2", "2 moderate"), ("3", "3 serious"), ("4", "4 severe"))
LETTERS = tuple((letter, letter) for letter in "ABCDE")

ASAM_3 = LevelScheme(
    key="asam3",
    title="ASAM, third edition",
    rungs=(
        Rung("0.5", "early intervention"),
        Rung("1", "outpatient", CareKind.OP),
        Rung("2.1", "intensive outpatient", CareKind.IOP),
        Rung("2.5", "partial hospitalization", CareKind.PHP),
        Rung("3.1", "low-intensity residential"),
        Rung("3.3", "population-specific residential"),
        Rung("3.5", "high-intensity residential"),
        Rung("3.7", "medically monitored inpatient"),
        Rung("4", "medically managed inpatient"),
    ),
    dimensions=_dimensions(
        "Acute intoxication and withdrawal potential",
        "Biomedical conditions and complications",
        "Emotional, behavioral or cognitive conditions",
        "Readiness to change",
        "Relapse or continued use potential",
        "Recovery and living environment",
    ),
    ratings=RISK,
)
ASAM_4 = LevelScheme(
    key="asam4",
    title="ASAM, fourth edition",
    rungs=(
        Rung("1.0", "long-term remission monitoring", CareKind.OP),
        Rung("1.5", "outpatient therapy", CareKind.OP),
        Rung("1.7", "medically managed outpatient", CareKind.OP),
        Rung("2.1", "intensive outpatient", CareKind.IOP),
        Rung("2.5", "high-intensity outpatient", CareKind.PHP),
        Rung("2.7", "medically managed intensive outpatient", CareKind.PHP),
        Rung("3.1", "low-intensity residential"),
        Rung("3.5", "high-intensity residential"),
        Rung("3.7", "medically managed residential"),
        Rung("4", "medically managed inpatient"),
    ),
    dimensions=_dimensions(
        "Intoxication, withdrawal, addiction medications",
        "Biomedical conditions",
        "Psychiatric and cognitive conditions",
        "Substance use-related risks",
        "Recovery environment interactions",
        "Person-centered considerations",
        unrated=6,
    ),
    ratings=RISK + LETTERS,
)
LOCUS = LevelScheme(
    key="locus",
    title="LOCUS result",
    rungs=(
        Rung("1", "an outpatient level", CareKind.OP),
        Rung("2", "an outpatient level", CareKind.OP),
        Rung("3", "an intensive outpatient level", CareKind.IOP),
        Rung("4", "a partial hospitalization level", CareKind.PHP),
        Rung("5", ""),
        Rung("6", ""),
    ),
)
JUDGEMENT = LevelScheme(
    key="judgement",
    title="Clinical judgment",
    rungs=(
        Rung("OP", "outpatient", CareKind.OP),
        Rung("IOP", "intensive outpatient", CareKind.IOP),
        Rung("PHP", "partial hospitalization", CareKind.PHP),
        Rung("RES", "residential"),
        Rung("INP", "inpatient"),
        Rung("NONE", "no program now"),
    ),
)
SCHEMES: dict[str, LevelScheme] = {scheme.key: scheme for scheme in (ASAM_3, ASAM_4, LOCUS, JUDGEMENT)}
