"""One part of a clinical document as a form. A draft may leave anything open, so nothing is required here.

A question answered in rows becomes fields `id-row-column`; two empty rows wait after those filled in.
"""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.documents.definition import Answer, Column, Part, Question
from patients.models import Addendum, Signature

SPARE_ROWS, MOST_ROWS = 2, 30
LONGEST_LINE, LONGEST_TEXT = 300, 6000


class PartForm(ClinicForm):
    """Fields of one part; `answers()` gives back what the document keeps."""

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, part: Part, answers: dict[str, Answer], seen: str) -> None:
        super().__init__(data, initial={"seen": seen})
        self.part = part
        for question in part.questions:
            if question.kind == "table":
                self._add_rows(question, answers.get(question.id), data)
            else:
                self.fields[question.id] = _field(question, answers.get(question.id))

    def _add_rows(self, question: Question, answer: Any, data: Any) -> None:
        rows = answer if isinstance(answer, list) else []
        count = _count(data.get(f"{question.id}-rows")) if data is not None else len(rows) + SPARE_ROWS
        self.fields[f"{question.id}-rows"] = forms.IntegerField(
            widget=forms.HiddenInput, initial=count, required=False
        )
        for number in range(count):
            row = rows[number] if number < len(rows) else {}
            for column in question.columns:
                field = _cell(question, column, number)
                field.initial = row.get(column.id)
                self.fields[f"{question.id}-{number}-{column.id}"] = field

    def asked(self) -> list[dict[str, Any]]:
        """Each question with its field, or with its rows of fields and the hidden count."""
        return [self._asked(question) for question in self.part.questions]

    def _asked(self, question: Question) -> dict[str, Any]:
        if question.kind != "table":
            return {"question": question, "field": self[question.id]}
        count = self[f"{question.id}-rows"]
        rows = [
            [self[f"{question.id}-{number}-{column.id}"] for column in question.columns]
            for number in range(self._rows(question))
        ]
        return {"question": question, "count": count, "rows": rows}

    def _rows(self, question: Question) -> int:
        first = question.columns[0].id
        return sum(name.startswith(f"{question.id}-") and name.endswith(f"-{first}") for name in self.fields)

    def answers(self) -> dict[str, Answer]:
        """By question id; what was left empty is absent. Dates are kept as ISO text."""
        found: dict[str, Answer] = {}
        for question in self.part.questions:
            answer = self._table(question) if question.kind == "table" else self._plain(question.id)
            if answer not in ("", None, []):
                found[question.id] = answer
        return found

    def _plain(self, name: str) -> Any:
        value = self.cleaned_data.get(name)
        return value.isoformat() if isinstance(value, date) else value

    def _table(self, question: Question) -> list[dict[str, str]]:
        rows = []
        for number in range(self._rows(question)):
            cells = {
                column.id: self._plain(f"{question.id}-{number}-{column.id}") for column in question.columns
            }
            row = {key: str(value) for key, value in cells.items() if value not in ("", None)}
            if row:
                rows.append(row)
        return rows


def _count(typed: Any) -> int:
    return min(int(typed), MOST_ROWS) if str(typed or "").isdecimal() else SPARE_ROWS


def _field(question: Question, answer: Any) -> forms.Field:
    said: dict[str, Any] = {
        "label": question.label,
        "help_text": question.hint,
        "required": False,
        "initial": answer,
    }
    choices = [(choice.value, choice.words) for choice in question.choices]
    match question.kind:
        case "text":
            return forms.CharField(
                max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3, "data-grow": True}), **said
            )
        case "one":
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **said)
        case "many":
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **said)
        case "yes_no":
            return forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect, **said)
        case "day":
            return DayField(**said)
        case "number":
            return forms.IntegerField(min_value=0, max_value=100_000, **said)
        case _:
            return forms.CharField(max_length=LONGEST_LINE, **said)


def _cell(question: Question, column: Column, number: int) -> forms.Field:
    said: dict[str, Any] = {"label": f"{question.label}, row {number + 1}: {column.label}", "required": False}
    match column.kind:
        case "one":
            choices = [("", ""), *((choice.value, choice.words) for choice in column.choices)]
            return forms.ChoiceField(choices=choices, **said)
        case "day":
            return DayField(**said)
        case "number":
            return forms.IntegerField(min_value=0, max_value=100_000, **said)
        case _:
            return forms.CharField(max_length=LONGEST_LINE, **said)


class AddendumForm(ClinicForm):
    kind = forms.ChoiceField(label="What this is", choices=Addendum.Kind.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label="In words", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = forms.CharField(
        label="Why", max_length=300, required=False, help_text="Needed for a correction."
    )
    about_on = DayField(label="The day it is about", required=False, help_text="Needed for a late entry.")


class InErrorForm(ClinicForm):
    reason = forms.CharField(label="Why it does not belong here", max_length=300)


class PatientSignatureForm(ClinicForm):
    part = forms.ChoiceField(
        label="Who signs",
        choices=[(one.value, one.label) for one in (Signature.Part.PATIENT, Signature.Part.GUARDIAN)],
        initial=Signature.Part.PATIENT,
        widget=forms.RadioSelect,
    )
    way = forms.ChoiceField(
        label="How",
        choices=[
            (Signature.Way.ON_SCREEN, "Here, on this screen"),
            (Signature.Way.PAPER, "On paper, on file"),
            (Signature.Way.NONE, "Not signed"),
        ],
        initial=Signature.Way.ON_SCREEN,
        widget=forms.RadioSelect,
    )
    signed_name = forms.CharField(label="Full name", max_length=160)
    reason = forms.CharField(label="Why it is not signed", max_length=300, required=False)
