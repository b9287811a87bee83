"""What a patient may tell the clinic about a booking: about when they will be there."""

from typing import Any

from django import forms

from scheduling.portal_times import LateChoice


class LateForm(forms.Form):
    """One of the times offered; values are minutes after the session's start."""

    until = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose about when you will be here.",
            "invalid_choice": "That time is no longer offered. Choose one of these.",
        },
    )

    def __init__(self, *args: Any, choices: list[LateChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {choice.key: choice for choice in choices}
        field = self.fields["until"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(choice.key, choice.time) for choice in choices]

    @property
    def chosen(self) -> LateChoice:
        return self.offered[self.cleaned_data["until"]]
