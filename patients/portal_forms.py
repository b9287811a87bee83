"""What a patient may type in the portal about the record: one answer to one question."""

from typing import Any

from django import forms

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
