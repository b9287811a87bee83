"""A document's answers in words, part by part: for the page, the portal and paper alike."""

from dataclasses import dataclass
from datetime import date

from patients.documenting import form_of
from patients.documents.definition import Answer, Column, Question
from patients.models import ClinicalDocument


@dataclass(frozen=True)
class Said:
    """A question and its answer: `words` for one, `heads` and `rows` where it is answered in rows."""

    label: str
    words: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class PartSaid:
    number: int
    title: str
    said: tuple[Said, ...]
    open_count: int

    @property
    def is_done(self) -> bool:
        return self.open_count == 0


def title_of(document: ClinicalDocument) -> str:
    return form_of(document).title


def parts_said(document: ClinicalDocument) -> list[PartSaid]:
    """Every part in its order, with the questions that were answered."""
    form = form_of(document)
    return [
        PartSaid(
            number=number,
            title=part.title,
            said=tuple(
                _said(question, document.answers[question.id])
                for question in part.questions
                if question.id in document.answers
            ),
            open_count=sum(
                question.required and question.id not in document.answers for question in part.questions
            ),
        )
        for number, part in enumerate(form.parts, start=1)
    ]


def _said(question: Question, answer: Answer) -> Said:
    if question.kind == "table" and isinstance(answer, list):
        rows = tuple(
            tuple(_cell(column, row.get(column.id, "")) for column in question.columns)
            for row in answer
            if isinstance(row, dict)
        )
        return Said(question.label, "", tuple(column.label for column in question.columns), rows)
    if question.kind == "day":
        return Said(question.label, _day(str(answer)))
    return Said(question.label, question.words_of(answer))


def _cell(column: Column, value: str) -> str:
    if column.kind == "day":
        return _day(value)
    return {choice.value: choice.words for choice in column.choices}.get(value, value)


def _day(value: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day:%b} {day.day}, {day.year}"
