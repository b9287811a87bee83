"""What a clinical document asks: parts, their questions, who signs, and when it is due."""

from dataclasses import dataclass
from typing import Literal

QuestionKind = Literal["line", "text", "one", "many", "yes_no", "day", "number", "table"]
ColumnKind = Literal["line", "one", "day", "number"]
Answer = str | int | list[str] | list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a question that is answered in rows."""

    id: str
    label: str
    kind: ColumnKind
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """`required` means needed before signing; a draft may leave anything open."""

    id: str
    kind: QuestionKind
    label: str
    hint: str
    required: bool
    choices: tuple[Choice, ...] = ()
    columns: tuple[Column, ...] = ()

    def words_of(self, answer: Answer) -> str:
        """A choice in its words, several joined; a day, number or text as it stands."""
        words = {choice.value: choice.words for choice in self.choices}
        if self.kind == "yes_no":
            words = {"yes": "Yes", "no": "No"}
        if isinstance(answer, list):
            return ", ".join(words.get(one, one) for one in answer if isinstance(one, str))
        return words.get(str(answer), str(answer))


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    title: str
    hint: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """Days after the admission or the discharge by which the first version is signed."""

    after: Literal["admission", "discharge"]
    days: int


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """One version of one kind of document. `written_by` is a permission of `roles.Permission`;
    `scope` what a consent must name before it is given out."""

    kind: str
    version: str
    title: str
    purpose: str
    written_by: str
    scope: str
    cosigned: bool
    patient_signs: bool
    in_portal: bool
    due: Due | None
    parts: tuple[Part, ...]
    # A new stay starts it empty, instead of from the last version.
    anew_each_stay: bool = False

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for part in self.parts for question in part.questions)

    def open_questions(self, answers: dict[str, Answer]) -> list[Question]:
        """The required questions without an answer, in their order."""
        return [question for question in self.questions if question.required and question.id not in answers]

    def part_number(self, question_id: str) -> int:
        """From 1; KeyError where no part asks it."""
        for number, part in enumerate(self.parts, start=1):
            if any(question.id == question_id for question in part.questions):
                return number
        raise KeyError(question_id)
