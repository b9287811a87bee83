"""What goes on paper, whatever it is about: a head, facts, sections of words and tables, signatures."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Words:
    """A label above its words; an empty label is plain text. Line breaks stay."""

    words: str
    label: str = ""
    kind: str = "words"


@dataclass(frozen=True, slots=True)
class Points:
    """A list, one point a line."""

    points: tuple[str, ...]
    label: str = ""
    kind: str = "points"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under heads; `numbers` are the columns, from 0, set to the right.

    `boxes` are columns with a box to tick in every row; `widths` are parts of the width, equal when empty.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    label: str = ""
    numbers: tuple[int, ...] = ()
    boxes: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Line:
    """A trend: dated values, drawn as a small line with its first and last value said in words."""

    label: str
    points: tuple[tuple[str, float], ...]
    low: float
    high: float
    words: str
    kind: str = "line"


@dataclass(frozen=True, slots=True)
class Fields:
    """Labels with their words, two beside each other; without words stands a line to write on."""

    fields: tuple[tuple[str, str], ...]
    kind: str = "fields"


@dataclass(frozen=True, slots=True)
class Ticks:
    """A question with a box to tick before each answer."""

    label: str
    options: tuple[str, ...]
    kind: str = "ticks"


@dataclass(frozen=True, slots=True)
class Lines:
    """So many empty lines under a label."""

    label: str
    count: int
    kind: str = "lines"


Block = Words | Points | Table | Line | Fields | Ticks | Lines


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature: who, as what, when and how; `path` are drawn strokes, on a field of 600 by 200."""

    name: str
    part: str
    when: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document. `notice` stands at the foot of every page, `mark` (draft, copy) beside the title."""

    title: str
    clinic: str
    clinic_lines: tuple[str, ...]
    person: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    made: str
    mark: str = ""
    notice: str = ""
    signatures: tuple[Signed, ...] = ()
    language: str = "en"

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Several sheets in one file, each from a new page on."""

    title: str
    sheets: tuple[Sheet, ...] = field(default=())
