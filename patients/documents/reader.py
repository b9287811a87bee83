"""Reads the document files: an unknown, missing or impossible key stops the start, by file and key."""

import tomllib
from functools import cache
from pathlib import Path
from typing import cast, get_args

from iop_clinic.roles import Permission
from patients.documents.definition import (
    Choice,
    Column,
    ColumnKind,
    DocumentForm,
    Due,
    Part,
    Question,
    QuestionKind,
)
from patients.instruments.definition import InstrumentError
from patients.instruments.table import StrictTable
from patients.models.consent_terms import Scope

_FOLDER = Path(__file__).parent
_CHOSEN = ("one", "many")


@cache
def load_documents() -> dict[str, DocumentForm]:
    """Every kind of document by its name (the file's); read once a process."""
    return {path.stem: read_document(path) for path in sorted(_FOLDER.glob("*.toml"))}


def read_document(path: Path) -> DocumentForm:
    """One file; InstrumentError names the file and the key that is wrong."""
    try:
        return _form(path.stem, StrictTable(tomllib.loads(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, InstrumentError) as error:
        raise InstrumentError(f"{path.name}: {error}") from error


def _form(kind: str, table: StrictTable) -> DocumentForm:
    form = DocumentForm(
        kind=kind,
        version=table.text("version"),
        title=table.text("title"),
        purpose=table.text("purpose"),
        written_by=table.word("written_by", [permission.value for permission in Permission]),
        scope=table.word("scope", Scope.values),
        cosigned=table.flag("cosigned"),
        patient_signs=table.flag("patient_signs"),
        in_portal=table.flag("in_portal"),
        due=_due(table.table("due")) if table.has("due") else None,
        parts=table.rows("parts", _part),
        anew_each_stay=table.flag("anew_each_stay"),
    )
    table.close()
    ids = [question.id for question in form.questions]
    if len(set(ids)) != len(ids):
        raise table.fault("parts", "ask the same question twice")
    return form


def _due(table: StrictTable) -> Due:
    after = table.word("after", ["admission", "discharge"])
    due = Due(after="admission" if after == "admission" else "discharge", days=table.number("days", 0, 90))
    table.close()
    return due


def _part(row: StrictTable, number: int) -> Part:
    return Part(
        id=row.word("id"),
        title=row.text("title"),
        hint=row.text("hint") if row.has("hint") else "",
        questions=row.rows("questions", _question),
    )


def _question(row: StrictTable, number: int) -> Question:
    kind = cast(QuestionKind, row.word("kind", get_args(QuestionKind)))
    return Question(
        id=row.word("id"),
        kind=kind,
        label=row.text("label"),
        hint=row.text("hint") if row.has("hint") else "",
        required=row.flag("required"),
        choices=_choices(row) if kind in _CHOSEN else (),
        columns=row.rows("columns", _column) if kind == "table" else (),
    )


def _column(row: StrictTable, number: int) -> Column:
    kind = cast(ColumnKind, row.word("kind", get_args(ColumnKind)) if row.has("kind") else "line")
    return Column(
        id=row.word("id"),
        label=row.text("label"),
        kind=kind,
        choices=_choices(row) if kind in _CHOSEN else (),
    )


def _choices(row: StrictTable) -> tuple[Choice, ...]:
    """Written as a table of value to words, in their order."""
    table = row.table("choices")
    return tuple(Choice(value, table.text(value)) for value in table.names())
