"""Reads a text pack: a CSV or JSON file with the words of one instrument, a sentence for each faulty line.

CSV columns: part (lead, item, answer), id, value, text. JSON: the same by name, {"items": {"q1": "…"}, …}.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from iop_clinic.safety import FORBIDDEN
from patients.scoring import Instrument

COLUMNS = ["part", "id", "value", "text"]
LONGEST = {"lead": 1000, "item": 1000, "answer": 200}
MOST_LINES = 2000
SHOWN = 30


class PackError(Exception):
    """The file cannot be used; `faults` holds a sentence for each line that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(faults[0])
        more = len(faults) - SHOWN
        self.faults = [*faults[:SHOWN], *([f"And {more} more."] if more > 0 else [])]


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of wording and where it stands in the file."""

    where: str
    part: str
    id: str
    value: str
    text: str
    fault: str = ""


@dataclass
class _Wording:
    """What has been read so far, and what was wrong with it."""

    instrument: Instrument
    leads: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def take(self, line: Line) -> None:
        fault = self._fault(line)
        if fault:
            self.faults.append(f"{line.where}: {fault}")

    def _fault(self, line: Line) -> str:
        text = line.text.strip()
        if line.fault:
            return line.fault
        if line.part not in LONGEST:
            return f"“{line.part[:20]}” is not a part. Use lead, item or answer."
        if not text:
            return "the text is empty."
        if len(text) > LONGEST[line.part]:
            return f"the text is longer than {LONGEST[line.part]} characters."
        if FORBIDDEN.search(text):
            return "the text holds characters that cannot be used."
        return self._answer(line, text) if line.part == "answer" else self._said(line, text)

    def _said(self, line: Line, text: str) -> str:
        if line.id not in {item.id for item in self.instrument.items}:
            return f"the {self.instrument.name} has no question “{line.id[:20]}”."
        held = self.items if line.part == "item" else self.leads
        if line.id in held:
            return f"“{line.id}” comes twice."
        held[line.id] = text
        return ""

    def _answer(self, line: Line, text: str) -> str:
        values = answer_sets(self.instrument).get(line.id)
        if values is None:
            return f"the {self.instrument.name} has no answers “{line.id[:20]}”."
        if line.value not in values:
            return f"the answers “{line.id}” have no value “{line.value[:10]}”."
        held = self.answers.setdefault(line.id, {})
        if line.value in held:
            return f"the value {line.value} of “{line.id}” comes twice."
        held[line.value] = text
        return ""

    def complete(self) -> dict[str, Any]:
        """The wording; PackError when something was wrong or a question has no words."""
        missing = [item for item in self.instrument.items if item.id not in self.items]
        if not self.faults:
            self.faults += [f"Question {item.label} (“{item.id}”) has no words." for item in missing]
        if self.faults:
            raise PackError(self.faults)
        return {"leads": self.leads, "items": self.items, "answers": self.answers}


def answer_sets(instrument: Instrument) -> dict[str, list[str]]:
    """The values a pack may give words to, by the name of the set of answers."""
    return {item.answers: [str(option.value) for option in item.options] for item in instrument.items}


def read_pack(instrument: Instrument, content: bytes, *, is_json: bool) -> dict[str, Any]:
    """The wording as it is stored: `leads` and `items` by question, `answers` by set and value. PackError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PackError(["The file is not UTF-8 text. Save it as “CSV UTF-8” or JSON."]) from None
    wording = _Wording(instrument)
    for number, line in enumerate(_json_lines(text, instrument) if is_json else _csv_lines(text), 1):
        if number > MOST_LINES:
            raise PackError([f"The file has more than {MOST_LINES} lines."])
        wording.take(line)
    return wording.complete()


def _csv_lines(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        if [name.strip().lower() for name in head] != COLUMNS:
            raise PackError([f"Line 1: the columns must be {', '.join(COLUMNS)}."])
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            part, key, value, text = (cell.strip() for cell in [*row, "", "", "", ""][:4])
            fault = "a text with commas must stand in quotes." if len(row) > len(COLUMNS) else ""
            yield Line(f"Line {reader.line_num}", part.lower(), key, value, text, fault)
    except csv.Error as error:
        raise PackError([f"Line {reader.line_num}: this is not CSV ({error})."]) from None


def _json_lines(text: str, instrument: Instrument) -> Iterator[Line]:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise PackError([f"Line {line}: this is not JSON."]) from None
    if not isinstance(content, dict) or not set(content) <= {"instrument", "leads", "items", "answers"}:
        raise PackError(["The file must hold instrument, leads, items and answers, nothing else."])
    if content.get("instrument", instrument.id) != instrument.id:
        raise PackError([f"instrument: the file is not about the {instrument.name}."])
    for part in ("lead", "item"):
        for key, said in _pairs(content, f"{part}s"):
            yield Line(f"{part}s, {key}", part, key, "", said if isinstance(said, str) else "")
    for name, values in _pairs(content, "answers"):
        for value, said in _pairs({name: values}, name):
            words = said if isinstance(said, str) else ""
            yield Line(f"answers, {name}, {value}", "answer", name, value, words)


def _pairs(content: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    held = content.get(key, {})
    if not isinstance(held, dict):
        raise PackError([f"{key[:20]}: must hold names and texts."])
    return list(held.items())
