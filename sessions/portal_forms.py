"""What a patient may tell the clinic when they cannot come: to which sessions, and why in a word."""

from typing import Any

from django import forms

from sessions.cannot_come import ONE, Way

REASONS = (
    ("Not feeling well", "I am not feeling well"),
    ("Work or school", "Work or school"),
    ("Family or child care", "Family or child care"),
    ("No ride", "I have no ride"),
    ("Something else", "Something else"),
)


class CannotComeForm(forms.Form):
    """The desk needs to know whether to worry, not more: one of five reasons, no free text."""

    which = forms.ChoiceField(
        label="Which sessions?",
        widget=forms.RadioSelect,
        initial=ONE,
        required=False,
        error_messages={"invalid_choice": "Choose which sessions you mean."},
    )
    reason = forms.ChoiceField(
        label="What is the reason?",
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the reason that fits best.",
            "invalid_choice": "Choose one of the reasons below.",
        },
    )

    def __init__(self, *args: Any, ways: list[Way], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = {way.key: way for way in ways}
        field = self.fields["which"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(way.key, way.title) for way in ways]

    @property
    def way(self) -> Way:
        """What was chosen; the one session where nothing was."""
        return self.ways[self.cleaned_data["which"] or ONE]
