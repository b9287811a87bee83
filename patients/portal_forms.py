"""What a patient may type in the portal about the record: an answer, or what is different."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm
from patients.checkin import CheckIn


class AnswerForm(forms.Form):
    """The answers one question offers, as big radio buttons; the one given before is chosen."""

    answer = forms.TypedChoiceField(
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the answer that fits best.",
            "invalid_choice": "Choose one of the answers below.",
        },
    )

    def __init__(self, *args: Any, checkin: CheckIn, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item = checkin.instrument.all_items[number - 1]
        self.initial["answer"] = checkin.chosen(item)
        field = self.fields["answer"]
        assert isinstance(field, forms.TypedChoiceField)
        field.label = item.text
        field.choices = [(option.value, option.text) for option in checkin.options(item)]


class DifferenceForm(ClinicForm):
    text = forms.CharField(
        label="What is different",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="For example a dose that changed, something you stopped, or something new.",
        error_messages={"required": "Write what is different."},
    )
