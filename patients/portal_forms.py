"""What a patient may type in the portal about the record: an answer, or what is different.

Up to eleven numbers are buttons in a row; more are typed.
"""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm
from patients.checkin import CheckIn
from patients.forms.answer import answer_field, ends_of, looks_of


class AnswerForm(forms.Form):
    """The answers one question offers; the one given before is chosen."""

    def __init__(self, *args: Any, checkin: CheckIn, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item = checkin.instrument.items[number - 1]
        self.looks = looks_of(item)
        self.ends = ends_of(item)
        self.initial["answer"] = checkin.chosen(item)
        self.fields["answer"] = answer_field(item, label=item.text, required=True)


class DifferenceForm(ClinicForm):
    text = forms.CharField(
        label="What is different",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="For example a dose that changed, something you stopped, or something new.",
        error_messages={"required": "Write what is different."},
    )
